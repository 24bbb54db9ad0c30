"""Words broken by spaces, put together again where that gives a word of the text's language."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from detectors.text.normaliser.lexicon import spelt
from detectors.text.normaliser.mapped import Edit

_MAX_PIECES: Final = 3
_MAX_PIECE: Final = 14
_MIN_LETTERS: Final = 4
_WORD_COST: Final = 18
"""Twice 9: with twice the Zipf frequency taken off, a word's negative log-probability."""
_UNKNOWN_COST: Final = 20
_JOIN_COST: Final = 1


class Joins(Struct, frozen=True):
    """The gaps to take out; `n_sure` of the words so made have a piece that is no word."""

    edits: list[Edit]
    n_sure: int
    score: int


def joins(text: str, found: Sequence[re.Match[str]], zipf: Mapping[str, int]) -> Joins:
    """The gaps inside words of a language, where the words together are likelier than apart.

    `found` are the words of the text, in order. Dynamic programming over them.
    """
    words = [spelt(one[0]) for one in found]
    is_apart = [text[a.end() : b.start()].isspace() for a, b in pairwise(found)]
    best = [0] + [1 << 30] * len(words)
    n_pieces = [1] * (len(words) + 1)
    for end in range(1, len(words) + 1):
        for n in range(1, min(_MAX_PIECES, end) + 1):
            if n > 1 and not is_apart[end - n]:
                break
            cost = best[end - n] + _cost(words[end - n : end], zipf)
            if cost < best[end]:
                best[end], n_pieces[end] = cost, n
    edits: list[Edit] = []
    n_sure = 0
    at = len(words)
    while at:
        first = at - n_pieces[at]
        if n_pieces[at] > 1:
            n_sure += any(one not in zipf for one in words[first:at])
            edits += [(a.end(), b.start(), "") for a, b in pairwise(found[first:at])]
        at = first
    edits.sort()
    return Joins(edits, n_sure, _UNKNOWN_COST * len(words) - best[-1])


def _cost(pieces: list[str], zipf: Mapping[str, int]) -> int:
    whole = "".join(pieces)
    known = zipf.get(whole, 0)
    if len(pieces) == 1:
        return _WORD_COST - known if known else _UNKNOWN_COST
    if not known or len(whole) < _MIN_LETTERS or any(len(one) > _MAX_PIECE for one in pieces):
        return 1 << 20
    return _WORD_COST - known + _JOIN_COST
