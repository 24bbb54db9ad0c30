"""The ground of a measurement: a broker with topics, and the processes that answer its events."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
from confluent_kafka.admin import AdminClient
from msgspec import Struct

from schemas.topics import ALL_TOPICS, PRODUCT_TOPICS, VERDICTS
from streams.bench.errors import BenchFailed
from streams.bench.figures import SHARE_WARM_UP, drain_per_s, latencies_ms
from streams.bench.processes import (
    Child,
    Process,
    cpu_s,
    peak_bytes,
    start_archiver,
    start_plain_agent,
    start_worker,
    wait_until,
)
from streams.bench.traffic import Answered, Feeder, Watcher, true_ends
from streams.embedded.broker import EmbeddedBroker
from streams.embedded.ports import free_port
from streams.reading import open_reader
from streams.record import Outgoing
from streams.topic_admin import BrokerUnavailable, create_topics, list_topics

START_LIMIT_S: Final = 90.0
SLOWEST_PER_S: Final = 20.0
"""A drain slower than this is given up."""
QUIET_S: Final = 1.5
HEALTH_TIMEOUT_S: Final = 2.0


class Crew(Struct, frozen=True, kw_only=True):
    """Who answers: `n_workers` workers with these detectors, or the plain agent without any."""

    name: str
    detectors: str | None
    n_workers: int = 1
    has_archiver: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    """Further settings of the workers: variables and values."""


class Drain(Struct, frozen=True, kw_only=True):
    """What a drain took. CPU and memory are by process: workers' CPU summed, memory the highest."""

    per_s: float
    cpu_s: dict[str, float]
    peak_bytes: dict[str, int]


class Health(Struct, frozen=True):
    """What of a worker's `/health` the bench reads."""

    assigned_partitions: int
    is_rebalancing: bool


class Ground:
    """A crew in its consumer group, warmed up and idle, and the means to feed and watch it."""

    def __init__(
        self, address: str, processes: Sequence[Process], crew: Sequence[Child], stack: ExitStack
    ) -> None:
        self.processes = processes
        self._crew = crew
        self._cpu_at_arrival: dict[str, float] = {}
        self._noted_ms = 0
        self.feeder = Feeder(address)
        self.watcher = Watcher(address, VERDICTS.name)
        stack.callback(self.watcher.close)

    def warm_up(self, records: Sequence[Outgoing]) -> None:
        """Lets the crew answer some events that do not count."""
        self.watcher.skip()
        self.feeder.send(records)
        self.collect(len(records), limit_s=START_LIMIT_S)
        self.watcher.skip()
        self.feeder.produced_ms.clear()

    def drain(self, records: Sequence[Outgoing]) -> Drain:
        """Builds a backlog while the crew is paused, lets it go, and measures the answers."""
        for child in self._crew:
            child.pause()
        self.feeder.send(records)
        before = self.cpu_s()
        started_ms = time.time_ns() // 1_000_000
        for child in self._crew:
            child.resume()
        answered = self.collect(len(records), limit_s=_limit_s(len(records)))
        return Drain(
            per_s=drain_per_s(started_ms, [entry.timestamp_ms for entry in answered]),
            cpu_s={name: used - before[name] for name, used in self._cpu_at_arrival.items()},
            peak_bytes=self.peak_bytes(),
        )

    def pace(self, records: Sequence[Outgoing], per_s: float) -> list[int]:
        """Sends events at a steady rate; gives milliseconds from each event to its verdict.

        The first tenth warms up and does not count.
        """
        self.watcher.skip()
        self.feeder.produced_ms.clear()
        self.feeder.pace(records, per_s)
        answered = self.collect(len(records), limit_s=_limit_s(len(records)))
        by_time = sorted(self.feeder.produced_ms.items(), key=lambda entry: entry[1])
        counted = dict(by_time[int(len(by_time) * SHARE_WARM_UP) :])
        places = [(entry.source, entry.timestamp_ms) for entry in answered if entry.source]
        return latencies_ms(counted, places)

    def collect(self, n: int, *, limit_s: float) -> list[Answered]:
        """Blocks until `n` answers are there and gives them. Raises BenchFailed past the limit."""
        deadline = time.monotonic() + limit_s
        while True:
            self.watcher.wait_until_quiet(
                quiet_s=QUIET_S, limit_s=deadline - time.monotonic(), on_arrival=self._note_cpu
            )
            answered = self.watcher.read()
            if any(entry.timestamp_ms > self._noted_ms for entry in answered):
                self._note_cpu()
            if len(answered) >= n:
                return answered
            for child in self.processes:
                child.require_alive()
            if time.monotonic() > deadline:
                message = f"{len(answered)} of {n} events answered in {limit_s:.0f} s"
                raise BenchFailed(message)

    def _note_cpu(self) -> None:
        """Processor time is read at the last arrival, so that waiting for more is not counted.

        Or soon after it, where the partition that is watched had none.
        """
        self._noted_ms = time.time_ns() // 1_000_000
        self._cpu_at_arrival = self.cpu_s()

    def cpu_s(self) -> dict[str, float]:
        """Gives processor time by process name, workers' added up."""
        used: dict[str, float] = {}
        for child in self.processes:
            used[child.name] = used.get(child.name, 0.0) + cpu_s(child.pid)
        return used

    def peak_bytes(self) -> dict[str, int]:
        """Gives the peak memory by process name, of several workers the highest."""
        peak: dict[str, int] = {}
        for child in self.processes:
            peak[child.name] = max(peak.get(child.name, 0), peak_bytes(child.pid))
        return peak


