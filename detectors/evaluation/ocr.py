"""Measures image.ocr: `python -m detectors.evaluation.ocr --fonts /usr/share/fonts`.

Ten minutes on a free core. Draws pages by code (`ocr_sets.py`), reads them, judges what is read
with the detectors of text, and writes `ocr_1.json` and `ocr_1.md` beside this file. Needs Pillow
with Raqm, and the fonts of `ocr_sets.PACKAGES`.
"""

import argparse
import logging
import re
import time
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from PIL import features
from rapidfuzz.distance import Levenshtein

from detectors.detector import Detector, signals_of
from detectors.evaluation import ocr_sets
from detectors.evaluation.ocr_report import (
    Gate,
    Language,
    Level,
    Recall,
    Report,
    Speed,
    markdown,
)
from detectors.evaluation.ocr_sets import GROUPS, LANGUAGES, Sample
from detectors.image.ocr.detector import ImageOcr
from detectors.image.ocr.frames import GATE, GATE_PX, FrameReader
from detectors.image.picture import Frame, Header, Picture, Pixels
from detectors.media import Transcript
from detectors.registry import load
from schemas.content import TextPart

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
JUDGES: Final = ("text.risk", "text.links", "text.entities")
N_LEVEL: Final = 4
N_EMPTY: Final = 60
LEVEL_LANGUAGES: Final = ("en", "vi", "zh", "ru", "ar", "hi")
LEVELS: Final[dict[str, tuple[tuple[str, dict[str, float | int]], ...]]] = {
    "height of the letters, pixels": tuple(
        (str(px), {"size_px": px}) for px in (10, 13, 16, 20, 28, 64)
    ),
    "rotation, degrees": tuple(
        (str(deg), {"rotation_deg": float(deg)}) for deg in (8, 15, 30, 90, 180, 270)
    ),
    "grain, standard deviation of 255": tuple(
        (str(one), {"noise": float(one)}) for one in (15, 30, 50)
    ),
    "JPEG quality": tuple((str(one), {"jpeg": one}) for one in (40, 20, 10)),
    "contrast": tuple((str(one), {"contrast": one}) for one in (0.4, 0.25, 0.12)),
    "ground": (("light", {"is_dark": False}), ("dark", {"is_dark": True})),
}
_MARKS: Final = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f]")
_SIGNS: Final = str.maketrans("，：；！？（）“”„«»‘’–—−", ',:;!?()"""""\'\'---')


def plain(text: str, lang: str) -> str:
    """Gives a text as it is compared: one kind of quotes and dashes, no vowel marks, one space.

    In Chinese no spaces, which lines have none of.
    """
    even = unicodedata.normalize("NFC", _MARKS.sub("", text).translate(_SIGNS))
    return ("" if lang == "zh" else " ").join(even.split())


def picture(pixels: Pixels) -> Picture:
    """Gives pixels as if they came from a file."""
    height_px, width_px = pixels.shape[:2]
    header = Header(format="jpeg", width_px=width_px, height_px=height_px, mode="RGB", n_frames=1)
    return Picture(
        name="media1",
        header=header,
        width_px=width_px,
        height_px=height_px,
        frames=(Frame(0, pixels),),
    )


class Answered(Struct, frozen=True, eq=False):
    """A sample, what was read of it, and what that cost."""

    sample: Sample
    text: str
    confidence: float
    cpu_ms: float

    @property
    def errors(self) -> int:
        """Letters to insert, drop or change."""
        lang = self.sample.lang
        return int(Levenshtein.distance(plain(self.text, lang), plain(self.sample.text, lang)))

    @property
    def n_letters(self) -> int:
        """Letters of what is written."""
        return len(plain(self.sample.text, self.sample.lang))


def read(reader: ImageOcr, samples: Iterable[Sample]) -> list[Answered]:
    """Reads each page by itself."""
    return [_answered(reader, sample) for sample in samples]


def _answered(reader: ImageOcr, sample: Sample) -> Answered:
    start_s = time.process_time()
    found = _transcripts(reader, sample.page.pixels)
    cpu_ms = 1e3 * (time.process_time() - start_s)
    text = "\n".join(one.text for one in found)
    confidence = float(np.mean([one.confidence for one in found])) if found else 0.0
    return Answered(sample, text, confidence, cpu_ms)


def _transcripts(reader: ImageOcr, pixels: Pixels) -> tuple[Transcript, ...]:
    (found,) = reader.read([picture(pixels)])
    return found if isinstance(found, tuple) else getattr(found, "transcripts", ())


def error_rate(answered: Sequence[Answered]) -> float:
    """Gives wrong letters per letter written."""
    total = sum(one.n_letters for one in answered)
    return sum(one.errors for one in answered) / total if total else 0.0


