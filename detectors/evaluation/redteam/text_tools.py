"""What the obfuscations share."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

HALF: Final = 0.5
MOST: Final = 0.7
"""Chances that a letter is changed."""

WORD: Final = re.compile(r"[^\W\d_]+")
MIN_WORD: Final = 4


def each(text: str, change: Callable[[str], str]) -> str:
    """The text with each character changed."""
    return "".join(map(change, text))


def some(text: str, rng: Random, table: dict[str, str], share: float) -> str:
    """Characters of a table changed, each with a chance of `share`."""

    def change(char: str) -> str:
        choices = table.get(char) or table.get(char.lower())
        return rng.choice(choices) if choices and rng.random() < share else char

    return each(text, change)


def inside(text: str, rng: Random, marks: Sequence[str]) -> str:
    """The text with a mark inside each longer word."""

    def change(found: re.Match[str]) -> str:
        word = found[0]
        at = rng.randrange(1, len(word)) if len(word) >= MIN_WORD else 0
        return word[:at] + rng.choice(marks) + word[at:] if at else word

    return WORD.sub(change, text)


def named(text: str, prefix: str, *, sizes: bool = False) -> str:
    """ASCII letters as the characters so named in Unicode; `sizes`: there are small ones too."""
    prefix = prefix.removesuffix(" LATIN")
    latin = "LATIN " if "CIRCLED" in prefix or "SQUARED" in prefix else ""

    def change(char: str) -> str:
        if not char.isascii() or not char.isalpha():
            return char
        size = "SMALL" if sizes and char.islower() else "CAPITAL"
        letter = f"LETTER {char.upper()}" if latin else char.upper()
        return lookup(f"{prefix} {latin}{size} {letter}", char)

    return each(text, change)


def lookup(name: str, default: str) -> str:
    """The character of a name, or the default if that is no ASCII letter or there is none."""
    if not default.isascii() or not default.isalpha():
        return default
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return default


def is_alphabetic(text: str) -> bool:
    """Whether the text's letters stand one after the other, without marks and joins."""
    return not any(c >= "\u0590" and c.isalpha() for c in text)


def is_linear(text: str) -> bool:
    """Whether a reader can still read the letters set apart: no marks, no joined letters."""
    return not any("\u0590" <= c <= "\u10ff" for c in text)
