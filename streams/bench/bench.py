"""The bench: events a second, latency, memory and cost, beside plain ways to do the same."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from streams.bench.measuring import Measuring, Say
from streams.bench.options import BenchOptions, quick
from streams.bench.render import render
from streams.bench.report import BenchReport

__all__ = ["BenchOptions", "BenchReport", "render", "run"]


def run(options: BenchOptions, *, say: Say | None = None) -> BenchReport:
    """Measures and gives the report. Takes minutes; processes it starts never outlive it.

    Progress goes to `say`, to standard error by default. Raises BenchFailed when a process of the
    bench fails, BrokerUnavailable when the broker named does not answer.
    """
    given = quick(options) if options.is_quick else options
    with TemporaryDirectory(prefix="tidegate-bench-") as folder, _ending_on_sigterm():
        return Measuring(given, Path(folder), say or _to_stderr).report()


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Makes SIGTERM unwind like Ctrl-C, so that processes are ended. Not for other threads."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"bench: {line}\n")
    sys.stderr.flush()
