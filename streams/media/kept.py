"""Examinations kept by the content's SHA-256: what is posted again is not looked at again.

A kept examination is what examining would give: by lists and banks as they stand (`listed`), and
after `KEPT_S` the file is examined anew. Files that ended their process are kept too, so that the
same file does not end one process after the other; endings that may pass are not.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from detectors.media import Examination
from streams.media.listed import Edition
from streams.media.pool import Ended

KEPT_S: Final = 600.0
KEPT_BYTES: Final = 64 << 20
"""Most that is kept, as encoded; in memory it takes some five times as much."""

_ENCODER: Final = msgspec.msgpack.Encoder()

Key = tuple[str, str, Edition | None]
"""SHA-256 of the content, the modality under which it is judged, and how the lists stand."""
Found = tuple[str, Examination | Ended]
"""A part's name, and what was said of it."""


class _Entry(Struct, frozen=True):
    kept_at_s: float
    n_bytes: int
    found: Found


class Kept:
    """The latest examinations asked for or put. Used by one thread."""

    def __init__(
        self,
        n_entries: int,
        *,
        n_bytes: int = KEPT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes the most that are kept (0: none), of how many bytes, and a clock, seconds."""
        self._n_entries = n_entries
        self._n_bytes = n_bytes
        self._clock = clock
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._n_bytes_kept = 0

    def __len__(self) -> int:
        """Gives how many are kept, those included that have become too old and were not met."""
        return len(self._entries)

    def get(self, key: Key) -> Found | None:
        """Gives what is kept of a content; None where nothing is."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() - entry.kept_at_s > KEPT_S:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.found

    def put(self, key: Key, found: Found) -> None:
        """Keeps what was said of a content; what is larger than all that may be kept is not."""
        self._drop(key)
        size = len(_ENCODER.encode(found))
        if size > self._n_bytes:
            return
        self._entries[key] = _Entry(self._clock(), size, found)
        self._n_bytes_kept += size
        while len(self._entries) > self._n_entries or self._n_bytes_kept > self._n_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._n_bytes_kept -= entry.n_bytes


def renamed(part: str, found: Examination | Ended, name: str) -> Examination | Ended:
    """Gives what was said of part `part` as of part `name`; stages go: nothing was done."""
    if isinstance(found, Ended):
        so_far = found.so_far
        return found if so_far is None else replace(found, so_far=_of(part, so_far, name))
    return _of(part, found, name)


def _of(part: str, found: Examination, name: str) -> Examination:
    def same(one: str) -> str:
        return name if one == part else one

    return Examination(
        signals=tuple(replace(one, part=same(one.part)) for one in found.signals),
        transcripts=tuple(replace(one, part=same(one.part)) for one in found.transcripts),
        unanswered=tuple(replace(one, part=same(one.part)) for one in found.unanswered),
        pictures=found.pictures,
    )
