"""One process that examines files, and the socket to it. Nothing that it sends is believed."""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from detectors.media import Examination, File
from streams.media.protocol import (
    ANSWER,
    ENCODER,
    MAX_ANSWER_BYTES,
    Answer,
    Examined,
    Failed,
    Partly,
    Ready,
    Start,
    Unfit,
)

logger = logging.getLogger(__name__)

Cause = Literal["timed_out", "process_ended", "examining_failed"]
"""Why there is no examination: it took too long; the process ended (the memory limit, a crash in
a decoder, an answer that is none); examining raised."""

START_S: Final = 180.0
"""Longest that loading may take."""
EXIT_S: Final = 1.0
"""Longest that a process which hung up may take to say how it ended."""
CROWDED: Final = 1 / 8
"""Share of memory left taken by other files from which on a want of it may be their fault."""
HEAVY: Final = 1 / 2
"""Share of memory left taken at which a process is to be replaced."""
OUT_OF_MEMORY: Final = "out_of_memory"
"""Begins the cause where an examiner had too little memory for a file, and said so."""
POLL_S: Final = 0.005
MAX_DETAIL_CHARS: Final = 200


class Ended(Struct, frozen=True, kw_only=True):
    """A file that gave no examination; `detail` is for people."""

    cause: Cause
    detail: str
    may_pass: bool = False
    """Whether the same file may fare better another time: it had less time than files have, or the
    process may have ended for another's sake. Nothing to keep of a file."""
    so_far: Examination | None = None
    """What had been said of it before; it stands."""


class ExaminerUnfit(RuntimeError):
    """What examines cannot be loaded; the message says why. `which` names a list at fault."""

    def __init__(self, message: str, which: str = "") -> None:
        """Takes the list's setting beside the message."""
        super().__init__(message)
        self.which = which


