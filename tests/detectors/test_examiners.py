import io
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from PIL import Image

from detectors.card import ModelCard
from detectors.detector import Answer, Partial, Undecodable
from detectors.evaluation import provenance_files
from detectors.examiners import NAMES, Setup, classifier_names, load
from detectors.image import classifier
from detectors.image.answers import Decoded
from detectors.image.examiner import ImageExaminer
from detectors.image.hash.pdq import hashed
from detectors.media import Examination, File, Place, Read, Transcript, located, quoted
from detectors.registry import MEDIA_NAMES, Lists, ListUnreadable, UnknownDetector
from schemas.signals import Signal, Span, TimeRange
from tests.detectors.image import pictures
from tests.detectors.image.brand import logo_pictures
from tests.detectors.image.pictures import encoded
from tests.detectors.provenance.test_detector import SIGNED


def png() -> File:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(kept, "PNG")
    return File(name="media[0]", modality="image", content=kept.getvalue(), kind="png")


def signal(score: float = 0.8, span: Span | None = None) -> Signal:
    return Signal(label="scam", score=score, detector="image.told@1", part="media[0]", span=span)


class Told:
    """Answers every picture with what it is told, or raises it."""

    def __init__(self, answer: Answer | Exception, id_: str = "image.told@1") -> None:
        self.card = ModelCard(id=id_)
        self._answer = answer

    def predict(self, parts: list[Decoded], /) -> list[Answer]:
        if isinstance(self._answer, Exception):
            raise self._answer
        return [self._answer for _ in parts]


class Unreadable:
    card = ModelCard(id="image.unreadable@1")

    def read(self, parts: list[Decoded], /) -> list[Read]:
        message = "no"
        raise RuntimeError(message)


def examined(*answers: Answer | Exception) -> Examination:
    judges = [Told(answer, f"image.told@{n}") for n, answer in enumerate(answers)]
    return ImageExaminer((), judges, (Unreadable(),)).examine(png())  # type: ignore[arg-type]


def test_one_that_fails_changes_no_neighbour() -> None:
    found = examined(
        RuntimeError("x"), (signal(),), Undecodable("odd"), Partial((signal(),), "cut")
    )
    assert found.signals == (signal(), signal())
    assert [(one.detector, one.cause) for one in found.unanswered] == [
        ("image.told@0", "failed: RuntimeError"),
        ("image.told@2", "odd"),
        ("image.told@3", "cut"),
        ("image.unreadable@1", "failed: RuntimeError"),
    ]


def test_what_was_found_is_told_before_what_comes_next() -> None:
    told: list[Examination] = []

    class Reading:
        card = ModelCard(id="image.reading@1")

        def read(self, parts: list[Decoded], /) -> list[Read]:
            assert [one.signals for one in told] == [(signal(),)]
            return [(Transcript(reader="image.reading@1", part="media[0]", text="x"),)]

    judges = [Told((), "image.none@1"), Told((signal(),))]
    examiner = ImageExaminer((), judges, (Reading(),))  # type: ignore[arg-type]
    whole = examiner.examine(png(), told.append)
    assert len(told) == 2
    assert (told[1].signals, told[1].transcripts) == (whole.signals, whole.transcripts)


def test_a_picture_is_known_by_its_hash_but_for_one_that_concerns_children() -> None:
    photo = encoded(Image.fromarray(pictures.photo(1)), "PNG")
    seen = File(name="media[0]", modality="image", content=photo, kind="png")

    def prints(answer: Answer, file: File = seen) -> tuple[str, ...]:
        examiner = ImageExaminer((), [Told(answer)], ())  # type: ignore[list-item]
        return examiner.examine(file).pictures

    assert prints((signal(),)) == (hashed(np.asarray(pictures.photo(1))).own.hex(),)
    assert prints((structs.replace(signal(), label="child_safety"),)) == ()
    assert prints((), png()) == ()  # nothing to see


def test_a_score_that_is_none_is_a_failure() -> None:
    found = examined((signal(float("nan")),))
    assert found.signals == ()
    assert found.unanswered[0].cause == "failed: ValueError"


def test_a_file_that_is_no_picture_leaves_all_unanswered() -> None:
    examiner = load(Setup(lane="image", names=("image.hash", "image.qr")))
    found = examiner.examine(File(name="logo[0]", modality="image", content=b"words"))
    assert [(one.detector, one.part) for one in found.unanswered] == [("image.*", "logo[0]")]
    assert found.unanswered[0].cause.startswith("not_an_image")
    assert examiner.detectors == ("image.hash@1", "image.qr@1")


