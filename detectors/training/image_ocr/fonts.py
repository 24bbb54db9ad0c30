"""Fonts by script: those of the system that can write a language, less what evaluation keeps."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

HELD_OUT: Final = (
    "Liberation Serif",
    "Liberation Sans",
    "FreeSans",
    "Amiri",
    "KacstBook",
    "Lohit Devanagari",
    "Gargi",
)
"""Families that training never sees: the evaluation tells letters in these from the others."""
_NOT_TEXT: Final = ("Emoji", "Quran", "KacstPen", "Digital", "Looped", "Symbol", "Barcode", "Urdu")
_LANGS: Final = ("ru", "ar", "hi", "vi", "en", "zh-cn", "ja")


class Fonts(Struct, frozen=True):
    """Paths and face numbers, by language."""

    by_lang: dict[str, tuple[tuple[str, int], ...]]


def found(held_out: Sequence[str] = HELD_OUT) -> Fonts:
    """Gives the system's fonts, sorted, as fontconfig tells what they can write."""
    return Fonts({lang: tuple(_listed(lang, held_out)) for lang in _LANGS})


def _listed(lang: str, held_out: Sequence[str]) -> list[tuple[str, int]]:
    command = ["fc-list", f":lang={lang}", "file", "index", "family", "style"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    kept = []
    for line in sorted(out.splitlines()):
        path, _, rest = line.partition(": ")
        family = rest.split(":style=")[0].removeprefix(":").split(":")[0]
        is_file = Path(path).suffix.lower() in {".ttf", ".otf", ".ttc"}
        is_left_out = any(one in family.split(",") for one in held_out)
        if is_file and not is_left_out and not any(word in line for word in _NOT_TEXT):
            index = int(rest.rpartition("index=")[2].split(":")[0] or 0)
            kept.append((path, index if index < 64 else 0))  # noqa: PLR2004 - a named instance
    return kept