def _limit_s(n_events: int) -> float:
    return START_LIMIT_S + n_events / SLOWEST_PER_S


@contextmanager
def stand(
    crew: Crew,
    folder: Path,
    *,
    bootstrap: str | None,
    n_partitions: int,
    warm_up: Sequence[Outgoing],
) -> Iterator[Ground]:
    """Gives a ground with a crew ready on it; ends every process that it started.

    Without `bootstrap` the broker is an embedded one of its own. With it, the crew gets a group of
    its own that begins at the ends of the topics.
    """
    with ExitStack() as stack:
        others: list[Process] = []
        if bootstrap is None:
            broker = stack.enter_context(EmbeddedBroker(free_port(), folder / "broker.log"))
            others.append(broker)
        address = bootstrap or broker.address
        n_held = _prepare_topics(address, n_partitions)
        group = f"tidegate-bench-{uuid4().hex[:8]}"
        if bootstrap is not None:
            _begin_at_ends(address, group)
        members: list[Child] = []
        if crew.detectors is None:
            members.append(stack.enter_context(start_plain_agent(address, group, folder=folder)))
        else:
            ports = [free_port() for _ in range(crew.n_workers)]
            for port in ports:
                worker = start_worker(
                    address,
                    group,
                    crew.detectors,
                    metrics_port=port,
                    folder=folder,
                    settings=dict(crew.settings),
                )
                members.append(stack.enter_context(worker))
            _wait_for_partitions(members, ports, n_held)
        if crew.has_archiver:
            others.append(stack.enter_context(start_archiver(address, group, folder=folder)))
        ground = Ground(address, [*members, *others], members, stack)
        ground.warm_up(warm_up)
        yield ground


def _prepare_topics(address: str, n_partitions: int) -> int:
    """Creates the topics that are absent; gives the number of partitions that workers share."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            create_topics(admin, ALL_TOPICS, n_partitions=n_partitions)
            return sum(state.partitions for state in list_topics(admin, PRODUCT_TOPICS))
        except BrokerUnavailable:
            if time.monotonic() > deadline:
                raise


def _begin_at_ends(address: str, group: str) -> None:
    """Commits, for a new group, the ends of the product topics as its beginning."""
    reader = open_reader(address, group=group)
    for topic in PRODUCT_TOPICS:
        reader.commit(offsets=true_ends(reader, topic.name), asynchronous=False)
    reader.close()


def _wait_for_partitions(members: Sequence[Child], ports: Sequence[int], n: int) -> None:
    """Blocks until the workers hold all partitions between them, and each some."""

    def is_shared() -> bool:
        for child in members:
            child.require_alive()
        states = [_health(port) for port in ports]
        held = [state.assigned_partitions for state in states if state and not state.is_rebalancing]
        return len(held) == len(ports) and all(held) and sum(held) == n

    wait_until(is_shared, limit_s=START_LIMIT_S, what="the workers share the partitions")


def _health(port: int) -> Health | None:
    url = f"http://127.0.0.1:{port}/health"
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_S) as answer:
            return msgspec.json.decode(answer.read(), type=Health)
    except urllib.error.HTTPError as error:
        return msgspec.json.decode(error.read(), type=Health)
    except OSError:
        return None
