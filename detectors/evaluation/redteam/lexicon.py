"""Small built-in lexicons: the same words in twelve languages, and words that mean the same."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

FOLDER: Final = Path(__file__).parent
FALLBACK: Final = "en"
_UNSPACED: Final = frozenset({"zh", "ko", "ja", "th"})
"""Written without spaces, or with endings glued to the word: found anywhere in a text."""


class Concept(Struct, frozen=True, forbid_unknown_fields=True):
    """One meaning; `words` gives it by language. A frame word carries no violation."""

    is_frame: bool
    words: dict[str, tuple[str, ...]]


class Lexicon(Struct, frozen=True, forbid_unknown_fields=True):
    """`synonyms`: by language groups of words of which each may stand for any other."""

    concepts: tuple[Concept, ...]
    synonyms: dict[str, tuple[tuple[str, ...], ...]]


@cache
def lexicon() -> Lexicon:
    """Gives the lexicon that ships. Raises msgspec.ValidationError."""
    text = (FOLDER / "lexicon.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Lexicon)


def primary(lang: str) -> str:
    """The language of a tag: `pt` of `pt-BR`."""
    return lang.replace("_", "-").split("-")[0].lower()


@cache
def synonyms(lang: str) -> dict[str, tuple[str, ...]]:
    """What may stand for a word of the language, lower-case."""
    groups = lexicon().synonyms.get(primary(lang), ())
    return {
        word: tuple(other for other in group if other != word) for group in groups for word in group
    }


@cache
def translations(lang: str, target: str, *, is_frame: bool) -> dict[str, tuple[str, ...]]:
    """Words of one language in another: the frame words, or the words with meaning."""
    source = primary(lang)
    return {
        word: concept.words[target]
        for concept in lexicon().concepts
        if concept.is_frame == is_frame and target in concept.words
        for word in concept.words.get(source, ())
    }


def pattern(words: tuple[str, ...], lang: str) -> re.Pattern[str]:
    """Finds the longest of the words; whole ones where the language sets words apart."""
    inner = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    edges = ("", "") if primary(lang) in _UNSPACED else (r"(?<!\w)", r"(?!\w)")
    return re.compile(f"{edges[0]}(?:{inner}){edges[1]}", re.IGNORECASE)
