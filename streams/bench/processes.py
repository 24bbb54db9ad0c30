"""Child processes of the bench: started, watched, paused and always ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from streams.bench.errors import BenchFailed
from streams.embedded.ports import free_port

N_THREADS: Final = 2
"""Threads of the workers' detectors, of detectors called directly and of torch alike."""
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
STOP_LIMIT_S: Final = 10.0
SESSION_TIMEOUT_S: Final = 10.0
REBALANCE_TIMEOUT_S: Final = 4.0
"""Of every consumer group here: the embedded broker lets a join take half of it."""
LOG_TAIL_CHARS: Final = 2_000


class Process(Protocol):
    """A process that the bench watches."""

    @property
    def name(self) -> str:
        """What it does."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def require_alive(self) -> None:
        """Raises BenchFailed or BrokerFailed when it has ended."""


class Child:
    """A running child process. Leaving the `with` block ends it."""

    def __init__(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                list(argv),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def require_alive(self) -> None:
        """Raises BenchFailed with the end of its log when the process has ended."""
        code = self._process.poll()
        if code is not None:
            tail = self._log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL_CHARS:]
            message = f"{self.name} ended with code {code}: {tail.strip()}"
            raise BenchFailed(message)

    def pause(self) -> None:
        """Stops the process where it is, until `resume`."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a paused process go on."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ends the process: SIGTERM, then SIGKILL."""
        if self._process.poll() is None:
            self.resume()
            self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Ends the process with SIGKILL."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.kill() if kind is not None else self.stop()


def cpu_s(pid: int) -> float:
    """Gives the processor time a process has used so far: user and system, all threads."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def peak_bytes(pid: int) -> int:
    """Gives the most resident memory that a process has had (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    message = f"process {pid} has no VmHWM"
    raise BenchFailed(message)


def start_worker(
    broker: str,
    group: str,
    detectors: str,
    *,
    metrics_port: int,
    folder: Path,
    settings: Mapping[str, str] | None = None,
) -> Child:
    """Starts a `tidegate worker`, with health and metrics at a port, and further settings."""
    given = {
        "TIDEGATE_BROKER": broker,
        "TIDEGATE_GROUP": group,
        "TIDEGATE_DETECTORS": detectors,
        "TIDEGATE_DETECTOR_THREADS": str(N_THREADS),
        "TIDEGATE_TEXT_CACHE": "0",  # the bench's texts repeat: it would measure the cache
        "TIDEGATE_METRICS_PORT": str(metrics_port),
        "TIDEGATE_SESSION_TIMEOUT_S": str(SESSION_TIMEOUT_S),
        "TIDEGATE_REBALANCE_TIMEOUT_S": str(REBALANCE_TIMEOUT_S),
        "TIDEGATE_STATE_DIR": str(folder / f"worker-{metrics_port}"),
        **(settings or {}),
    }
    argv = [sys.executable, "-m", "streams.cli", "worker"]
    return Child("worker", argv, _without_settings() | given, folder / f"worker-{metrics_port}.log")


def start_lane(broker: str, lane: str, *, media_root: Path, folder: Path) -> Child:
    """Starts a `tidegate lane`, the last one that items pass, with files of a folder."""
    given = {
        "TIDEGATE_BROKER": broker,
        "TIDEGATE_LANES": lane,
        "TIDEGATE_MEDIA_ROOT": str(media_root),
        "TIDEGATE_METRICS_PORT": "-1",
        "TIDEGATE_SESSION_TIMEOUT_S": str(SESSION_TIMEOUT_S),
        "TIDEGATE_REBALANCE_TIMEOUT_S": str(REBALANCE_TIMEOUT_S),
        "TIDEGATE_STATE_DIR": str(folder / f"{lane}-lane"),
    }
    argv = [sys.executable, "-m", "streams.cli", "lane", lane]
    return Child(f"{lane} lane", argv, _without_settings() | given, folder / f"{lane}-lane.log")


def start_plain_agent(broker: str, group: str, *, folder: Path) -> Child:
    """Starts the plain Faust agent that Tidegate is compared with."""
    argv = [sys.executable, "-m", "streams.bench.plain_agent", broker, group, str(folder)]
    return Child("plain agent", argv, os.environ, folder / "plain.log")


def start_archiver(broker: str, group: str, *, folder: Path) -> Child:
    """Starts a `tidegate archiver` on embedded ClickHouse."""
    given = {
        "TIDEGATE_BROKER": broker,
        "TIDEGATE_ARCHIVER_GROUP": f"{group}-archiver",
        "TIDEGATE_ARCHIVE": "embedded",
        "TIDEGATE_ARCHIVE_DIR": str(folder / "archive"),
        "TIDEGATE_ARCHIVE_HTTP_PORT": str(free_port()),
        "TIDEGATE_METRICS_PORT": str(free_port()),
    }
    argv = [sys.executable, "-m", "streams.cli", "archiver"]
    return Child("archiver", argv, _without_settings() | given, folder / "archiver.log")


def _without_settings() -> dict[str, str]:
    """The environment without Tidegate's settings: the bench sets its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}


def wait_until(
    is_done: Callable[[], bool], *, limit_s: float, what: str, poll_s: float = 0.1
) -> None:
    """Blocks until `is_done()`. Raises BenchFailed after the limit."""
    deadline = time.monotonic() + limit_s
    while not is_done():
        if time.monotonic() > deadline:
            message = f"{what}: not within {limit_s:.0f} s"
            raise BenchFailed(message)
        time.sleep(poll_s)
