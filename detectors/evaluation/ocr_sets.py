"""What the evaluation of image.ocr draws: languages, fonts, looks, texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from detectors.evaluation.functional import suite
from detectors.evaluation.ocr_pages import KINDS, Kind, Look, Page, page
from detectors.evaluation.posters import photo
from detectors.evaluation.writing import Face
from detectors.image.picture import Pixels

SEED: Final = 11
N_FLAG: Final = 30
N_PASS: Final = 10
"""Pages of each language: of texts that must be flagged, and of harmless ones like them."""
LANGUAGES: Final = ("en", "es", "tr", "vi", "zh", "ru", "ar", "hi")
GROUPS: Final[dict[str, str]] = {
    "en": "Latin",
    "es": "Latin",
    "tr": "Latin",
    "vi": "Latin, Vietnamese",
    "zh": "Chinese",
    "ru": "Cyrillic",
    "ar": "Arabic",
    "hi": "Devanagari",
}
_LATIN: Final = (
    ("DejaVuSans.ttf", 0),
    ("LiberationSerif-Regular.ttf", 0),
    ("NotoSans-Bold.ttf", 0),
    ("FreeSans.ttf", 0),
    ("NotoSerif-Regular.ttf", 0),
)
FONTS: Final[dict[str, tuple[Face, ...]]] = {
    "en": _LATIN,
    "es": _LATIN,
    "tr": _LATIN,
    "vi": (*_LATIN[:1], ("LiberationSans-Regular.ttf", 0), *_LATIN[2:]),
    "ru": _LATIN,
    "zh": (
        ("NotoSansCJK-Regular.ttc", 2),
        ("NotoSerifCJK-Regular.ttc", 2),
        ("uming.ttc", 0),
        ("ukai.ttc", 0),
        ("wqy-zenhei.ttc", 0),
    ),
    "ar": (
        ("NotoNaskhArabic-Regular.ttf", 0),
        ("NotoSansArabic-Regular.ttf", 0),
        ("DejaVuSans.ttf", 0),
        ("Amiri-Regular.ttf", 0),
        ("KacstBook.ttf", 0),
    ),
    "hi": (
        ("NotoSansDevanagari-Regular.ttf", 0),
        ("NotoSerifDevanagari-Regular.ttf", 0),
        ("Lohit-Devanagari.ttf", 0),
        ("Gargi.ttf", 0),
        ("FreeSans.ttf", 0),
    ),
}
SECOND: Final[Face] = ("DejaVuSans.ttf", 0)
"""Writes the words that a face cannot."""
PACKAGES: Final = (
    "fonts-dejavu-core fonts-liberation fonts-noto-core fonts-noto-cjk fonts-freefont-ttf "
    "fonts-arphic-uming fonts-arphic-ukai fonts-wqy-zenhei fonts-kacst fonts-hosny-amiri "
    "fonts-lohit-deva fonts-gargi"
)
"""Debian's packages that hold them."""


class FontMissing(FileNotFoundError):
    """A font that the evaluation writes with is not in the folder."""


class Sample(Struct, frozen=True, eq=False):
    """A picture, what is written in it, and how."""

    page: Page
    text: str
    lang: str
    look: Look
    font: str


def faces(folder: Path, lang: str) -> list[tuple[Face, Face]]:
    """Gives a language's faces, each with the second. Raises FontMissing."""
    return [(_face(folder, one), _face(folder, SECOND)) for one in FONTS[lang]]


def _face(folder: Path, face: Face) -> Face:
    for path in sorted(folder.rglob(face[0])):
        return str(path), face[1]
    message = f"{face[0]} is not under {folder}: install {PACKAGES}"
    raise FontMissing(message)


def texts(lang: str, *, n_flag: int, n_pass: int) -> list[str]:
    """Gives texts of the functional suite, spread over its behaviours.

    Such as are written in single letters are left out: how far apart letters stand is not what is
    measured here.
    """
    known = [case for case in suite.cases() if case.lang == lang and not is_spaced(case.text)]
    chosen: list[str] = []
    for expect, n in (("flag", n_flag), ("pass", n_pass)):
        fitting = [case.text for case in known if case.expect == expect]
        places = np.linspace(0, len(fitting) - 1, min(n, len(fitting))).astype(int)
        chosen += [fitting[place] for place in places]
    return chosen


def is_spaced(text: str) -> bool:
    """Whether a third of the words are single letters."""
    words = text.split()
    lone = sum(len(word) == 1 and word.isalpha() for word in words)
    return lone > 2 and 3 * lone > len(words)  # noqa: PLR2004


def drawn_look(rng: np.random.Generator, number: int, given: Sequence[tuple[Face, Face]]) -> Look:
    """Draws a look of a normal size: letters of 22 to 48 pixels in a picture 1,000 wide."""
    return Look(
        kind=KINDS[number % len(KINDS)],
        faces=given[number // len(KINDS) % len(given)],
        size_px=int(rng.integers(22, 49)),
        rotation_deg=float(rng.uniform(-4, 4)) if rng.random() < 0.5 else 0.0,  # noqa: PLR2004
        noise=float(rng.uniform(0, 12)),
        jpeg=int(rng.integers(40, 96)),
        is_dark=bool(rng.integers(2)),
        contrast=float(rng.uniform(0.5, 1)),
    )


def normal(folder: Path, lang: str, *, n_flag: int = N_FLAG, n_pass: int = N_PASS) -> list[Sample]:
    """Gives the pages of a language at normal sizes, always the same."""
    given = faces(folder, lang)
    found = []
    for number, text in enumerate(texts(lang, n_flag=n_flag, n_pass=n_pass)):
        rng = np.random.default_rng((SEED, LANGUAGES.index(lang), number))
        found += sample(text, lang, drawn_look(rng, number, given), rng)
    return found


def level(folder: Path, lang: str, look: dict[str, float | int], n: int) -> list[Sample]:
    """Gives clear pages of a language that have one thing in common."""
    given = faces(folder, lang)
    found = []
    for number, text in enumerate(texts(lang, n_flag=n, n_pass=0)):
        rng = np.random.default_rng((SEED, 100 + LANGUAGES.index(lang), number))
        kind: Kind = "note" if number % 2 else "poster"
        clear = Look(kind=kind, faces=given[number % len(given)])
        found += sample(text, lang, replace(clear, **look), rng)
    return found


def sample(text: str, lang: str, look: Look, rng: np.random.Generator) -> list[Sample]:
    """Gives a page as a list of one, or of none where its fonts lack a letter."""
    drawn = page([text], lang, look, rng)
    if drawn is None:
        return []
    return [Sample(drawn, text, lang, look, Path(look.faces[0][0]).stem)]


def empty(number: int) -> Pixels:
    """Gives a picture without text."""
    return photo(np.random.default_rng((SEED, 99, number)), 1080, 1350)