def test_names_are_known_and_lists_are_read() -> None:
    assert NAMES["image"] | NAMES["av"] == MEDIA_NAMES
    with pytest.raises(UnknownDetector, match=r"audio\.asr is none of the image lane's"):
        load(Setup(lane="image", names=("audio.asr",)))
    with pytest.raises(ListUnreadable, match="is no folder") as caught:
        load(Setup(lane="image", names=("image.hash",), lists=Lists(banks=png_path())))
    assert caught.value.which == "banks"


def png_path() -> Path:
    return Path("/nowhere/banks")


def test_an_operator_s_logos_are_looked_for(tmp_path: Path) -> None:
    names = ("image.brand",)
    (tmp_path / "Green Coin.png").write_bytes(png().content)
    wheel = Image.fromarray(logo_pictures.wheel())
    wheel.save(tmp_path / "Wheel Coin.png")
    kept = io.BytesIO()
    wheel.save(kept, "PNG")
    seen = File(name="logo[0]", modality="image", content=kept.getvalue(), kind="png")
    shipped = load(Setup(lane="image", names=names))
    assert shipped.detectors == ("image.brand@1",)
    assert all(one.score < 0.5 for one in shipped.examine(seen).signals)
    own = load(Setup(lane="image", names=names, lists=Lists(logos=tmp_path)))
    (found,) = own.examine(seen).signals
    assert (found.label, found.part) == ("impersonation", "logo[0]")
    assert found.evidence is not None
    assert found.evidence["brand"] == "Wheel Coin"
    (tmp_path / "Wheel Coin.png").write_bytes(b"words")
    with pytest.raises(ListUnreadable, match=r"Wheel Coin\.png: not_an_image") as caught:
        load(Setup(lane="image", names=names, lists=Lists(logos=tmp_path)))
    assert caught.value.which == "logos"


def test_names_of_an_operator_s_classifiers(tmp_path: Path) -> None:
    assert classifier_names(Lists()) == frozenset()
    examples = Path(classifier.__file__).parent / "examples"
    assert classifier_names(Lists(classifiers=examples)) == {"image.clipart_weapon"}
    with pytest.raises(ListUnreadable, match="No such file") as caught:
        classifier_names(Lists(classifiers=tmp_path / "none"))
    assert caught.value.which == "classifiers"


def transcript(text: str = "Send 1 ETH\nget 2 back", *, is_quotable: bool = True) -> Transcript:
    return Transcript(
        reader="image.ocr@1",
        part="media[1]",
        text=text,
        lang="en",
        places=(
            Place(start=0, end=10, time_range=TimeRange(start_ms=0, end_ms=900)),
            Place(start=11, end=21, time_range=TimeRange(start_ms=900, end_ms=2000)),
        ),
        evidence={"frame": "3"},
        is_quotable=is_quotable,
    )


def test_a_signal_on_a_transcript_is_placed_in_the_medium() -> None:
    found = located(signal(span=Span(start=11, end=14)), transcript())
    assert (found.part, found.span) == ("media[1]", None)
    assert found.time_range == TimeRange(start_ms=900, end_ms=2000)
    assert found.evidence == {"frame": "3", "by": "image.ocr@1", "lang": "en"}
    whole = located(signal(), transcript())
    assert whole.time_range == TimeRange(start_ms=0, end_ms=2000)


def test_words_are_quoted_unless_private() -> None:
    span = signal(span=Span(start=11, end=21))
    assert quoted(span, transcript()) == "get 2 back"
    assert quoted(signal(), transcript()) == "Send 1 ETH get 2 back"
    assert quoted(span, transcript(is_quotable=False)) == ""
    assert len(quoted(signal(), transcript("a" * 900))) == 200


def test_an_operator_s_anchors_are_trusted(tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(provenance_files.signer().root)
    file = File(name="media[0]", modality="image", content=SIGNED, kind="png")
    setup = Setup(lane="image", names=("media.provenance",))
    own = structs.replace(setup, lists=Lists(anchors=anchors))
    found = [load(one).examine(file).signals[0].evidence for one in (setup, own)]
    assert [(one or {})["status"] for one in found] == ["untrusted", "trusted"]
    anchors.write_text("no certificate", encoding="utf-8")
    with pytest.raises(ListUnreadable) as caught:
        load(own)
    assert caught.value.which == "anchors"
