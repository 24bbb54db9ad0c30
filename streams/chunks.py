"""What was streamed of each AI response: a chunk is read together with those before it.

Kept in memory alone: after a restart, or when a rebalance brings an actor here, what streams were
open is forgotten. `streams.carrying` says what is made of it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Final

from msgspec import Struct, structs

from schemas.content import Item
from schemas.signals import Signal
from streams.decide import Judged
from streams.windows import Piece, Window, around

MAX_LONG: Final = 2_000
"""Characters of a chunk that are kept whole; of a longer one its end."""
MAX_CHARACTERS: Final = 8_000
"""Characters kept of a stream: those that a chunk delivered again stands amid."""
MAX_CHUNKS: Final = 256
MAX_MARKS: Final = 32
"""Chunks of a stream of which is kept that they fired rules; later ones carry what these left."""
OPEN_S: Final = 600.0
"""A stream without a chunk for so long is forgotten."""
DONE_S: Final = 60.0
"""So long a stream whose last chunk came is kept, for what is delivered again."""
_PER_CHUNK: Final = 400
"""What a chunk, a signal or a stream costs besides its text, counted in characters."""

Stream = tuple[str, str, str]
"""Surface, actor and generation."""


class Mark(Struct, frozen=True):
    """A chunk that fired rules: its number, its arrival, and the signals that did."""

    sequence: int
    at: int
    signals: tuple[Signal, ...]


class _Kept(Struct, frozen=True, gc=False):
    """A chunk as it stands. `at` counts arrivals; with `is_end` no window goes on past it."""

    item_id: str
    revision: int
    at: int
    text: str
    lead: int
    """Characters of its beginning that are not kept."""
    is_end: bool = False


class _Open:
    """All that is kept of one stream."""

    def __init__(self) -> None:
        self.chunks: dict[int, _Kept] = {}
        self.marks: dict[int, Mark] = {}
        self.context: tuple[bytes, Judged] | None = None
        self.touched_s = 0.0
        self.weight = 0
        self.shed_to = -1, 0
        """The highest number let go, and the arrival of the latest."""

    def weigh(self) -> int:
        """Counts the weight anew and gives by how much it grew."""
        before = self.weight
        n_signals = sum(len(mark.signals) for mark in self.marks.values())
        if self.context is not None:
            n_signals += len(self.context[1].signals)
        n_characters = sum(len(one.text) for one in self.chunks.values())
        self.weight = n_characters + _PER_CHUNK * (1 + len(self.chunks) + n_signals)
        return self.weight - before

    def shed(self) -> None:
        """Lets what arrived first go until what is left is within the bounds."""
        n_left = sum(len(one.text) for one in self.chunks.values())
        while len(self.chunks) > MAX_CHUNKS or n_left > MAX_CHARACTERS:
            number = next(iter(self.chunks))
            gone = self.chunks.pop(number)
            n_left -= len(gone.text)
            self.shed_to = max(number, self.shed_to[0]), max(gone.at, self.shed_to[1])


def stream_of(item: Item) -> Stream | None:
    """Gives the stream that a chunk belongs to; None of what is no chunk."""
    generation = item.context.get("generation_id")
    if item.surface != "ai" or "sequence" not in item.context or not isinstance(generation, str):
        return None
    return item.surface, item.actor_id, generation


def sequence_of(item: Item) -> int:
    """Gives a chunk's number in its response."""
    return int(item.context["sequence"])


def response_of(item: Item) -> str:
    """Gives a chunk's text; a blank one, which makes no part, counts as a space."""
    return next((part.text for part in item.texts if part.name == "response"), " ")


