"""A text that one actor splits over consecutive messages, put together again."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from detectors.text.normaliser.lexicon import frequency
from schemas.signals import Span

MAX_GAP_S: Final = 60.0
"""Longer silences end a split text, and so do clocks that differ by more."""
MAX_MESSAGES: Final = 64
MAX_CHARACTERS: Final = 24
"""A longer message is a text by itself, not a piece of one."""
MAX_TOGETHER: Final = 400
"""Characters that the messages of a text may have together: what reading it costs stays bounded."""
_MAX_LAST: Final = 200
_MIN_WORD: Final = 4


class Message(Struct, frozen=True):
    """One of an actor's messages: its text, and when it was sent in seconds since any epoch."""

    text: str
    sent_s: float


class Joined(Struct, frozen=True):
    """A text made of several messages. `first` is the index of the first of them.

    `offsets` says where each message begins in `text`, `lengths` how long it is there, `leads` how
    much blank of its beginning was left out.
    """

    text: str
    first: int
    offsets: "array[int]"
    lengths: "array[int]"
    leads: "array[int]"

    def spans(self, start: int, end: int) -> list[tuple[int, Span]]:
        """Message index and characters of each message behind `start` to `end` of the text.

        Raises:
            ValueError: if the stretch is not inside the text.
        """
        if not 0 <= start <= end <= len(self.text):
            message = f"{start}:{end} is not inside a text of {len(self.text)} characters"
            raise ValueError(message)
        found: list[tuple[int, Span]] = []
        at = max(0, bisect_right(self.offsets, start) - 1)
        while at < len(self.offsets) and self.offsets[at] < end:
            low = max(0, start - self.offsets[at])
            high = min(self.lengths[at], end - self.offsets[at])
            if low < high:
                lead = self.leads[at]
                found.append((self.first + at, Span(lead + low, lead + high)))
            at += 1
        return found


def joined(messages: Sequence[Message]) -> list[Joined]:
    """The text that an actor's latest short messages make together; none if they make none.

    Takes the messages of one actor in one room, the oldest first, and looks back from the last
    over short ones sent close together. Gives them with spaces between (words sent one by
    one), and, where they are letters or pieces of words, also without. Pure: who keeps the recent
    messages is the caller's matter. Feed each reading to `variants` too.
    """
    first = _first(messages)
    pieces = [one.text.strip() for one in messages[first:]]
    if len(pieces) < 2 or not any(pieces):  # noqa: PLR2004
        return []
    leads = [len(one.text) - len(one.text.lstrip()) for one in messages[first:]]
    gaps = _gaps(pieces)
    found = [_join(pieces, first, leads, [" "] * len(gaps))]
    if "" in gaps:
        found.append(_join(pieces, first, leads, gaps))
    return found


def _first(messages: Sequence[Message]) -> int:
    at = len(messages)
    n_left = MAX_TOGETHER
    while at > max(0, len(messages) - MAX_MESSAGES):
        one = messages[at - 1]
        limit = _MAX_LAST if at == len(messages) else MAX_CHARACTERS
        is_apart = at < len(messages) and abs(messages[at].sent_s - one.sent_s) > MAX_GAP_S
        n_left -= len(one.text)
        if len(one.text) > limit or is_apart or n_left < 0:
            break
        at -= 1
    return at


def _gaps(pieces: Sequence[str]) -> list[str]:
    """Nothing between pieces whose ends make a word together, a space between others."""
    if all(len(piece) < 2 for piece in pieces):  # noqa: PLR2004
        return [""] * (len(pieces) - 1)
    gaps: list[str] = []
    for before, after in pairwise(pieces):
        left, right = before.split(), after.split()
        whole = (left[-1] if left else "") + (right[0] if right else "")
        is_word = len(whole) >= _MIN_WORD and frequency(whole.strip(".,!?"))
        gaps.append("" if is_word else " ")
    return gaps


def _join(pieces: Sequence[str], first: int, leads: Sequence[int], gaps: Sequence[str]) -> Joined:
    text, offsets = "", array("L")
    for piece, gap in zip(pieces, (*gaps, ""), strict=True):
        offsets.append(len(text))
        text += piece + gap
    return Joined(text, first, offsets, array("L", map(len, pieces)), array("L", leads))
