"""Processes that examine files: a file that ends or stalls one costs that file alone."""

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from typing import Final, Literal

from msgspec import Struct

from detectors.examiners import Setup
from detectors.media import Examination, File
from streams import metrics
from streams.media.protocol import ANSWER, ENCODER, Answer, Examined, Failed, Ready, Start, Unfit

logger = logging.getLogger(__name__)

Cause = Literal["timed_out", "process_ended", "examining_failed"]
"""Why there is no examination: it took too long; the process ended (the memory limit, a crash in
a decoder); examining raised."""

START_S: Final = 180.0
"""Longest that loading may take."""
INHERITED: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "PYTHONPATH", "VIRTUAL_ENV")
"""All of the environment that a process gets: no settings, and so no passwords."""


CHILD: Final = ("-m", "streams.media.child")


class Ended(Struct, frozen=True, kw_only=True):
    """A file that gave no examination; `detail` is for people."""

    cause: Cause
    detail: str


class ExaminerUnfit(RuntimeError):
    """What examines cannot be loaded; the message says why. `which` names a list at fault."""

    def __init__(self, message: str, which: str = "") -> None:
        """Takes the list's setting beside the message."""
        super().__init__(message)
        self.which = which


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
    ) -> None:
        """Starts the processes and waits until they have loaded everything.

        Args:
            setup: What they load.
            n_processes: How many.
            timeout_s: Longest that a file may take; then its process is ended.
            memory_bytes: Most private memory of a process.
            environment: Of which `INHERITED` is passed on.
            arguments: Python's, for a process that does what `streams.media.child` does.

        Raises:
            ExaminerUnfit: if something cannot be loaded.
        """
        self._start = Start(setup=setup, memory_bytes=memory_bytes)
        self.timeout_s = timeout_s
        self.n_processes = n_processes
        self._environment = {name: environment[name] for name in INHERITED if name in environment}
        self._arguments = tuple(arguments)
        self._idle: queue.Queue[_Child | ExaminerUnfit] = queue.Queue()
        self._lock = threading.Lock()
        self._replacing = ThreadPoolExecutor(n_processes, "replace")
        self._children: set[_Child] = set()
        self._is_closed = False
        self.detectors: tuple[str, ...] = ()
        """The ids of what examines, in order."""
        try:
            for child in [self._begin() for _ in range(n_processes)]:
                self.detectors = child.await_ready()
                self._idle.put(child)
        except BaseException:
            self.close()
            raise

    def examine(self, file: File, *, timeout_s: float | None = None) -> Examination | Ended:
        """Gives what is said of a file. Blocks: for a free process, then at most the time limit.

        Raises ExaminerUnfit when an ended process could not be replaced.
        """
        child = self._idle.get()
        if isinstance(child, ExaminerUnfit):
            self._idle.put(child)  # for the others who wait
            raise child
        limit_s = self.timeout_s if timeout_s is None else min(timeout_s, self.timeout_s)
        answer = child.ask(file, limit_s)
        if isinstance(answer, Ended):
            metrics.EXAMINERS_ENDED.labels(answer.cause).inc()
            logger.warning(
                "a file ended the process that examined it",
                extra={"cause": answer.cause, "detail": answer.detail, "n": len(file.content)},
            )
            self._replacing.submit(self._replace, child)
            return answer
        self._idle.put(child)
        if isinstance(answer, Failed):
            return Ended(cause="examining_failed", detail=answer.error)
        return answer.examination

    def pids(self) -> tuple[int, ...]:
        """Gives the process ids."""
        with self._lock:
            return tuple(child.pid for child in self._children)

    def close(self) -> None:
        """Ends all processes."""
        self._is_closed = True
        self._end_all()
        self._replacing.shutdown()
        self._end_all()  # what was just being started

    def _end_all(self) -> None:
        with self._lock:
            children = tuple(self._children)
            self._children.clear()
        for child in children:
            child.end()

    def _begin(self) -> "_Child":
        child = _Child(self._start, self._environment, self._arguments)
        with self._lock:
            self._children.add(child)
        return child

    def _replace(self, child: "_Child") -> None:
        child.end()
        with self._lock:
            self._children.discard(child)
        if self._is_closed:
            return
        try:
            following = self._begin()
            following.await_ready()
        except ExaminerUnfit as error:
            self._idle.put(error)
        else:
            self._idle.put(following)


class _Child:
    """One process and the socket to it."""

    def __init__(
        self, start: Start, environment: Mapping[str, str], arguments: Sequence[str]
    ) -> None:
        self._connection, theirs = Pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, *arguments, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=dict(environment),
                # Ctrl-C in a terminal is the lane's to answer, which then closes the socket.
                start_new_session=True,
            )
        finally:
            theirs.close()
        self.pid = self._process.pid
        self._connection.send_bytes(ENCODER.encode(start))

    def await_ready(self) -> tuple[str, ...]:
        """Gives the ids of what examines. Raises ExaminerUnfit."""
        answer = self._bounded(START_S, self._receive)
        if isinstance(answer, Ready):
            return answer.detectors
        self.end()
        if isinstance(answer, Unfit):
            raise ExaminerUnfit(answer.message, answer.which)
        message = f"the examining process did not start: {answer}"
        raise ExaminerUnfit(message)

    def ask(self, file: File, timeout_s: float) -> Examined | Failed | Ended:
        """Has a file examined."""

        def exchange() -> Answer:
            self._connection.send_bytes(ENCODER.encode(file))
            return self._receive()

        answer = self._bounded(timeout_s, exchange)
        if isinstance(answer, Examined | Failed | Ended):
            return answer
        return Ended(cause="process_ended", detail=f"an answer out of turn: {type(answer)}")

    def end(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _receive(self) -> Answer:
        answer: Answer = ANSWER.decode(self._connection.recv_bytes())
        return answer

    def _bounded(self, timeout_s: float, exchange: Callable[[], Answer]) -> Answer | Ended:
        """Ends the process if an exchange of messages takes longer than it may."""
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self._process.kill()

        timer = threading.Timer(timeout_s, stop)
        timer.daemon = True
        timer.start()
        try:
            return exchange()
        except (EOFError, OSError) as error:
            self._process.wait()
            if is_late.is_set():
                return Ended(cause="timed_out", detail=f"over {timeout_s:.1f} s")
            return Ended(cause="process_ended", detail=_how(self._process.returncode, error))
        finally:
            timer.cancel()


def _how(code: int, error: Exception) -> str:
    """Says how a process ended."""
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code} ({type(error).__name__})"
