"""Measures image.poster: `python -m detectors.evaluation.scam_posters --data DIR --fonts DIR`.

Draws the posters of `poster_texts.toml`, reads them with image.ocr and image.qr, and asks
image.poster beside the detectors of text; then all harmless pictures that are at hand. Writes
`posters_1.json` and `posters_1.md`.
"""

import argparse
import io
import logging
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import segno
from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from detectors import registry
from detectors.detector import Detector, signals_of
from detectors.evaluation import measures, writing
from detectors.evaluation.harmless import all_of, drawn
from detectors.evaluation.posters import photo
from detectors.image.decode import decode
from detectors.image.ocr.detector import ImageOcr
from detectors.image.picture import Picture, Pixels
from detectors.image.poster.detector import ImagePoster
from detectors.image.qr.reader import ImageQr
from detectors.media import Transcript, Unread
from schemas.content import TextPart

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
_TEXTS: Final = _FOLDER / "poster_texts.toml"
_LABELS: Final = frozenset({"scam", "phishing", "impersonation"})
_TEXT_DETECTORS: Final = ("text.risk", "text.links", "text.entities")
_SEED: Final = 5
_WIDTH_PX: Final = 1000
_HEIGHT_PX: Final = 1300
_MARGIN_PX: Final = 60
_HEADLINE_PX: Final = 96
_LINE_PX: Final = 46
_CODE_PX: Final = 400
_SUFFIXES: Final = frozenset({".png", ".jpg", ".webp"})


class Text(Struct, frozen=True):
    """A poster by its words."""

    id: str
    lang: str
    is_scam: bool
    lines: tuple[str, ...]
    code: str = ""
    is_tuned: bool = False
    """It was looked at when words and weights were set."""


class Judged(Struct, frozen=True):
    """What was said of a poster as it was drawn."""

    text: Text
    poster: float
    """Score of image.poster; 0 without a signal."""
    by_text: tuple[str, ...]
    """Detectors of text that reach a threshold on their cards."""


class Report(Struct, frozen=True):
    """All figures."""

    judged: tuple[Judged, ...]
    threshold: float
    not_drawn: tuple[str, ...]
    n_harmless: dict[str, int]
    false_alarms: tuple[str, ...]


def texts() -> tuple[Text, ...]:
    """Gives the posters by their words."""
    listed = tomllib.loads(_TEXTS.read_text(encoding="utf-8"))["posters"]
    return msgspec.convert(listed, tuple[Text, ...])


@cache
def faces(fonts: Path) -> tuple[writing.Face, ...]:
    """Gives the faces in a folder."""
    found = (one for one in sorted(fonts.rglob("*")) if one.suffix in {".ttf", ".otf", ".ttc"})
    return tuple((str(one), 0) for one in found)


