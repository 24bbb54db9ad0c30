"""How much of a text is read, and the windows in which the model reads it."""

from collections.abc import Sequence
from typing import Final

from detectors.text.normaliser.mapped import Mapped

BOS_ID: Final = 0
EOS_ID: Final = 2
MAX_CHARACTERS: Final = 16_000
"""Of a longer text only the first and the last half of this many are read: a Partial answer."""
WINDOW_TOKENS: Final = 62
"""Content tokens judged at once, near the length trained on; longer texts get windows."""
OVERLAP_TOKENS: Final = 12
MAX_WINDOWS: Final = 48
"""A text of more windows (about 2,400 tokens) is sampled: this many, evenly spread from its first
to its last; such an answer is Partial."""
MAX_TOKENS: Final = 5 * MAX_WINDOWS * (WINDOW_TOKENS + 2) // 2
"""Tokens, marks included, that all readings of a text may have together: the longest text, its
sentences, and half as much again. Bounds the time a text takes; what is beyond is not read, and
the answer is Partial."""
_STEP: Final = WINDOW_TOKENS - OVERLAP_TOKENS


def is_read_whole(n_characters: int, n_tokens: int) -> bool:
    """Whether windows cover the whole of a text."""
    return n_characters <= MAX_CHARACTERS and n_tokens <= MAX_WINDOWS * _STEP + OVERLAP_TOKENS


def shortened(given: Mapped) -> Mapped:
    """The text itself, or the two ends of one longer than `MAX_CHARACTERS`."""
    n = len(given.text)
    if n <= MAX_CHARACTERS:
        return given
    half = MAX_CHARACTERS // 2
    gap = given.cut(half, half, " ")
    return given.part(0, half).joined(gap).joined(given.part(n - half, n))


def n_read(n_tokens: int) -> int:
    """Tokens that the model reads for a text of so many, with overlaps and marks."""
    if n_tokens <= WINDOW_TOKENS:
        return n_tokens + 2
    n_windows = -((OVERLAP_TOKENS - n_tokens) // _STEP)
    if n_windows > MAX_WINDOWS:
        return MAX_WINDOWS * (WINDOW_TOKENS + 2)
    return n_tokens + (n_windows - 1) * OVERLAP_TOKENS + n_windows * 2


def starts(n_tokens: int) -> list[int]:
    """The first token of each window of a text of so many."""
    if n_tokens <= WINDOW_TOKENS:
        return [0]
    found = list(range(0, n_tokens - OVERLAP_TOKENS, _STEP))
    if len(found) > MAX_WINDOWS:
        found = [found[round(n * (len(found) - 1) / (MAX_WINDOWS - 1))] for n in range(MAX_WINDOWS)]
    return found


def split(ids: Sequence[int]) -> list[list[int]]:
    """Windows of a text's ids, each between begin and end marks."""
    return [[BOS_ID, *ids[n : n + WINDOW_TOKENS], EOS_ID] for n in starts(len(ids))]
