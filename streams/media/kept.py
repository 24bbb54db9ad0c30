"""Examinations kept by the content's SHA-256: what is posted again is not looked at again.

A kept examination is what examining would give, for as long as lists and banks stay as they are;
after `KEPT_S` the file is examined anew. Files that ended their process are kept too, so that the
same file does not end one process after the other.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from detectors.media import Examination
from streams.media.pool import Ended

KEPT_S: Final = 600.0

Key = tuple[str, str]
"""SHA-256 of the content and the modality under which it is judged."""
Found = tuple[str, Examination | Ended]
"""A part's name, and what was said of it."""


class Kept:
    """The latest examinations. Used by one thread."""

    def __init__(self, n_entries: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Takes the most that are kept (0: none) and a clock, seconds."""
        self._n_entries = n_entries
        self._clock = clock
        self._found: OrderedDict[Key, tuple[float, Found]] = OrderedDict()

    def get(self, key: Key) -> Found | None:
        """Gives what is kept of a content; None where nothing is."""
        entry = self._found.get(key)
        if entry is None:
            return None
        kept_at_s, found = entry
        if self._clock() - kept_at_s > KEPT_S:
            del self._found[key]
            return None
        self._found.move_to_end(key)
        return found

    def put(self, key: Key, found: Found) -> None:
        """Keeps what was said of a content."""
        self._found[key] = (self._clock(), found)
        self._found.move_to_end(key)
        while len(self._found) > self._n_entries:
            self._found.popitem(last=False)


def renamed(part: str, found: Examination | Ended, name: str) -> Examination | Ended:
    """Gives what was said of part `part` as of part `name`; stages go: nothing was done."""
    if isinstance(found, Ended):
        return found

    def same(one: str) -> str:
        return name if one == part else one

    return Examination(
        signals=tuple(replace(one, part=same(one.part)) for one in found.signals),
        transcripts=tuple(replace(one, part=same(one.part)) for one in found.transcripts),
        unanswered=tuple(replace(one, part=same(one.part)) for one in found.unanswered),
    )