def poster(text: Text, fonts: Path, number: int) -> Pixels | None:
    """Draws a poster; None where no face has all its letters."""
    letters = {one for line in text.lines for one in line}
    fitting = [one for one in faces(fonts) if all(writing.has(one, letter) for letter in letters)]
    if not fitting:
        return None
    rng = np.random.default_rng((_SEED, number))
    face = fitting[int(rng.integers(len(fitting)))]
    ground = photo(rng, _WIDTH_PX, _HEIGHT_PX) // 5
    ground += np.asarray(rng.integers(0, 50, 3), np.uint8)
    if number % 2:
        ground = 255 - ground
    seen = Image.fromarray(ground)
    pen = ImageDraw.Draw(seen)
    top = _MARGIN_PX
    for n, line in enumerate(text.lines):
        font = _fitting(face, line, _LINE_PX if n else _HEADLINE_PX)
        ink = (20, 20, 20) if number % 2 else (250, 250, 250)
        pen.text((_WIDTH_PX // 2, top), line, ink, font, anchor="ma")
        top += int(1.6 * font.size)
    if text.code:
        kept = io.BytesIO()
        segno.make(text.code).save(kept, kind="png", scale=8, border=4)
        code = Image.open(kept).convert("RGB").resize((_CODE_PX, _CODE_PX), Image.Resampling.BOX)
        seen.paste(code, ((_WIDTH_PX - _CODE_PX) // 2, max(top + 20, _HEIGHT_PX - 500)))
    return np.asarray(seen, np.uint8)


def _fitting(face: writing.Face, line: str, size_px: int) -> ImageFont.FreeTypeFont:
    while True:
        font = writing.font(face, size_px)
        if font.getlength(line) < _WIDTH_PX - 2 * _MARGIN_PX:
            return font
        size_px -= 2


class Readers:
    """What reads and judges a picture."""

    def __init__(self) -> None:
        """Loads everything."""
        self._readers = (ImageOcr(), ImageQr())
        self._poster = ImagePoster()
        self._texts = registry.load(list(_TEXT_DETECTORS), threads=2)
        self.threshold = self._poster.card.thresholds["scam"]

    def read(self, picture: Picture) -> tuple[Transcript, ...]:
        """Gives what stands in a picture."""
        answers = (reader.read([picture])[0] for reader in self._readers)
        found = (one.transcripts if isinstance(one, Unread) else one for one in answers)
        return tuple(one for group in found if isinstance(group, tuple) for one in group)

    def poster(self, picture: Picture, transcripts: Sequence[Transcript]) -> float:
        """Gives the score of image.poster."""
        signals = self._poster.compose(picture, transcripts, ())
        return max((one.score for one in signals), default=0.0)

    def by_text(self, transcripts: Sequence[Transcript]) -> tuple[str, ...]:
        """Gives which detectors of text find fraud in what was read."""
        parts = [TextPart(name=str(n), text=one.text) for n, one in enumerate(transcripts)]
        return tuple(one.card.id for one in self._texts if parts and _finds(one, parts))


def _finds(detector: Detector[TextPart], parts: Sequence[TextPart]) -> bool:
    thresholds = detector.card.thresholds
    return any(
        one.label in _LABELS and one.score >= thresholds.get(one.label, 0.5)
        for answer in detector.predict(parts)
        for one in signals_of(answer)
    )


def measure(data: Path, fonts: Path, pictures: Path | None, every: int = 1) -> Report:
    """Draws, reads and judges everything."""
    readers = Readers()
    judged, not_drawn = [], []
    for number, text in enumerate(texts()):
        pixels = poster(text, fonts, number)
        if pixels is None:
            not_drawn.append(text.id)
            continue
        picture = drawn(text.id, pixels)
        read = readers.read(picture)
        judged.append(Judged(text, readers.poster(picture, read), readers.by_text(read)))
        _LOG.info("%s", judged[-1])
    counts: dict[str, int] = {}
    false = []
    for n, (source, name, picture) in enumerate(_harmless(data, pictures, every)):
        _LOG.info("%s of the harmless: %s, %s", n + 1, source, name)
        counts[source] = counts.get(source, 0) + 1
        if readers.poster(picture, readers.read(picture)) >= readers.threshold:
            false.append(f"{source}: {name}")
    return Report(tuple(judged), readers.threshold, tuple(not_drawn), counts, tuple(false))


def _harmless(data: Path, pictures: Path | None, every: int) -> Iterator[tuple[str, str, Picture]]:
    for n, one in enumerate(all_of(data, None)):
        picture = None if n % every else one.picture()
        if picture is not None:
            yield one.source, one.name, picture
    for path in sorted(pictures.glob("*") if pictures else ()):
        is_harmless = not path.name.startswith(("poster-", "code-airdrop", "code-verify"))
        if path.suffix in _SUFFIXES and is_harmless:
            found = decode(path.read_bytes(), name=path.name)
            if isinstance(found, Picture):
                yield "demo", path.name, found


def markdown(report: Report) -> str:
    """Gives the page."""
    rows = "".join(
        f"| {name} | {_share(_of(report, is_tuned=is_tuned, is_scam=True), report.threshold)} "
        f"| {_false(_of(report, is_tuned=is_tuned, is_scam=False), report.threshold)} |\n"
        for name, is_tuned in (
            ("looked at when words and weights were set", True),
            ("written after", False),
        )
    )
    each = "".join(
        f"| {one.text.id} | {one.text.lang} | {'scam' if one.text.is_scam else 'harmless'} | "
        f"{one.poster or ''} | {', '.join(one.by_text)} |\n"
        for one in report.judged
        if not one.text.is_tuned
    )
    counts = ", ".join(f"{name} {n}" for name, n in report.n_harmless.items())
    n = sum(report.n_harmless.values())
    share = measures.wilson(len(report.false_alarms), n)
    missing = ", ".join(report.not_drawn) or "none"
    return (
        "# Scam posters\n\n"
        "Written by `python -m detectors.evaluation.scam_posters --data DIR --fonts DIR --pictures "
        "streams/demo/media --every 6` (fonts: DejaVu, WenQuanYi Zen Hei, Lohit Devanagari; each "
        "sixth harmless picture of the data). Posters of `poster_texts.toml`, "
        f"drawn by code with their codes, read by image.ocr and image.qr. Flagged at "
        f"{report.threshold} by image.poster, at the thresholds on their cards by text.risk, "
        "text.links and text.entities (scam, phishing, impersonation). Not drawn for want of a "
        f"font: {missing}.\n\n"
        "| posters | scams: n; by text; by image.poster; by either | harmless: n; by text; by "
        f"image.poster |\n|---|---|---|\n{rows}\n"
        "The scams are all of one kind, in which image.poster is at home: a protected name "
        "promises coins and the code leads elsewhere, in words that are mild by themselves. The "
        "harmless ones are meant to be hard. Both were written for this, so shares say how the "
        "two compare and no more.\n\n"
        f"Harmless pictures ({counts}): **{len(report.false_alarms)} of {n}** flagged "
        f"({share.low:.2%} to {share.high:.2%}, 95 %).\n\n"
        f"## Those written after\n\n| poster | language | what | image.poster | by text |\n"
        f"|---|---|---|---|---|\n{each}"
    )


def _of(report: Report, *, is_tuned: bool, is_scam: bool) -> list[Judged]:
    return [
        one
        for one in report.judged
        if one.text.is_tuned == is_tuned and one.text.is_scam == is_scam
    ]


def _share(found: Sequence[Judged], threshold: float) -> str:
    either = sum(bool(one.by_text) or one.poster >= threshold for one in found)
    return f"{_false(found, threshold)}; **{either}**"


def _false(found: Sequence[Judged], threshold: float) -> str:
    by_text = sum(bool(one.by_text) for one in found)
    by_poster = sum(one.poster >= threshold for one in found)
    return f"{len(found)}; {by_text}; {by_poster}"


def main() -> None:
    """Measures and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"))
    parser.add_argument("--pictures", type=Path, help="such as streams/demo/media")
    parser.add_argument("--every", type=int, default=1, help="of the harmless in data, each nth")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    report = measure(given.data, given.fonts, given.pictures, given.every)
    kept = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (_FOLDER / "posters_1.json").write_bytes(kept + b"\n")
    (_FOLDER / "posters_1.md").write_text(markdown(report), encoding="utf-8")


if __name__ == "__main__":
    main()
