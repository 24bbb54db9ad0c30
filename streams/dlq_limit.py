"""A limit on dead letters: a worker that finds only bad records stops, rather than drain a topic.

The usual cause is a product that deployed another schema, or a worker of the wrong version; the
records stay in their topic until that is mended.
"""

from collections import deque
from collections.abc import Iterable


class DlqLimitExceeded(RuntimeError):
    """Too many records in a row, or too large a share of them, could not be judged."""


class DlqLimit:
    """Counts good and bad records in the order read. One a topic; not for several threads."""

    def __init__(self, *, max_consecutive: int, max_ratio: float, window: int) -> None:
        self._max_consecutive = max_consecutive
        self._max_ratio = max_ratio
        self._recent: deque[bool] = deque(maxlen=window)
        self._n_bad = 0
        self._n_consecutive = 0

    def observe(self, outcomes: Iterable[bool]) -> None:
        """Takes note of records, True for a bad one. Raises DlqLimitExceeded.

        The ratio counts once the window is full.
        """
        for is_bad in outcomes:
            if len(self._recent) == self._recent.maxlen:
                self._n_bad -= self._recent[0]
            self._recent.append(is_bad)
            self._n_bad += is_bad
            self._n_consecutive = self._n_consecutive + 1 if is_bad else 0
            self._check()

    def _check(self) -> None:
        if self._n_consecutive >= self._max_consecutive:
            message = f"{self._n_consecutive} bad records in a row"
            raise DlqLimitExceeded(message)
        n_seen = len(self._recent)
        if n_seen == self._recent.maxlen and self._n_bad > self._max_ratio * n_seen:
            message = f"{self._n_bad} of the last {n_seen} records were bad"
            raise DlqLimitExceeded(message)