class Chunks:
    """The latest chunks by stream: finished streams go first, then those quiet longest."""

    def __init__(self, n_characters: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Keeps some `n_characters` in all, signals and ids counted; with 0 nothing.

        `clock` gives seconds since any epoch; what is forgotten for its age goes by it.
        """
        self._n_most = n_characters
        self._clock = clock
        self._open: OrderedDict[Stream, _Open] = OrderedDict()
        self._done: OrderedDict[Stream, _Open] = OrderedDict()
        self._n_arrived = 0
        self._weight = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """How many streams are kept."""
        return len(self._open) + len(self._done)

    def windows(self, items: Sequence[Item]) -> list[Window | None]:
        """Keeps the chunks and gives the text that each ends; None where it stands alone.

        How chunks are spread over calls does not matter. A chunk is read with what arrived before
        it, so one that is delivered again is read as the first time. One that comes late, and a
        higher revision, is read with what stands before and after. Where a number is missing the
        neighbours are read with a space between. May be called from any thread.
        """
        with self._lock:
            return [self._window(item) for item in items]

    def carried(self, item: Item) -> list[Mark]:
        """Gives the chunks before this one, in number and in arrival, that fired rules."""
        with self._lock:
            kept = self._find(item)
            own = None if kept is None else kept.chunks.get(sequence_of(item))
            if kept is None or own is None:
                return []
            found = [one for one in kept.marks.values() if one.at <= own.at]
            return sorted(
                (one for one in found if one.sequence < sequence_of(item)),
                key=lambda one: one.sequence,
            )

    def settle(self, item: Item, fired: Sequence[Signal], *, is_end: bool) -> None:
        """Keeps that a chunk fired rules, or that as it now reads it fires none.

        With `is_end` no later window reaches back to it.
        """
        with self._lock:
            kept = self._find(item)
            own = None if kept is None else kept.chunks.get(sequence_of(item))
            if kept is None or own is None or own.revision != item.revision:
                return
            sequence = sequence_of(item)
            kept.marks.pop(sequence, None)
            if fired and len(kept.marks) < MAX_MARKS:
                kept.marks[sequence] = Mark(sequence, own.at, tuple(fired))
            kept.chunks[sequence] = structs.replace(own, is_end=is_end)
            self._weight += kept.weigh()

    def context(self, item: Item, digest: bytes) -> Judged | None:
        """Gives what was judged of a stream's prompt and context, if it was and they are these."""
        with self._lock:
            kept = self._find(item)
            if kept is None or kept.context is None or kept.context[0] != digest:
                return None
            return kept.context[1]

    def keep_context(self, item: Item, digest: bytes, judged: Judged) -> None:
        """Keeps what was judged of a stream's prompt and context, for its next chunks."""
        with self._lock:
            kept = self._find(item)
            if kept is not None:
                kept.context = digest, judged
                self._weight += kept.weigh()

    def _find(self, item: Item) -> _Open | None:
        stream = stream_of(item)
        if stream is None:
            return None
        return self._open.get(stream) or self._done.get(stream)

    def _window(self, item: Item) -> Window | None:
        stream = stream_of(item)
        if stream is None or not self._n_most:
            return None
        kept = self._touched(stream, is_last=item.context.get("is_last") is True)
        self._keep(kept, item)
        self._forget()
        text = response_of(item)
        if not text.strip():
            return None
        return _window(kept, sequence_of(item), text)

    def _touched(self, stream: Stream, *, is_last: bool) -> _Open:
        is_done = is_last or stream in self._done
        kept = self._open.pop(stream, None) or self._done.pop(stream, None)
        if kept is None:
            kept = _Open()
        kept.touched_s = self._clock()
        (self._done if is_done else self._open)[stream] = kept
        return kept

    def _keep(self, kept: _Open, item: Item) -> None:
        sequence, text = sequence_of(item), response_of(item)
        known = kept.chunks.get(sequence)
        if known is not None and item.revision <= known.revision:
            return
        self._n_arrived += 1
        highest, latest = kept.shed_to
        # What was let go and comes again is read with what was there when it first came.
        is_again = known is None and sequence <= highest and item.revision == 1
        lead = max(0, len(text) - MAX_LONG)
        at = latest if is_again else self._n_arrived
        one = _Kept(item.item_id, item.revision, at, text[lead:], lead)
        kept.chunks.pop(sequence, None)
        kept.chunks[sequence] = one
        kept.shed()
        self._weight += kept.weigh()

    def _forget(self) -> None:
        now_s = self._clock()
        for streams, most_s in ((self._done, DONE_S), (self._open, OPEN_S)):
            while streams and next(iter(streams.values())).touched_s < now_s - most_s:
                self._weight -= streams.popitem(last=False)[1].weight
        while self._weight > self._n_most:
            _, gone = (self._done or self._open).popitem(last=False)
            self._weight -= gone.weight


def _window(kept: _Open, own: int, text: str) -> Window | None:
    """The window around a chunk, of what had arrived when it did."""
    at = kept.chunks[own].at
    there = {n: one for n, one in kept.chunks.items() if one.at <= at}
    before = _until_end(there, sorted((n for n in there if n < own), reverse=True))
    after = _until_end(there, sorted(n for n in there if n > own))
    return around(before, Piece(own, kept.chunks[own].item_id, text), after)


def _until_end(there: Mapping[int, _Kept], numbers: Iterable[int]) -> Iterator[Piece]:
    for number in numbers:
        one = there[number]
        if one.is_end:
            return
        yield Piece(number, one.item_id, one.text, one.lead)
