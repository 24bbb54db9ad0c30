"""Supervising the processes of `tidegate up`: start, restart after a crash, stop in order."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from streams.dlq_limit import DlqLimitExceeded

logger = logging.getLogger(__name__)

STOP_S: Final = 30.0
MAX_RESTARTS: Final = 5
"""Restarts in a row, each after a short life, after which a process is given up."""
SHORT_LIFE_S: Final = 30.0
FIRST_WAIT_S: Final = 0.5
"""Wait before the second restart in a row, the first being at once; it doubles."""
MAX_WAIT_S: Final = 60.0
LIMITED: Final = DlqLimitExceeded.__name__
"""Error of a worker that stopped rather than drain a topic into its DLQ: it is never given up, as
the broker's log and the other processes would be gone with it."""
LIMITED_WAIT_S: Final = 5.0
TAIL_BYTES: Final = 64 << 10


class ProcessFailed(RuntimeError):
    """A process keeps ending; its log says why."""


class LastWords(Struct, frozen=True):
    """Why a process ended, from its log: the name of an error, if it had one, and a text."""

    error: str = ""
    text: str = ""


class Process:
    """A `tidegate` command run in the background, its output in a log file."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_file: Path
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._command = (sys.executable, "-m", "streams.cli", *command)
        self._environment = dict(os.environ) | dict(environment)
        self._n_short_lives = 0
        self._start_again_s: float | None = None
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        return self._process.pid

    def _start(self) -> subprocess.Popen[bytes]:
        self._started_s = time.monotonic()
        with self.log_file.open("ab") as log:
            self._log_begin = log.tell()
            return subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches `tidegate up` alone, which stops its processes in order.
                start_new_session=True,
            )

    def keep_alive(self) -> str:
        """Starts the process again if it has ended, after a wait that grows from time to time.

        Gives a line for people when it ended and when it was started, else an empty one. Raises
        ProcessFailed when it ends too often.
        """
        now_s = time.monotonic()
        if self._start_again_s is not None:
            if now_s < self._start_again_s:
                return ""
            self._start_again_s = None
            self._process = self._start()
            return f"{self.name} was started again"
        code = self._process.poll()
        if code is None:
            return ""
        words = last_words(self.log_file, self._log_begin)
        is_short = now_s - self._started_s < SHORT_LIFE_S
        self._n_short_lives = self._n_short_lives + 1 if is_short else 1
        if self._n_short_lives > MAX_RESTARTS and words.error != LIMITED:
            message = (
                f"{self.name} ended with code {code} again and again: {words.text};"
                f" see {self.log_file}"
            )
            raise ProcessFailed(message)
        wait_s = restart_wait_s(self._n_short_lives, words.error)
        if wait_s:
            self._start_again_s = now_s + wait_s
            then = f"it is started again in {wait_s:g} s"
        else:
            self._process = self._start()
            then = "it was started again"
        return f"{self.name} ended with code {code}: {words.text}; {then}"

    def stop(self) -> int:
        """Asks the process to finish, waits, and kills it if it does not. Gives its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                logger.warning("killing", extra={"name_of": self.name})
                self._process.kill()
        return self._process.wait()


def restart_wait_s(n_short_lives: int, error: str) -> float:
    """Gives the wait before a restart after so many short lives in a row, 1 or more."""
    doublings = min(n_short_lives - 1, 30)
    if error == LIMITED:
        return min(MAX_WAIT_S, LIMITED_WAIT_S * 2.0**doublings)
    return min(MAX_WAIT_S, FIRST_WAIT_S * 2.0 ** (doublings - 1)) if doublings else 0.0


def last_words(log_file: Path, begin: int) -> LastWords:
    """Gives what a process said last, from where its part of the log begins.

    That is its last critical line, else its last line, cut to a screen's worth.
    """
    try:
        with log_file.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(begin, end - TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
    except OSError:
        return LastWords(text="its log cannot be read")
    said = [line.strip() for line in lines if line.strip()]
    for line in reversed(said):
        entry = _entry(line)
        if entry.get("level") == "critical":
            notes = entry.get("notes")
            texts = [entry.get("message"), entry.get("error"), entry.get("cause")]
            texts += notes if isinstance(notes, list) else []
            text = "; ".join(str(text) for text in texts if text)
            return LastWords(error=str(entry.get("error", "")), text=text)
    if not said:
        return LastWords(text="it said nothing")
    return LastWords(text=f"it last said: {_entry(said[-1]).get('message', said[-1])}"[:500])


def _entry(line: str) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
