"""A store that follows its file: replaced on disk, it is replaced in use, without a restart."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from detectors.text.links.store import Store, StoreInvalid

_LOG = logging.getLogger(__name__)
EVERY_S: Final = 5.0
"""The file is looked at no oftener than this."""
_Stamp = tuple[int, int, int]


class LiveStore:
    """The store of a file, opened anew after the file was replaced.

    A new file that is no store is refused, with one warning, and the old one stays in use.
    """

    def __init__(
        self, path: Path, *, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Opens the file. Raises OSError, StoreInvalid."""
        self._path = path
        self._every_s = every_s
        self._clock = clock
        self._lock = Lock()
        self._stamp = _stamp(path)
        self._store = Store.open(path)
        self._due_s = clock() + every_s

    def current(self) -> Store:
        """The store as of now; at most one caller at a time looks at the file."""
        if self._clock() >= self._due_s and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._store

    def _look(self) -> None:
        self._due_s = self._clock() + self._every_s
        try:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._store = Store.open(self._path)
        except (OSError, StoreInvalid) as error:
            _LOG.warning("kept the old link lists, %s cannot be read: %s", self._path, error)
            return
        _LOG.info("link lists: %d denied, %d allowed", self._store.n_deny, self._store.n_allow)


def _stamp(path: Path) -> _Stamp:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino
