"""Processes of the command `tidegate`, as an operator would run them."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LIMIT_S = 240.0
"""A generous bound on everything that is waited for: machines of CI are slow."""
TAIL_CHARS = 3_000


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Gives this process's environment with `settings` alone as `TIDEGATE_` variables."""
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("TIDEGATE_")}
    return inherited | {f"TIDEGATE_{name.upper()}": str(v) for name, v in settings.items()}


def wait_for(condition: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> float:
    """Polls until `condition` holds and gives the seconds that took; fails after `limit_s`."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, f"waited {limit_s:.0f} s in vain until {what}"
        time.sleep(0.1)
    return time.monotonic() - began


def run_command(
    arguments: Sequence[str],
    settings: Mapping[str, object],
    folder: Path,
    given: bytes = b"",
) -> subprocess.CompletedProcess[bytes]:
    """Runs `tidegate` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments],
        cwd=folder,
        env=environment(settings),
        input=given,
        capture_output=True,
        check=False,
        timeout=LIMIT_S,
    )


class Running:
    """A process in the background that logs to a file of its own."""

    def __init__(
        self, arguments: Sequence[str], settings: Mapping[str, object], log_file: Path
    ) -> None:
        self.log_file = log_file
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=log_file.parent,
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """Ends it with SIGKILL, with what it started."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop and gives its exit code."""
        self.process.send_signal(number)
        return self.exit_code()

    def exit_code(self, limit_s: float = LIMIT_S) -> int:
        """Waits for its end and gives its exit code."""
        wait_for(lambda: not self.is_running, f"{self.log_file.name} ended", limit_s)
        return self.process.returncode


class Worker(Running):
    """A worker, or a script that runs one, with its health port."""

    def __init__(
        self,
        arguments: Sequence[str],
        settings: Mapping[str, object],
        log_file: Path,
        metrics_port: int,
    ) -> None:
        self.metrics_port = metrics_port
        super().__init__(arguments, {**settings, "metrics_port": metrics_port}, log_file)

    def n_assigned(self) -> int:
        """Gives the product partitions it holds; 0 while it starts or its group rebalances."""
        assert self.is_running, f"the worker ended:\n{self.log()[-TAIL_CHARS:]}"
        try:
            url = f"http://127.0.0.1:{self.metrics_port}/health"
            with urllib.request.urlopen(url, timeout=5) as answer:
                state = json.load(answer)
        except (urllib.error.URLError, OSError):
            return 0
        return 0 if state["is_rebalancing"] else int(state["assigned_partitions"])

    def metric(self, name: str) -> float:
        """Gives the sum of a metric over its labels."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.startswith((f"{name}{{", f"{name} "))
        )
