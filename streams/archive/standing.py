"""What an archiver waits for: said once in the log, and at any time in metrics and health."""

import logging
from typing import Final

from prometheus_client import Gauge

from streams.archive import metrics

MAX_ERROR_CHARS: Final = 500

log = logging.getLogger(__name__)


class Outage:
    """Whether one thing that the archiver needs is away."""

    def __init__(self, what: str, gauge: Gauge) -> None:
        """Begins with nothing amiss; `gauge` is 1 while it is away."""
        self._what = what
        self._gauge = gauge
        self.is_on = False
        gauge.set(0)

    def begin(self, error: Exception) -> None:
        """Takes note of a failure; the first of several is logged."""
        self._gauge.set(1)
        if not self.is_on:
            self.is_on = True
            extra = {"error": str(error)[:MAX_ERROR_CHARS]}
            log.error("holding: %s is away", self._what, extra=extra)

    def end(self) -> None:
        """Takes note that it works."""
        self._gauge.set(0)
        if self.is_on:
            self.is_on = False
            log.info("%s is back", self._what)


class Standing:
    """The archive and the DLQs as one archiver finds them."""

    def __init__(self) -> None:
        self.archive = Outage("the archive", metrics.UNAVAILABLE)
        self.dlq = Outage("the DLQ for what cannot be archived", metrics.DLQ_UNAVAILABLE)

    def report(self) -> dict[str, bool]:
        """Gives it for `/health`."""
        return {
            "archive_available": not self.archive.is_on,
            "dlq_available": not self.dlq.is_on,
        }
