"""The lists by which files are examined, as they stand: what was said by others is not kept."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from detectors.refresh import EVERY_S, Followed

SETTLING_S: Final = EVERY_S + 1.0
"""So long after a change a process may still go by what stood before: nothing is kept then."""

Edition = tuple[object, ...]


class Listed:
    """Looks at lists as those do who examine by them. Used by one thread."""

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        every_s: float = EVERY_S,
        settling_s: float = SETTLING_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes files and folders that are followed."""
        self._clock = clock
        self._settling_s = settling_s
        self._followed = [
            Followed(path, lambda _: object(), every_s=every_s, clock=clock) for path in paths
        ]
        self._held = tuple(one.current() for one in self._followed)
        self._settled_s = clock()

    def edition(self) -> Edition | None:
        """Gives what is another object for each state of the lists; None while one settles."""
        found = tuple(one.current() for one in self._followed)
        if found != self._held:
            self._held = found
            self._settled_s = self._clock() + self._settling_s
        return found if self._clock() >= self._settled_s else None
