"""The embedded stack: all processes on one machine, on 127.0.0.1 alone."""

import fcntl
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from confluent_kafka.admin import AdminClient
from msgspec import Struct

from schemas.topics import ALL_TOPICS
from streams import dlq_limit
from streams.embedded.broker import EmbeddedBroker
from streams.embedded.ports import require_free
from streams.embedded.supervisor import Process, ProcessFailed
from streams.health import PortTaken
from streams.lanes import Lane, chosen
from streams.settings import Settings
from streams.topic_admin import create_topics

READY_S: Final = 180.0
LOCK: Final = "up.lock"
"""File of the folder that the one stack which uses it holds."""
GROUP_TIMEOUT_S: Final = 6.0
"""Session and rebalance time-outs here: joining a group takes half the rebalance time-out."""


class Ports(Struct, frozen=True, kw_only=True):
    """Where the stack listens on 127.0.0.1."""

    kafka: int = 9092
    http: int = 8123
    metrics: int = 9108

    def require_distinct(self) -> None:
        """Raises PortTaken when one port is given twice."""
        uses: dict[int, str] = {}
        for port, what in (
            (self.kafka, "Kafka"),
            (self.http, "ClickHouse HTTP"),
            (self.metrics, "metrics and health"),
        ):
            if port in uses:
                message = f"{uses[port]} and {what} cannot both listen on 127.0.0.1:{port}"
                raise PortTaken(message)
            uses[port] = what


class Stack:
    """The running stack. Use it as a context manager; leaving it stops everything in order."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        *,
        n_workers: int,
        n_partitions: int,
        directory: Path,
    ) -> None:
        """Starts everything, without waiting. Raises PortTaken, BrokerFailed, ProcessFailed."""
        ports.require_distinct()
        self._media_root, self._links = settings.media_root, settings.links
        self.ports = ports
        self.directory = directory
        self._lock = hold(directory)
        try:
            self._start(settings, n_workers, n_partitions)
        except BaseException:
            self._lock.close()
            raise

    def _start(self, settings: Settings, n_workers: int, n_partitions: int) -> None:
        ports, log_file = self.ports, self.directory / "broker.log"
        require_free(ports.http, "ClickHouse HTTP")
        require_free(ports.metrics, "metrics and health")
        self.broker = EmbeddedBroker(ports.kafka, log_file, settings.broker_binary)
        try:
            admin = AdminClient({"bootstrap.servers": self.broker.address, "log_level": 0})
            create_topics(admin, ALL_TOPICS, n_partitions=n_partitions)
            self.archiver = self._archiver()
            self.workers = [self._worker(number) for number in range(n_workers)]
            self.lanes = [self._lane(lane) for lane in chosen(settings)]
            self.campaigns = [self._campaigns()] if settings.campaigns == "on" else []
        except BaseException:
            self.broker.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _common(self) -> dict[str, str]:
        named = {"TIDEGATE_MEDIA_ROOT": self._media_root, "TIDEGATE_LINKS": self._links}
        return {name: str(path) for name, path in named.items() if path is not None} | {
            "TIDEGATE_BROKER": self.broker.address,
            "TIDEGATE_SESSION_TIMEOUT_S": str(GROUP_TIMEOUT_S),
            "TIDEGATE_REBALANCE_TIMEOUT_S": str(GROUP_TIMEOUT_S),
            "TIDEGATE_METRICS_HOST": "127.0.0.1",
        }

    def _worker(self, number: int) -> Process:
        state = self.directory / f"worker-{number}"
        # The broker's log begins anew, so what an earlier one held counts no more.
        shutil.rmtree(state / dlq_limit.MEMORY, ignore_errors=True)
        environment = self._common() | {
            "TIDEGATE_METRICS_PORT": str(self.ports.metrics if number == 0 else -1),
            "TIDEGATE_STATE_DIR": str(state),
        }
        name = f"worker-{number}"
        return Process(name, ["worker"], environment, self.directory / f"{name}.log")

    def _lane(self, lane: Lane) -> Process:
        state = self.directory / f"{lane.name}-lane"
        shutil.rmtree(state / dlq_limit.MEMORY, ignore_errors=True)
        environment = self._common() | {
            "TIDEGATE_METRICS_PORT": "-1",
            "TIDEGATE_STATE_DIR": str(state),
        }
        name = f"{lane.name} lane"
        log_file = self.directory / f"{lane.name}-lane.log"
        return Process(name, ["lane", lane.name], environment, log_file)

    def _campaigns(self) -> Process:
        environment = self._common() | {
            "TIDEGATE_METRICS_PORT": "-1",
            "TIDEGATE_STATE_DIR": str(self.directory / "campaigns"),
        }
        return Process("campaigns", ["campaigns"], environment, self.directory / "campaigns.log")

    def _archiver(self) -> Process:
        environment = self._common() | {
            "TIDEGATE_ARCHIVE": "embedded",
            "TIDEGATE_ARCHIVE_DIR": str(self.directory / "archive"),
            "TIDEGATE_ARCHIVE_HTTP_HOST": "127.0.0.1",
            "TIDEGATE_ARCHIVE_HTTP_PORT": str(self.ports.http),
            "TIDEGATE_METRICS_PORT": "-1",
        }
        return Process("archiver", ["archiver"], environment, self.directory / "archiver.log")

    def watch(self) -> list[str]:
        """Restarts what has ended and gives a line about each. Raises ProcessFailed."""
        if not self.broker.is_running:
            message = f"the broker ended; see {self.directory / 'broker.log'}"
            raise ProcessFailed(message)
        every = (*self.workers, *self.lanes, *self.campaigns, self.archiver)
        lines = [process.keep_alive() for process in every]
        return [line for line in lines if line]

    def wait_ready(self, should_stop: Callable[[], bool]) -> bool:
        """Waits until workers consume and the archive answers; False when told to stop.

        Raises ProcessFailed when that takes too long.
        """
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and not should_stop():
            self.watch()
            if self._is_ready():
                return True
            time.sleep(0.2)
        if should_stop():
            return False
        message = f"not ready after {READY_S:.0f} s; see the logs in {self.directory}"
        raise ProcessFailed(message)

    def _is_ready(self) -> bool:
        health = f"http://127.0.0.1:{self.ports.metrics}/health"
        ping = f"http://127.0.0.1:{self.ports.http}/ping"
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:
                is_consuming = b'"assigned_partitions": 0' not in answer.read()
            with urllib.request.urlopen(ping, timeout=2):
                return is_consuming
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Stops workers first, then the archiver, which writes what is left, then the broker."""
        for process in (*self.workers, *self.lanes, *self.campaigns):
            process.stop()
        self.archiver.stop()
        self.broker.stop()
        self._lock.close()


def hold(directory: Path) -> BinaryIO:
    """Makes the folder and takes it for this process until the file is closed, or the process ends.

    Nothing else in it is touched before. Raises ProcessFailed.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / LOCK).open("ab")
    except OSError as error:
        message = f"archive and logs cannot be kept in {directory}: {error}"
        raise ProcessFailed(message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        message = f"{directory} is in use by another `tidegate up`"
        raise ProcessFailed(message) from error
    return lock
