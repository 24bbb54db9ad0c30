"""Attacks on words: synonyms, mixed languages, other scripts, typing errors, capitals."""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from detectors.evaluation.redteam.lexicon import FALLBACK, pattern, primary, synonyms, translations
from detectors.evaluation.redteam.scripts import rewritten

_MIXED_WITH_ENGLISH: Final = ("es", "fr", "id", "pt", "tr")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LONG: Final = 5
_VOWELS: Final = frozenset("aeiouyаеёиоуыэюя")
_SHARE: Final = 0.6


def substituted(text: str, lang: str, rng: Random) -> str:
    """Every word of the synonym lexicon replaced by another of its group."""
    return _replaced(text, lang, rng, synonyms(lang))


def framed_foreign(text: str, lang: str, rng: Random) -> str:
    """The small words between in another language, as people who mix languages write."""
    return _replaced(text, lang, rng, translations(lang, _other(lang, rng), is_frame=True))


def keyed_foreign(text: str, lang: str, rng: Random) -> str:
    """The words with meaning in another language, the sentence around them as it was."""
    return _replaced(text, lang, rng, translations(lang, _other(lang, rng), is_frame=False))


def other_script(text: str, lang: str, rng: Random) -> str:
    """Longer words written by sound in another script; Chinese in traditional characters."""
    return rewritten(text, rng, share=_SHARE)


def swapped(text: str, lang: str, rng: Random) -> str:
    """Two inner letters of each longer word exchanged."""

    def change(word: str) -> str:
        at = rng.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _long_words(text, change)


def devowelled(text: str, lang: str, rng: Random) -> str:
    """Each longer word without its inner vowels."""
    return _long_words(
        text,
        lambda word: (
            word[0] + "".join(c for c in word[1:-1] if c.lower() not in _VOWELS) + word[-1]
        ),
    )


def misspelt(text: str, lang: str, rng: Random) -> str:
    """One inner letter of each longer word left out."""

    def change(word: str) -> str:
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1 :]

    return _long_words(text, change)


def glued(text: str, lang: str, rng: Random) -> str:
    """Words without spaces between, each with a capital."""
    words = text.split()
    return "".join(word[:1].upper() + word[1:] for word in words) if len(words) > 1 else text


def broken(text: str, lang: str, rng: Random) -> str:
    """A space inside each longer word."""

    def change(word: str) -> str:
        at = rng.randrange(2, len(word) - 1)
        return f"{word[:at]} {word[at:]}"

    return _long_words(text, change)


def capitals(text: str, lang: str, rng: Random) -> str:
    """Every letter a capital."""
    if primary(lang) == "tr":
        text = text.replace("i", "İ")
    return text.upper()


def headline(text: str, lang: str, rng: Random) -> str:
    """A capital at the beginning of each word."""
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _replaced(text: str, lang: str, rng: Random, table: dict[str, tuple[str, ...]]) -> str:
    if not table:
        return text

    def change(found: re.Match[str]) -> str:
        others = table.get(found[0].lower())
        if not others:
            return found[0]
        word = rng.choice(others)
        return word.capitalize() if found[0][:1].isupper() else word

    return pattern(tuple(sorted(table)), lang).sub(change, text)


def _other(lang: str, rng: Random) -> str:
    return rng.choice(_MIXED_WITH_ENGLISH) if primary(lang) == FALLBACK else FALLBACK


def _long_words(text: str, change: Callable[[str], str]) -> str:
    """Words of `_LONG` letters and more of scripts whose letters stand by themselves."""
    return _WORD.sub(
        lambda found: (
            change(found[0]) if len(found[0]) >= _LONG and found[0] < "\u0590" else found[0]
        ),
        text,
    )
