from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec import Struct
from PIL import features

from detectors.card import ModelCard
from detectors.detector import Answer
from detectors.evaluation import ocr_sets
from detectors.evaluation.ocr import Answered, error_rate, flagged, plain, recall
from detectors.evaluation.ocr_pages import Look, Page, page, wrapped
from detectors.evaluation.ocr_report import Gate, Language, Level, Recall, Report, Speed, markdown
from detectors.evaluation.ocr_sets import Sample
from schemas.content import TextPart
from schemas.signals import Signal

FONTS = Path("/usr/share/fonts")
FACE = ("DejaVuSans.ttf", 0)
LOOK = Look(kind="note", faces=(FACE, FACE))


class Judge(Struct, frozen=True):
    """Says spam of every text with a word."""

    word: str
    card: ModelCard = ModelCard(id="text.judge@1", labels=("spam",), thresholds={"spam": 0.5})

    def predict(self, parts: Sequence[TextPart], /) -> list[Answer]:
        return [
            (Signal(label="spam", score=0.6, detector=self.card.id, part=part.name),)
            if self.word in part.text
            else ()
            for part in parts
        ]


def answered(written: str, read: str, lang: str = "en") -> Answered:
    nothing = Page(np.zeros((1, 1, 3), np.uint8), (written,))
    return Answered(Sample(nothing, written, lang, LOOK, "DejaVuSans"), read, 1.0, 1.0)


def test_texts_are_compared_without_their_dress() -> None:
    assert plain("“Ja”,  sagte\ner — kurz", "de") == '"Ja", sagte er - kurz'
    assert plain("你好， 世界", "zh") == "你好,世界"
    assert plain("أكّد", "ar") == "أكد"


def test_errors_over_letters() -> None:
    assert error_rate([answered("abcd", "abcd"), answered("abcdef", "abXd")]) == 0.3
    assert error_rate([]) == 0


def test_recall_counts_what_is_lost_and_what_is_new() -> None:
    given = [answered("bad", "bad"), answered("bad", "bod"), answered("good", "bad")]
    assert flagged([Judge("bad")], ["bad", "good"]) == [frozenset({"spam"}), frozenset()]
    assert recall([Judge("bad")], given) == Recall(n=2, n_found=1, n_same=1, n_clean=1, n_false=1)


def test_texts_in_single_letters_are_left_out() -> None:
    assert ocr_sets.is_spaced("s e n d  t h e  k e y")
    assert not ocr_sets.is_spaced("send 1 ETH and get a reward")
    assert not any(map(ocr_sets.is_spaced, ocr_sets.texts("ru", n_flag=200, n_pass=200)))


def test_a_missing_font_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ocr_sets.FontMissing, match="fonts-dejavu-core"):
        ocr_sets.faces(tmp_path, "en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_are_drawn_and_wrapped(lang: str) -> None:
    found = list(FONTS.rglob(FACE[0])) if features.check("raqm") else []
    if not found:
        pytest.skip("no DejaVu Sans here, or Pillow without Raqm")
    face = (str(found[0]), 0)
    look = Look(kind="poster", faces=(face, face), width_px=400, size_px=20, rotation_deg=3)
    text = "one two three four five six seven eight nine ten eleven twelve"
    lines = wrapped(text, look, lang, 200)
    assert len(lines) > 2
    drawn = page([text], "en", look, np.random.default_rng(0))
    assert drawn is not None
    assert " ".join(drawn.lines) == text
    assert drawn.pixels.std() > 10


def test_the_page_says_it_all() -> None:
    found = Recall(n=20, n_found=19, n_same=18, n_clean=5, n_false=1)
    language = Language(
        lang="en",
        group="Latin",
        n=25,
        error_rate=0.0123,
        median=0.0,
        fonts={"DejaVuSans": 0.01},
        kinds=dict.fromkeys(("poster", "chat", "caption", "note"), 0.01),
        recall=found,
        cpu_ms=250,
    )
    report = Report(
        languages=(language,),
        levels=(Level("JPEG quality", "20", {"en": 0.05}),),
        n_level=4,
        gate=Gate(side_px=448, least=0.5, n=24, missed={"10": 6}, n_empty=60, n_passed=9),
        speed=Speed(n_two=40, two_ms=300, n_empty=60, empty_ms=90, n_false=0),
    )
    text = markdown(report)
    assert "**1.2%**" in text
    assert "95.0%" in text
    assert "under 400: reached" in text
    assert "under 60: missed" in text
