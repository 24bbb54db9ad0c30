"""A limit on dead letters: a worker that finds only bad records stops, rather than drain a topic.

The usual cause is a product that deployed another schema, or a worker of the wrong version; the
records stay in their topic until that is mended. What was counted survives the stop, in a file, so
that a worker which its supervisor starts again does not drain another limit's worth.
"""

import logging
import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

logger = logging.getLogger(__name__)

MEMORY: Final = "dlq-limit"
"""Folder in the worker's state directory: a file for each topic at which a worker stopped."""


class DlqLimitExceeded(RuntimeError):
    """Too many records in a row, or too large a share of them, could not be judged."""


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: `recent` has a 1 for a bad record, the newest last."""

    n_consecutive: int
    recent: str


class DlqLimit:
    """Counts good and bad records in the order read. One a topic; not for several threads.

    With a `memory`, a limit that was exceeded goes on where it was: the next bad record exceeds it
    again, a good one ends the row, and a window without another stop removes the file. A file that
    cannot be read or written is logged, and the count begins anew.
    """

    def __init__(
        self, *, max_consecutive: int, max_ratio: float, window: int, memory: Path | None = None
    ) -> None:
        self._max_consecutive = max_consecutive
        self._max_ratio = max_ratio
        self._recent: deque[bool] = deque(maxlen=window)
        self._n_bad = 0
        self._n_consecutive = 0
        self._memory = memory
        self._n_to_forget = 0
        """Records to see before the file goes; 0 without a file."""
        if memory is not None and memory.exists():
            self._recall(memory)

    def observe(self, outcomes: Iterable[bool]) -> None:
        """Takes note of records, True for a bad one. Raises DlqLimitExceeded at a bad one.

        The ratio counts once the window is full.
        """
        n_before = self._n_to_forget
        try:
            for is_bad in outcomes:
                self._count(is_bad)
                self._n_to_forget = max(0, self._n_to_forget - 1)
                if is_bad:
                    self._check()
        except DlqLimitExceeded:
            self._n_to_forget = self._recent.maxlen or 0
            self._remember()
            raise
        if n_before:
            self._remember()

    def _count(self, is_bad: bool) -> None:
        if len(self._recent) == self._recent.maxlen:
            self._n_bad -= self._recent[0]
        self._recent.append(is_bad)
        self._n_bad += is_bad
        self._n_consecutive = self._n_consecutive + 1 if is_bad else 0

    def _check(self) -> None:
        if self._n_consecutive >= self._max_consecutive:
            message = f"{self._n_consecutive} bad records in a row"
            raise DlqLimitExceeded(message)
        n_seen = len(self._recent)
        if n_seen == self._recent.maxlen and self._n_bad > self._max_ratio * n_seen:
            message = f"{self._n_bad} of the last {n_seen} records were bad"
            raise DlqLimitExceeded(message)

    def _recall(self, memory: Path) -> None:
        try:
            known = msgspec.json.decode(memory.read_bytes(), type=_Count)
        except (OSError, msgspec.MsgspecError) as error:
            extra = {"file": str(memory), "error": str(error)}
            logger.warning("dead-letter count cannot be read; it begins anew", extra=extra)
            return
        for mark in known.recent:
            self._count(mark == "1")
        self._n_consecutive = known.n_consecutive
        self._n_to_forget = self._recent.maxlen or 0

    def _remember(self) -> None:
        """Writes the file, or removes it once a window has passed."""
        if self._memory is None:
            return
        recent = "".join("1" if is_bad else "0" for is_bad in self._recent)
        known = _Count(n_consecutive=self._n_consecutive, recent=recent)
        written = self._memory.with_suffix(f".{os.getpid()}")
        try:
            if not self._n_to_forget:
                self._memory.unlink(missing_ok=True)
                return
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(msgspec.json.encode(known))
            written.replace(self._memory)
        except OSError as error:
            extra = {"file": str(self._memory), "error": str(error)}
            logger.warning("dead-letter count cannot be kept over a restart", extra=extra)
