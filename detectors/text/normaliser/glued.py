"""Words run together without spaces, set apart where that is sure."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import vocabulary
from detectors.text.normaliser.lexicon import frequency, spelt
from detectors.text.normaliser.mapped import Edit, Mapped

Bounds = tuple[int, int]
_TOKEN: Final = re.compile(r"\S{10,}")
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)\S*|\w+@\w[\w.-]*|(?<!\w)\w[\w-]*(?:\.[a-z0-9][\w-]*)+/\S*", re.IGNORECASE
)
_MARKS: Final = f"[{chars.MARKS_CLASS}\u200c\u200d]*"
_RUN: Final = re.compile(f"(?:[^\\W\\d_]['’]?{_MARKS})+|\\d+(?:[.,:]\\d+)*")
_UNIT: Final = re.compile(f"[^\\W\\d_]['’]?{_MARKS}")
_UNSPACED: Final = re.compile(
    f"[{chars.HAN_CLASS}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\uac00-\ud7a3]"
)
"""Scripts that are written without spaces, or with few."""
_MAX_TOKEN: Final = 400
_MIN_CAPITALS: Final = 2
_KNOWN_SHARE: Final = 0.75
_MEAN_LETTERS: Final = 3
_MANY_WORDS: Final = 5
_MANY_KNOWN_SHARE: Final = 0.4
_MIN_CUT: Final = 10
"""Letters from which on an unknown run may be several words."""
_MIN_LETTERS: Final = 16
_MIN_CUTS: Final = 3
_PART_ZIPF: Final = 10
_COMMON_SHARE: Final = 0.25
"""Of a text's words many are among the most frequent, of a compound's parts hardly any."""
_MAX_WORD: Final = 20
_MANY_LETTERS: Final = 28
"""More letters than inflected and compound words have."""
_MAX_COST: Final = 1.75
_MAX_LONG_COST: Final = 3.0
"""Most that the words of a text cost a letter; other words, cut up, cost more."""
_WORD_COST: Final = 18
"""Twice 9: with twice the Zipf frequency taken off, a word's negative log-probability."""
_SHORT_COSTS: Final = {1: 8, 2: 3, 3: 1}
_COMMON_ZIPF: Final = 13
_UNKNOWN_COST: Final = 24
_LETTER_COST: Final = 3
_FOREIGN_COST: Final = 6
"""What a word of another language costs more."""
_NOTHING: Final[Mapping[str, int]] = {}


def split(given: Mapped) -> Mapped:
    """The text with spaces between the words of long tokens.

    Several words are sure where capitals begin known words, or where the letters give frequent
    words of one language and no others.
    """
    edits: list[Edit] = []
    for token in _TOKEN.finditer(given.text):
        places = _places(token[0][:_MAX_TOKEN])
        first = token.start()  # a space stands for the letter after it, as there is none
        edits += [(first + at, first + at + 1, f" {token[0][at]}") for at in places]
    return given.edited(edits)


def _places(token: str) -> list[int]:
    """Where words of a token begin, the first aside; none unless it is surely several words."""
    addresses = [one.span() for one in _ADDRESS.finditer(token)]
    runs = [
        cut
        for run in _RUN.finditer(token)
        if not any(start <= run.start() < end for start, end in addresses)
        for cut in [_capitals(token, *run.span())]
    ]
    n_capitals = sum(map(len, runs)) - len(runs)
    if runs and token[runs[0][0][0]].islower():
        n_capitals -= 1  # camel case of programs begins so
    if n_capitals < _MIN_CAPITALS and not any(_may_be_cut(token[a:b]) for (a, b), *_ in runs):
        return []
    words = _cut(token, runs)
    if words is None and not (n_capitals >= _MIN_CAPITALS and _are_known(token, runs)):
        return []
    begun = [start for run in words or runs for start, _ in run]
    return sorted({*begun, *(start for start, _ in addresses)} - {0, *begun[:1]})


def _capitals(token: str, start: int, end: int) -> list[Bounds]:
    """The stretches of a run between capitals: where one follows a small letter or ends others."""
    inner = (
        at
        for at in range(start + 1, end)
        if token[at].isupper()
        and (
            token[at - 1].islower()
            or (token[at - 1].isupper() and token[at + 1 : at + 2].islower())
        )
    )
    return list(pairwise((start, *inner, end)))


def _may_be_cut(piece: str) -> bool:
    return len(piece) >= _MIN_CUT and not frequency(piece) and not _UNSPACED.search(piece)


def _are_known(token: str, runs: list[list[Bounds]]) -> bool:
    words = [token[start:end] for run in runs if len(run) > 1 for start, end in run]
    if sum(map(len, words)) < _MEAN_LETTERS * len(words):
        return False  # a code
    n_known = sum(len(word) for word in words if frequency(word))
    share = _KNOWN_SHARE if len(words) < _MANY_WORDS else _MANY_KNOWN_SHARE
    return n_known >= share * sum(map(len, words))


def _cut(token: str, runs: list[list[Bounds]]) -> list[list[Bounds]] | None:
    """The runs cut at capitals and into words of one language, if that gives such as text has."""
    rough = [spelt(token[a:b]) for run in _segmented(token, runs, _NOTHING) for a, b in run]
    langs = vocabulary.languages(rough)
    if not langs:
        return None
    zipf = vocabulary.words(langs[0])
    found = _segmented(token, runs, zipf)
    words = [token[a:b] for run in found if len(run) > 1 for a, b in run]
    letters = sum(map(len, words))
    n_cuts = sum(len(run) - 1 for run in found)
    n_common = sum(len(word) > 1 and zipf.get(spelt(word), 0) > _PART_ZIPF for word in words)
    if n_cuts < _MIN_CUTS or letters < _MIN_LETTERS or n_common < _COMMON_SHARE * len(words):
        return None
    cost = sum(_cost(word, len(word), zipf) for word in words)
    most = _MAX_COST if letters < _MANY_LETTERS else _MAX_LONG_COST
    return found if cost <= most * letters else None


def _segmented(token: str, runs: list[list[Bounds]], zipf: Mapping[str, int]) -> list[list[Bounds]]:
    return [
        [word for start, end in run for word in _words(token, start, end, zipf)] for run in runs
    ]


def _words(token: str, start: int, end: int, zipf: Mapping[str, int]) -> Iterator[Bounds]:
    """Start and end of the likeliest words of a stretch (dynamic programming)."""
    piece = token[start:end]
    ends = [0, *(one.end() for one in _UNIT.finditer(piece))]
    if ends[-1] != len(piece) or not _may_be_cut(piece):
        yield start, end
        return
    n = len(ends)
    best = [0] + [1 << 30] * (n - 1)
    back = [0] * n
    for last in range(1, n):
        for first in range(max(0, last - _MAX_WORD), last):
            cost = best[first] + _cost(piece[ends[first] : ends[last]], last - first, zipf)
            if cost < best[last]:
                best[last], back[last] = cost, first
    cuts = [n - 1]
    while cuts[-1]:
        cuts.append(back[cuts[-1]])
    for first, last in pairwise(reversed(cuts)):
        yield start + ends[first], start + ends[last]


def _cost(piece: str, n_letters: int, zipf: Mapping[str, int]) -> int:
    """A word's cost in a language, or in any if `zipf` is empty."""
    known = zipf.get(spelt(piece), 0)
    if not known:
        known = frequency(piece) - (_FOREIGN_COST if zipf else 0)
    if known <= 0:
        return _UNKNOWN_COST + _LETTER_COST * n_letters
    return _WORD_COST - known + (0 if known >= _COMMON_ZIPF else _SHORT_COSTS.get(n_letters, 0))
