"""Capitals: a text written in them says the same in small letters."""

import itertools
import re
from collections.abc import Sequence
from typing import Final

from detectors.text.normaliser.mapped import Mapped

MIN_SHARE: Final = 0.75
"""Of the words, how many begin with a capital in a text that is written so throughout."""
MIN_LETTERS: Final = 8
_MIN_WORDS: Final = 4
"""A text with fewer words is all capitals or is left: names and headings begin with capitals."""
_MIN_RUN: Final = 5
_MIN_CAPITAL_RUN: Final = 3
_MIN_CAPITALS: Final = 12
"""Letters in words of capitals alone; three tickers have fewer."""
_TURKISH: Final = frozenset("ğşıİĞŞ")
_WORD: Final = re.compile(r"[^\W\d_]\S*")


def lowered(given: Mapped) -> Mapped | None:
    """The text in small letters, where it or a run of its words has capitals throughout.

    A run is of words that are all capitals or that all begin with one. None for any other text.
    Letters keep their places; a pure function, in linear time.
    """
    text = given.text
    if text.islower():
        return None
    words = [found.span() for found in _WORD.finditer(text)]
    marks = [text[start] for start, _ in words]
    if not any(map(str.isupper, marks)):
        return None
    if _is_capital(text, marks):
        small = _small(text, is_turkish=not _TURKISH.isdisjoint(text))
    else:
        small = _with_small_runs(text, words)
    return None if small == text else given.translated(small)


def _is_capital(text: str, marks: Sequence[str]) -> bool:
    n_large = sum(map(str.isupper, marks))
    if n_large < MIN_SHARE * (n_large + sum(map(str.islower, marks))):
        return False
    n_upper, n_lower = sum(map(str.isupper, text)), sum(map(str.islower, text))
    if n_upper + n_lower < MIN_LETTERS:
        return False
    return n_upper > n_lower or n_large >= _MIN_WORDS


def _with_small_runs(text: str, words: Sequence[tuple[int, int]]) -> str:
    is_turkish = not _TURKISH.isdisjoint(text)
    pieces: list[str] = []
    at = 0
    for is_run, group in itertools.groupby(words, lambda word: text[word[0]].isupper()):
        own = list(group)
        start, end = own[0][0], own[-1][1]
        if is_run and _is_long(text, own):
            pieces += (text[at:start], _small(text[start:end], is_turkish=is_turkish))
            at = end
    return "".join((*pieces, text[at:]))


def _is_long(text: str, run: Sequence[tuple[int, int]]) -> bool:
    """Whether a run of words with a capital is more than a name or some tickers."""
    n_capital = sum(end - start for start, end in run if text[start:end].isupper())
    return len(run) >= _MIN_RUN or (len(run) >= _MIN_CAPITAL_RUN and n_capital >= _MIN_CAPITALS)


def _small(text: str, *, is_turkish: bool) -> str:
    small = (text.replace("I", "ı") if is_turkish else text).replace("İ", "i").lower()
    return small if len(small) == len(text) else "".join(one.lower()[0] for one in text)
