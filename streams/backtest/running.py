"""A backtest run: processes read pages and decide them again; counts are put together. Blocks."""

import gc
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detectors import registry
from detectors.examiners import classifier_names
from streams.archive.errors import QueryFailed
from streams.backtest.deciding import Policies, decide_page
from streams.backtest.history import (
    PAGE_VERDICTS,
    History,
    Page,
    counts,
    is_too_large,
    load_page,
    open_history,
    pages,
    parts,
)
from streams.backtest.selection import Selection
from streams.backtest.tally import Tally, add
from streams.policy import CompiledPolicy, Policy, compile_policy, load
from streams.settings import Settings

AHEAD: Final = 2
"""Pages that wait for each process: bounds what is held, and keeps none idle."""


class PeriodEmpty(ValueError):
    """Nothing was archived in the period, or nothing of it is selected."""


class Counted(Struct, frozen=True):
    """What a run counted, how long it took, and how."""

    tally: Tally
    elapsed_s: float
    n_processes: int
    peak_bytes: int
    """Highest memory of one process, that of the command included."""


def load_policies(new: Path, old: Path | None, settings: Settings) -> Policies:
    """Loads the policies; they may name the operator's classifiers too. Raises PolicyInvalid."""
    own = registry.NAMES | classifier_names(registry.Lists(classifiers=settings.classifiers))
    return Policies(new=load(new, known=own), old=None if old is None else load(old, known=own))


def run(
    settings: Settings,
    selection: Selection,
    policies: Policies,
    *,
    n_processes: int = 0,
    page_verdicts: int = PAGE_VERDICTS,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Counted:
    """Decides the selected history again; `progress` gets verdicts done, and all, now and then.

    0 processes is one a core; one process is this one. What is archived meanwhile may or may not
    be in it. KeyboardInterrupt ends the processes too. Raises PeriodEmpty, ArchiveUnavailable,
    QueryFailed.
    """
    started = time.monotonic()
    history = open_history(settings)
    n_all = sum(counts(history, selection).values())
    if n_all == 0:
        message = (
            f"no verdict was decided from {selection.start.isoformat()} to"
            f" {selection.end.isoformat()}{_narrowed(selection)}"
        )
        raise PeriodEmpty(message)
    total = Tally()
    n_done = 0
    peak = 0
    wanted = n_processes or len(os.sched_getaffinity(0))
    cut = pages(history, selection, n_verdicts=page_verdicts)
    n_used = 1 if n_all <= page_verdicts else wanted
    job = _Job(history, selection, policies)
    for page, tally, bytes_ in _decided(job, cut, n_used):
        add(total, tally)
        n_done += page.n_verdicts
        peak = max(peak, bytes_)
        progress(min(n_done, n_all), n_all)
    progress(n_all, n_all)
    return Counted(total, time.monotonic() - started, n_used, max(peak, peak_bytes()))


def _narrowed(selection: Selection) -> str:
    pieces = [f" on {', '.join(selection.surfaces)}"]
    if selection.hashes:
        pieces.append(f" by policy {', '.join(selection.hashes)}")
    if selection.where:
        pieces.append(" where the condition holds")
    return "".join(pieces)


class _Job(Struct, frozen=True):
    history: History
    selection: Selection
    policies: Policies


Done = tuple[Page, Tally, int]


def _decided(job: _Job, cut: Iterator[Page], n_processes: int) -> Iterator[Done]:
    """Gives the pages' counts in the pages' order."""
    if n_processes == 1:
        for page in cut:
            yield page, _counted(job, page), 0
        return
    policies = job.policies
    written = msgspec.msgpack.encode(
        [policies.new.policy, policies.old.policy if policies.old else None]
    )
    before = set(active_children())
    with ProcessPoolExecutor(
        n_processes,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(written, tuple(_named(policies)), job.history, job.selection),
    ) as pool:
        waiting: deque[Future[Done]] = deque()
        try:
            for page in cut:
                with _uninterrupted():
                    waiting.append(pool.submit(_decide, page))
                if len(waiting) > AHEAD * n_processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(active_children()) - before:
                process.terminate()
            raise


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keeps Ctrl-C until afterwards, and from the processes that are started meanwhile for good.

    It reaches all processes of a terminal; this one tells the others.
    """
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)


def _named(policies: Policies) -> Collection[str]:
    """All detectors that the policies name: known, as these were loaded."""
    compiled = [one for one in (policies.new, policies.old) if one is not None]
    return registry.NAMES | {
        name for one in compiled for rule in one.policy.rules for name in rule.detectors
    }


_JOBS: Final[list[_Job]] = []
"""The job of this process, where it is one of several."""


def _begin(written: bytes, known: tuple[str, ...], history: History, selection: Selection) -> None:
    """Readies a process."""
    # Nothing here holds itself, and looking for what does takes a third of the time.
    gc.disable()
    new, old = msgspec.msgpack.decode(written, type=tuple[Policy, Policy | None])
    policies = Policies(_compiled(new, known), None if old is None else _compiled(old, known))
    _JOBS[:] = [_Job(history, selection, policies)]


def _compiled(policy: Policy, known: Collection[str]) -> CompiledPolicy:
    return compile_policy(policy, known=known)


def _decide(page: Page) -> Done:
    return page, _counted(_JOBS[0], page), peak_bytes()


def _counted(job: _Job, page: Page) -> Tally:
    """Reads and counts a page, in parts where the archive finds it too large."""
    try:
        return decide_page(load_page(job.history, job.selection, page), job.policies)
    except QueryFailed as error:
        if not is_too_large(error, page):
            raise
    total = Tally()
    for part in parts(job.history, job.selection, page):
        add(total, _counted(job, part))
    return total


def peak_bytes() -> int:
    """Gives the highest memory that this process had."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