def flagged(judges: Sequence[Detector[TextPart]], texts: Sequence[str]) -> list[frozenset[str]]:
    """Gives the labels that reach their recommended thresholds in each text."""
    parts = [TextPart(name="text", text=text) for text in texts]
    found: list[set[str]] = [set() for _ in texts]
    for judge in judges:
        for labels, answer in zip(found, judge.predict(parts), strict=True):
            labels.update(
                one.label
                for one in signals_of(answer)
                if one.score >= judge.card.thresholds.get(one.label, 1.1)
            )
    return [frozenset(one) for one in found]


def recall(judges: Sequence[Detector[TextPart]], answered: Sequence[Answered]) -> Recall:
    """Compares what is flagged in the texts with what is flagged in what was read."""
    direct = flagged(judges, [one.sample.text for one in answered])
    through = flagged(judges, [one.text for one in answered])
    pairs = list(zip(direct, through, strict=True))
    return Recall(
        n=sum(bool(one) for one, _ in pairs),
        n_found=sum(bool(one) and bool(other) for one, other in pairs),
        n_same=sum(bool(one & other) for one, other in pairs),
        n_clean=sum(not one for one, _ in pairs),
        n_false=sum(not one and bool(other) for one, other in pairs),
    )


def language(
    reader: ImageOcr, judges: Sequence[Detector[TextPart]], folder: Path, lang: str
) -> Language:
    """Reads and judges a language's pages."""
    answered = read(reader, ocr_sets.normal(folder, lang))
    fonts = sorted({one.sample.font for one in answered})
    rates = [one.errors / max(1, one.n_letters) for one in answered]
    return Language(
        lang=lang,
        group=GROUPS[lang],
        n=len(answered),
        error_rate=error_rate(answered),
        median=float(np.median(rates)),
        fonts={
            font: error_rate([one for one in answered if one.sample.font == font]) for font in fonts
        },
        kinds={
            kind: error_rate([one for one in answered if one.sample.look.kind == kind])
            for kind in ("poster", "chat", "caption", "note")
        },
        recall=recall(judges, answered),
        cpu_ms=float(np.median([one.cpu_ms for one in answered])),
    )


def gate(reader: FrameReader, folder: Path) -> Gate:
    """Counts what the gate lets go wrongly, and what it lets through in vain."""
    missed = {
        str(px): sum(
            not reader.has_text(one.page.pixels)
            for lang in LEVEL_LANGUAGES
            for one in ocr_sets.level(folder, lang, {"size_px": px}, N_LEVEL)
        )
        for px in (10, 13, 16, 20, 28)
    }
    passed = sum(reader.has_text(ocr_sets.empty(n)) for n in range(N_EMPTY))
    return Gate(
        side_px=GATE_PX,
        least=GATE,
        n=N_LEVEL * len(LEVEL_LANGUAGES),
        missed=missed,
        n_empty=N_EMPTY,
        n_passed=passed,
    )


def speed(reader: ImageOcr, folder: Path) -> Speed:
    """Times pages of two lines and pictures without text: processor time, one thread."""
    two = [
        one
        for lang in LANGUAGES
        for one in ocr_sets.level(folder, lang, {"size_px": 34}, 12)
        if len(one.page.lines) == 2  # noqa: PLR2004
    ][:40]
    empty_ms, n_false = [], 0
    for number in range(N_EMPTY):
        pixels = ocr_sets.empty(number)
        start_s = time.process_time()
        n_false += bool(_transcripts(reader, pixels))
        empty_ms.append(1e3 * (time.process_time() - start_s))
    two_ms = [one.cpu_ms for one in read(reader, two)]
    return Speed(
        n_two=len(two),
        two_ms=float(np.median(two_ms)),
        n_empty=N_EMPTY,
        empty_ms=float(np.median(empty_ms)),
        n_false=n_false,
    )


def measure(folder: Path) -> Report:
    """Draws, reads and judges everything."""
    reader = ImageOcr(threads=1)
    judges = load(JUDGES, threads=1)
    languages = []
    for lang in LANGUAGES:
        languages.append(language(reader, judges, folder, lang))
        _LOG.info("%s", languages[-1])
    levels = []
    for factor, looks in LEVELS.items():
        for name, look in looks:
            rates = {
                lang: error_rate(read(reader, ocr_sets.level(folder, lang, look, N_LEVEL)))
                for lang in LEVEL_LANGUAGES
            }
            levels.append(Level(factor, name, rates))
            _LOG.info("%s", levels[-1])
    return Report(
        languages=tuple(languages),
        levels=tuple(levels),
        n_level=N_LEVEL,
        gate=gate(reader.frames, folder),
        speed=speed(reader, folder),
    )


def main() -> None:
    """Measures, logs and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.ocr")
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"))
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the page")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if not features.check("raqm"):
        parser.error("Pillow has no Raqm here: Arabic and Devanagari cannot be drawn")
    report = measure(given.fonts)
    given.out.mkdir(parents=True, exist_ok=True)
    coded = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (given.out / "ocr_1.json").write_bytes(coded + b"\n")
    (given.out / "ocr_1.md").write_text(markdown(report), encoding="utf-8")


if __name__ == "__main__":
    main()
