"""Scores of what was read before: chats repeat themselves."""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Final

from msgspec import Struct

DEFAULT_ENTRIES: Final = 50_000
"""About 22 MB of short chat."""
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_CHARACTERS: Final = 4_096
"""A longer reading is not kept: it would push out hundreds that are likelier to come again."""
_ENTRY_BYTES: Final = 200
"""Of an entry beside its text and its row; tracemalloc says 155, more while the table grows."""

OnLookups = Callable[[int, int], None]
"""Told after each batch how many distinct readings were found in the cache and how many not."""


class Scored(Struct, frozen=True, gc=False):
    """What the model says of a reading: its number of tokens, its scores as float32 bytes.

    Of a reading of several windows, `best` has the number of the window for each score.
    """

    n_tokens: int
    row: bytes
    best: bytes = b""


class Lookups(Struct, frozen=True):
    """Lookups so far, of readings that differ within their batch."""

    n_hits: int = 0
    n_misses: int = 0


class Cache:
    """The readings looked up last and their scores, by their canonical text. For any thread.

    An entry is what the model gave for that very text, so an answer is the same with and
    without.
    """

    def __init__(
        self,
        *,
        n_entries: int = DEFAULT_ENTRIES,
        max_bytes: int = MAX_BYTES,
        on_lookups: OnLookups | None = None,
    ) -> None:
        """An empty cache.

        Args:
            n_entries: Most readings kept; 0 keeps none and counts no lookups.
            max_bytes: Most memory that they take, about.
            on_lookups: Told of each batch's hits and misses, on the thread that asked.
        """
        self._n_entries = n_entries
        self._max_bytes = max_bytes
        self._on_lookups = on_lookups
        self._kept: OrderedDict[str, Scored] = OrderedDict()
        self._n_bytes = 0
        self._lookups = Lookups()
        self._lock = Lock()

    @property
    def lookups(self) -> Lookups:
        """Hits and misses so far."""
        return self._lookups

    @property
    def n_bytes(self) -> int:
        """About how much memory the entries take."""
        return self._n_bytes

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, texts: Iterable[str]) -> dict[str, Scored]:
        """Those of some distinct readings that are kept; they are now the latest."""
        if not self._n_entries:
            return {}
        found: dict[str, Scored] = {}
        n = 0
        with self._lock:
            for n, text in enumerate(texts, 1):  # noqa: B007 - counts
                scored = self._kept.get(text)
                if scored is not None:
                    self._kept.move_to_end(text)
                    found[text] = scored
            hits, misses = len(found), n - len(found)
            before = self._lookups
            self._lookups = Lookups(before.n_hits + hits, before.n_misses + misses)
        if self._on_lookups is not None:
            self._on_lookups(hits, misses)
        return found

    def keep(self, scored: Mapping[str, Scored]) -> None:
        """Keeps readings, at the cost of those not looked up for longest."""
        if not self._n_entries:
            return
        with self._lock:
            for text, one in scored.items():
                if len(text) <= MAX_CHARACTERS and text not in self._kept:
                    self._kept[text] = one
                    self._n_bytes += _size(text, one)
            while len(self._kept) > self._n_entries or self._n_bytes > self._max_bytes:
                self._n_bytes -= _size(*self._kept.popitem(last=False))


def _size(text: str, scored: Scored) -> int:
    return sys.getsizeof(text) + sys.getsizeof(scored.row) + len(scored.best) + _ENTRY_BYTES
