"""A list or store that follows its file: replaced on disk, it is replaced in use."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeVar

_LOG = logging.getLogger(__name__)
EVERY_S: Final = 5.0
"""The file is looked at no oftener than this."""
_Stamp = tuple[int, int, int] | None
"""Time of change, size and number of a file; None where there is none."""
T = TypeVar("T")


class Followed(Generic[T]):
    """What a file holds, read anew after the file was replaced, without a restart.

    A new file that cannot be read, or one that is gone, is refused with one warning, and what was
    read before stays in use. A file should be replaced at once (`rename`): one that is written in
    place may be read half-written, and then is read again once it has changed.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], T],
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the file. Raises what `read` raises; later only OSError and ValueError are held."""
        self._path = path
        self._read = read
        self._every_s = every_s
        self._clock = clock
        self._lock = Lock()
        self._stamp = _stamp(path)
        self._held = read(path)
        self._due_s = clock() + every_s

    def current(self) -> T:
        """Gives it as of now; at most one caller at a time looks at the file."""
        if self._clock() >= self._due_s and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._held

    def _look(self) -> None:
        self._due_s = self._clock() + self._every_s
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._held = self._read(self._path)
        except (OSError, ValueError) as error:
            _LOG.warning("kept what was read before, %s cannot be read: %s", self._path, error)
            return
        _LOG.info("read anew: %s", self._path)


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