class Process:
    """Examines one file at a time, for one thread at a time; `end` may be called from any."""

    def __init__(
        self, start: Start, environment: Mapping[str, str], arguments: Sequence[str]
    ) -> None:
        """Starts it; `await_ready` has it load. Raises OSError where the system has no room."""
        self._start = start
        self._talking = threading.Lock()
        """Held during an exchange: until it is over the descriptor is nobody else's."""
        self._socket, theirs = socket.socketpair()
        with contextlib.ExitStack() as failing, theirs:
            self._scratch = tempfile.mkdtemp(prefix="tidegate-")
            failing.callback(self._remove_scratch)
            failing.callback(self._socket.close)
            self._connection = Connection(os.dup(self._socket.fileno()))
            failing.callback(self._connection.close)
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, *arguments, str(theirs.fileno()), self._scratch],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**environment, "TMPDIR": self._scratch},
                # Ctrl-C in a terminal is the lane's to answer, which then closes the socket. And
                # what the process starts ends with it, as one group.
                start_new_session=True,
            )
            failing.pop_all()
        self.pid = self._process.pid
        self.n_files = 0
        """Files that it was given so far."""
        self.is_spent = False
        """Whether it is to be replaced: it ended, or what it may use ran out."""
        self.is_short = False
        """Whether its last file wanted memory that others had left taken."""
        self._light_bytes = 0
        self._so_far: Examination | None = None

    def await_ready(self) -> Ready:
        """Gives what it loaded. Raises ExaminerUnfit; then it has ended."""
        answer = self._bounded(START_S, lambda: self._exchange(self._start))
        if isinstance(answer, Ready):
            self._light_bytes = self.private_bytes()
            self._remove_scratch()  # before it is given a file
            return answer
        self.end()
        if isinstance(answer, Unfit):
            raise ExaminerUnfit(answer.message, answer.which)
        message = f"the examining process did not start: {answer}"
        raise ExaminerUnfit(message)

    def ask(self, file: File, timeout_s: float) -> Examination | Ended:
        """Has a file examined, within the time limit. Raises nothing, whatever it answers."""
        self.n_files += 1
        is_crowded = self._taken() > CROWDED
        self._so_far = None
        answer = self._bounded(timeout_s, lambda: self._exchange(file))
        if isinstance(answer, Examined):
            causes = (one.cause for one in answer.examination.unanswered)
            self.is_short = is_crowded and any(one.startswith(OUT_OF_MEMORY) for one in causes)
            self.is_spent = self.is_spent or self.is_short
            return answer.examination
        if isinstance(answer, Failed):
            self.is_spent = self.is_spent or answer.is_exhausted
            logger.error("examining failed", extra={"error": answer.error, "trace": answer.trace})
            return Ended(cause="examining_failed", detail=answer.error, so_far=self._so_far)
        self.is_spent = True
        if isinstance(answer, Ended):
            return replace(answer, so_far=self._so_far)
        detail = f"an answer out of turn: {type(answer).__name__}"
        return Ended(cause="process_ended", detail=detail, so_far=self._so_far)

    def is_heavy(self) -> bool:
        """Whether files have left so much memory taken that it is to be replaced soon."""
        return self._taken() > HEAVY

    def _taken(self) -> float:
        """The share that files have left taken of the memory which it had left once loaded."""
        spare = self._start.memory_bytes - self._light_bytes
        return (self.private_bytes() - self._light_bytes) / max(spare, 1)

    def private_bytes(self) -> int:
        """Gives the private memory that the limit counts; 0 once it has ended."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        except OSError:
            return 0
        return next((int(one.split()[1]) << 10 for one in lines if one.startswith("VmData")), 0)

    def end(self) -> None:
        """Ends the process, whatever it is doing. Again: nothing."""
        self._kill()
        self._process.wait()
        with self._talking:
            self._connection.close()
            self._socket.close()
            self._remove_scratch()

    def _exchange(self, message: Start | File) -> Answer:
        self._connection.send_bytes(ENCODER.encode(message))
        while True:
            answer: Answer = ANSWER.decode(self._connection.recv_bytes(MAX_ANSWER_BYTES))
            if not isinstance(answer, Partly):
                return answer
            self._so_far = answer.examination

    def _bounded(self, timeout_s: float, exchange: Callable[[], Answer]) -> Answer | Ended:
        """Ends the process if an exchange of messages takes longer than it may, or fails."""
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self._kill()

        timer = threading.Timer(timeout_s, stop)
        timer.daemon = True
        try:
            timer.start()
            with self._talking:
                return exchange()
        except Exception as error:  # noqa: BLE001 - decoding what anybody may have written
            return self._ended(error, f"over {timeout_s:.1f} s" if is_late.is_set() else None)
        finally:
            timer.cancel()
            if timer.ident is not None:
                timer.join()
            self.is_spent = self.is_spent or is_late.is_set()

    def _ended(self, error: Exception, lateness: str | None) -> Ended:
        """Says how the process ended, and sees to it that it has."""
        has_ended = self._has_exited(EXIT_S if isinstance(error, EOFError | OSError) else 0.0)
        self._kill()
        code = self._process.wait()
        if lateness is not None:
            return Ended(cause="timed_out", detail=lateness)
        if not has_ended:
            detail = f"no answer: {type(error).__name__}: {error}"[:MAX_DETAIL_CHARS]
            return Ended(cause="process_ended", detail=detail)
        is_from_outside = code == -signal.SIGKILL
        return Ended(cause="process_ended", detail=_how(code, error), may_pass=is_from_outside)

    def _has_exited(self, within_s: float) -> bool:
        """Whether it ends by itself; its number stays taken, so that its group can be ended."""
        until_s = time.monotonic() + within_s
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            while os.waitid(os.P_PID, self.pid, options) is None:
                if time.monotonic() >= until_s:
                    return False
                time.sleep(POLL_S)
        except ChildProcessError:  # `end` was called
            return True
        return True

    def _remove_scratch(self) -> None:
        """Removes the folder for temporary files; what it may have made since is not touched."""
        scratch, self._scratch = self._scratch, ""
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)

    def _kill(self) -> None:
        """Ends the process with all of its group, and what waits for an answer of it."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        # Where something that it started left the group, the socket would stay open.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _how(code: int, error: Exception) -> str:
    """Says how a process ended."""
    if code >= 0:
        return f"exit code {code} ({type(error).__name__})"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
