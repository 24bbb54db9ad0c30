"""Turns of phrase by class, in a dozen languages, compiled: `lexicon.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

LEXICON_FILE: Final = Path(__file__).parent / "lexicon.toml"
MAX_HITS: Final = 16
"""Hits of a class in a text; more would say no more."""


SCRIPT_OF: Final = {
    "ar": "arabic", "hi": "devanagari", "ko": "hangul", "ru": "cyrillic", "zh": "han",
}  # fmt: skip
"""Scripts by language; all others are written in Latin letters."""
SCRIPTS: Final = {
    "latin": re.compile("[a-z]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "devanagari": re.compile("[\u0900-\u097f]"),
    "han": re.compile("[\u4e00-\u9fff]"),
    "hangul": re.compile("[\uac00-\ud7a3]"),
}


class Hit(Struct, frozen=True):
    """A turn of phrase of a class, and where it stands."""

    kind: str
    start: int
    end: int


class Phrases:
    """The classes as regular expressions, one for each script. Safe across threads."""

    def __init__(self, classes: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Takes the alternatives of each class by language, for text in small letters."""
        self._patterns = {
            kind: [
                (script, re.compile("|".join(map(_inline, given))))
                for script, given in _by_script(by_language).items()
            ]
            for kind, by_language in classes.items()
        }

    def hits(self, low: str, kinds: Iterable[str]) -> dict[str, list[Hit]]:
        """Gives the hits of some classes in a text in small letters; only classes with any."""
        there = {script for script, letters in SCRIPTS.items() if letters.search(low)}
        found: dict[str, list[Hit]] = {}
        for kind in kinds:
            given = [
                Hit(kind, *match.span())
                for script, pattern in self._patterns[kind]
                if script in there
                for match in islice(pattern.finditer(low), MAX_HITS)
            ]
            if given:
                found[kind] = given
        return found


def _by_script(by_language: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for lang, alternatives in by_language.items():
        found.setdefault(SCRIPT_OF.get(lang, "latin"), []).extend(alternatives)
    return found


@cache
def shipped() -> Phrases:
    """Gives the classes that ship."""
    return Phrases(tomllib.loads(LEXICON_FILE.read_text(encoding="utf-8")))


def _inline(pattern: str) -> str:
    """An alternative as a group of its own; line starts are meant where `(?m)` says so."""
    if pattern.startswith("(?m)"):
        return f"(?m:{pattern.removeprefix('(?m)')})"
    return f"(?:{pattern})"
