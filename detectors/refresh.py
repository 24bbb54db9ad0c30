"""A list, store or policy that follows its file or folder: replaced on disk, replaced in use."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeVar

_LOG = logging.getLogger(__name__)
EVERY_S: Final = 5.0
"""The file is looked at no oftener than this."""
_Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, time of change, size and number of the file, or of each in the folder; empty for none."""
T = TypeVar("T")


class Followed(Generic[T]):
    """What a file or a folder's files hold, read anew after one was replaced, without a restart.

    A new file that cannot be read, or one that is gone, is refused with one warning, and what was
    read before stays in use; `refusal` then says why. A file should be replaced at once (`rename`):
    one that is written in place may be read half-written, and then is read again once it has
    changed. With `is_patient` a change is read only once it has stood for `every_s`.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], T],
        *,
        every_s: float = EVERY_S,
        is_patient: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the file. Raises what `read` raises; later only OSError and ValueError are held."""
        self._path = path
        self._read = read
        self._every_s = every_s
        self._is_patient = is_patient
        self._refusal: str | None = None
        self._clock = clock
        self._lock = Lock()
        self._stamp = self._seen = _stamp(path)
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

    @property
    def refusal(self) -> str | None:
        """Why what stands on disk is not in use; None where it is."""
        return self._refusal

    def _look(self) -> None:
        self._due_s = self._clock() + self._every_s
        stamp = _stamp(self._path)
        was_seen, self._seen = stamp == self._seen, stamp
        if stamp == self._stamp or (self._is_patient and not was_seen):
            return
        self._stamp = stamp
        try:
            self._held = self._read(self._path)
        except (OSError, ValueError) as error:
            self._refusal = str(error)
            _LOG.warning("kept what was read before, %s cannot be read: %s", self._path, error)
            return
        self._refusal = None
        _LOG.info("read anew: %s", self._path)


def _stamp(path: Path) -> _Stamp:
    """Gives how the files stand; hidden ones, as editors leave them, say nothing."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        return ()
    shown = (file for file in files if file == path or not file.name.startswith("."))
    return tuple(filter(None, map(_stamp_of, shown)))


def _stamp_of(file: Path) -> tuple[str, int, int, int] | None:
    try:
        one = file.stat()
    except OSError:
        return None
    return file.name, one.st_mtime_ns, one.st_size, one.st_ino
