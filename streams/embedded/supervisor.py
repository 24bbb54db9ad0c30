"""Supervising the processes of `tidegate up`: start, restart after a crash, stop in order."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

STOP_S: Final = 30.0
MAX_RESTARTS: Final = 5
"""Restarts of one process within `RESTART_WINDOW_S` after which it is given up."""
RESTART_WINDOW_S: Final = 60.0


class ProcessFailed(RuntimeError):
    """A process keeps ending; its log says why."""


class Process:
    """A `tidegate` command run in the background, its output in a log file."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_file: Path
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._command = (sys.executable, "-m", "streams.cli", *command)
        self._environment = dict(os.environ) | dict(environment)
        self._restarts_s: list[float] = []
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        return self._process.pid

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log_file.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches `tidegate up` alone, which stops its processes in order.
                start_new_session=True,
            )

    def keep_alive(self) -> bool:
        """Starts the process again if it has ended; tells whether it had.

        Raises ProcessFailed when that happens too often.
        """
        code = self._process.poll()
        if code is None:
            return False
        now_s = time.monotonic()
        self._restarts_s = [t for t in self._restarts_s if now_s - t < RESTART_WINDOW_S] + [now_s]
        if len(self._restarts_s) > MAX_RESTARTS:
            message = f"{self.name} ended with code {code} again and again; see {self.log_file}"
            raise ProcessFailed(message)
        logger.warning("restarting", extra={"name_of": self.name, "code": code})
        self._process = self._start()
        return True

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
