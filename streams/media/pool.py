"""Processes that examine files: a file that ends or stalls one costs that file alone."""

import logging
import math
import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from detectors.examiners import Setup
from detectors.media import Examination, File
from streams import metrics
from streams.media.process import Cause, Ended, ExaminerUnfit, Process
from streams.media.protocol import Start

__all__ = ["Cause", "Ended", "ExaminerUnfit", "Pool", "Upkeep"]

logger = logging.getLogger(__name__)

INHERITED: Final = ("PATH", "LANG", "LC_ALL", "HOME", "PYTHONPATH", "VIRTUAL_ENV")
"""All of the environment that a process gets: no settings, and so no passwords."""
CHILD: Final = ("-m", "streams.media.child")
LEAST_S: Final = 0.05
"""Less time than this is none: a process that is ended for it takes seconds to replace."""


class Upkeep(Struct, frozen=True, kw_only=True):
    """When a process is replaced, and how persistently."""

    n_files: int = 1_000
    """Files that it examines: what was broken in it, or left behind, ends with it."""
    n_files_heavy: int = 50
    """Files that it examines though its memory is high. Loading takes seconds."""
    pauses_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    """Before each further attempt to start one in its place."""


UPKEEP: Final = Upkeep()


class Pool:
    """Some processes, each examining one file at a time. `examine` may be called from any thread.

    A process that ended is replaced at once; meanwhile others go on.
    """

    def __init__(
        self,
        setup: Setup,
        *,
        n_processes: int,
        timeout_s: float,
        memory_bytes: int,
        environment: Mapping[str, str] = os.environ,
        arguments: Sequence[str] = CHILD,
        upkeep: Upkeep = UPKEEP,
    ) -> None:
        """Starts the processes and waits until they have loaded everything.

        Args:
            setup: What they load.
            n_processes: How many.
            timeout_s: Longest that a file may take; then its process is ended.
            memory_bytes: Most private memory of a process.
            environment: Of which `INHERITED` is passed on.
            arguments: Python's, for a process that does what `streams.media.child` does.
            upkeep: When they are replaced.

        Raises:
            ExaminerUnfit: if something cannot be loaded.
        """
        self._start = Start(setup=setup, memory_bytes=memory_bytes)
        self.timeout_s = timeout_s
        self.n_processes = n_processes
        self._environment = {name: environment[name] for name in INHERITED if name in environment}
        self._arguments = tuple(arguments)
        self._upkeep = upkeep
        self._idle: queue.Queue[Process | ExaminerUnfit] = queue.Queue()
        self._lock = threading.Lock()
        self._replacing = ThreadPoolExecutor(n_processes, "replace")
        self._processes: set[Process] = set()
        self._closing = threading.Event()
        self.detectors: tuple[str, ...] = ()
        """The ids of what examines, in order."""
        try:
            for process in [self._begin() for _ in range(n_processes)]:
                ready = process.await_ready()
                self.detectors = ready.detectors
                self._idle.put(process)
        except BaseException:
            self.close()
            raise
        if ready.unconfined:
            logger.warning(
                "the system lets examining processes give up less than it might",
                extra={"refused": list(ready.unconfined)},
            )

    def examine(self, file: File, *, timeout_s: float | None = None) -> Examination | Ended:
        """Gives what is said of a file. Blocks, at most `timeout_s` with waiting for a process.

        A file that ended a process which had examined others, or lacked memory which they had left
        taken, or whose process was killed from outside, is tried once more in a process that has
        examined nothing, if there is time. So neither condemns it.

        Raises ExaminerUnfit when an ended process could not be replaced.
        """
        due_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        process = self._await_idle(due_s)
        if process is None:
            return Ended(cause="timed_out", detail="no process was free", may_pass=True)
        said = self._ask(process, file, due_s)
        if not process.is_short and not (process.is_spent and _is_doubtful(said)):
            self._let_go(process)
            return said
        fresh = self._await_fresh(process, due_s)
        if fresh is None:
            return said
        again = self._ask(fresh, file, due_s)
        self._let_go(fresh)
        if isinstance(again, Ended) and isinstance(said, Ended):
            again = replace(again, so_far=again.so_far or said.so_far)
        return replace(again, may_pass=False) if _is_doubtful(again) else again

    def pids(self) -> tuple[int, ...]:
        """Gives the process ids."""
        with self._lock:
            return tuple(process.pid for process in self._processes)

    def close(self) -> None:
        """Ends all processes; whoever waits for one gets ExaminerUnfit."""
        with self._lock:
            self._closing.set()
            processes = tuple(self._processes)
        for process in processes:
            self._end(process)
        self._replacing.shutdown()
        self._idle.put(_closed())

    def _ask(self, process: Process, file: File, due_s: float) -> Examination | Ended:
        is_fresh = process.n_files == 0
        limit_s = min(self.timeout_s, max(due_s - time.monotonic(), 0.0))
        said = process.ask(file, limit_s)
        if isinstance(said, Examination):
            return said
        may_pass = said.may_pass or not is_fresh
        if said.cause == "timed_out":
            may_pass = limit_s < self.timeout_s
        if process.is_spent:
            metrics.EXAMINERS_ENDED.labels(said.cause).inc()
            logger.warning(
                "a file ended the process that examined it",
                extra={"cause": said.cause, "detail": said.detail, "n": len(file.content)},
            )
        return replace(said, may_pass=may_pass)

    def _await_idle(self, due_s: float) -> Process | None:
        try:
            found = self._idle.get(timeout=_left_s(due_s))
        except queue.Empty:
            return None
        if isinstance(found, ExaminerUnfit):
            self._idle.put(found)  # for the others who wait
            raise found
        if due_s - time.monotonic() < LEAST_S:
            self._idle.put(found)
            return None
        return found

    def _await_fresh(self, process: Process, due_s: float) -> Process | None:
        """Gives what replaces a process, having examined nothing; None where it takes too long."""
        following = self._replace(process)
        try:
            found = following.result(_left_s(due_s))
        except TimeoutError:
            following.add_done_callback(lambda one: self._idle.put(one.result()))
            return None
        if isinstance(found, ExaminerUnfit) or due_s - time.monotonic() < LEAST_S:
            self._idle.put(found)
            return None
        return found

    def _let_go(self, process: Process) -> None:
        """Has a process examine others, or replaced where its time has come."""
        is_over = process.is_spent or process.n_files >= self._upkeep.n_files
        if is_over or (process.n_files >= self._upkeep.n_files_heavy and process.is_heavy()):
            following = self._replace(process)
            following.add_done_callback(lambda one: self._idle.put(one.result()))
        else:
            self._idle.put(process)

    def _replace(self, process: Process) -> "Future[Process | ExaminerUnfit]":
        with self._lock:
            if not self._closing.is_set():
                return self._replacing.submit(self._successor, process)
        self._end(process)
        closed: Future[Process | ExaminerUnfit] = Future()
        closed.set_result(_closed())
        return closed

    def _successor(self, process: Process) -> Process | ExaminerUnfit:
        """Ends a process and gives one that takes its place; raises nothing, or it were lost."""
        self._end(process)
        unfit = _closed()
        for pause_s in (0.0, *self._upkeep.pauses_s):
            if self._closing.wait(pause_s):
                return _closed()
            try:
                return self._begin_ready()
            except Exception as error:  # noqa: BLE001 - handed to whoever waits
                unfit = _unfit(error)
                logger.warning("a process could not be replaced", extra={"detail": str(unfit)})
        return unfit

    def _begin_ready(self) -> Process:
        process = self._begin()
        try:
            process.await_ready()
        except BaseException:
            self._end(process)
            raise
        return process

    def _begin(self) -> Process:
        with self._lock:
            if self._closing.is_set():
                raise _closed()
            process = Process(self._start, self._environment, self._arguments)
            self._processes.add(process)
        return process

    def _end(self, process: Process) -> None:
        with self._lock:
            self._processes.discard(process)
        process.end()


def _is_doubtful(said: Examination | Ended) -> bool:
    """Whether another process may say more of a file; of one that took too long none would."""
    return isinstance(said, Ended) and said.may_pass and said.cause != "timed_out"


def _left_s(due_s: float) -> float | None:
    return None if due_s == math.inf else max(due_s - time.monotonic(), 0.0)


def _closed() -> ExaminerUnfit:
    return ExaminerUnfit("the pool is closed")


def _unfit(error: Exception) -> ExaminerUnfit:
    if isinstance(error, ExaminerUnfit):
        return error
    return ExaminerUnfit(f"an ended process could not be replaced: {type(error).__name__}: {error}")
