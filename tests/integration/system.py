"""The system under test: a broker, worker processes and an archiver process."""

import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from msgspec import Struct

from schemas.topics import ALL_TOPICS, PRODUCT_TOPICS
from streams.embedded.ports import free_port
from streams.topic_admin import create_topics
from tests import archives
from tests.integration.load import Sent
from tests.integration.processes import Running, Worker, run_command, wait_for
from tests.services import Broker

N_PARTITIONS = 3
GROUP_TIMEOUT_S = 6


class Asked(Struct, frozen=True):
    """What a command gave."""

    code: int
    out: bytes
    err: str


class System:
    """A broker with Tidegate's topics and the processes started on it; all end with the block."""

    def __init__(self, broker: Broker, folder: Path, **settings: object) -> None:
        self.broker = broker
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.http_port = free_port()
        run = uuid4().hex[:8]
        self.settings: dict[str, object] = {
            "broker": broker.bootstrap,
            "group": f"test-worker-{run}",
            "archiver_group": f"test-archiver-{run}",
            "image_group": f"test-image-{run}",
            "av_group": f"test-av-{run}",
            "campaigns_group": f"test-campaigns-{run}",
            "detectors": "text.canary,text.null",
            "lanes": "",
            "session_timeout_s": GROUP_TIMEOUT_S,
            "rebalance_timeout_s": GROUP_TIMEOUT_S,
            "archive_dir": folder / "archive",
            "archive_http_port": self.http_port,
            "archive_block_wait_s": 0.3,
            "metrics_port": -1,
            **settings,
        }
        archives.copy_to(folder / "archive")
        self.processes: list[Running] = []
        self.database = ""
        self._stack = ExitStack()
        admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
        create_topics(admin, ALL_TOPICS, n_partitions=N_PARTITIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.processes:
            process.kill()
        shutil.rmtree(self.folder / "archive", ignore_errors=True)

    def worker(self, arguments: Sequence[str] = (), **settings: object) -> Worker:
        """Starts a worker, without waiting for it; `arguments` name another script than ours."""
        name = f"worker-{len(self.processes)}"
        given = {**self.settings, "state_dir": self.folder / name, **settings}
        command = arguments or ("-m", "streams.cli", "worker")
        worker = Worker(command, given, self.folder / f"{name}.log", free_port())
        self.processes.append(worker)
        return worker

    def workers(self, n: int, **settings: object) -> list[Worker]:
        """Starts workers and returns once they share all partitions."""
        started = [self.worker((), **settings) for _ in range(n)]
        self.await_shared(started)
        return started

    def await_shared(self, workers: Sequence[Worker]) -> float:
        """Waits until these workers hold every partition, each some; gives the seconds."""
        n_all = N_PARTITIONS * len(PRODUCT_TOPICS)

        def is_shared() -> bool:
            held = [worker.n_assigned() for worker in workers]
            return sum(held) == n_all and all(held)

        return wait_for(is_shared, "the workers share the partitions")

    def campaigns(self, **settings: object) -> Worker:
        """Starts the process that counts campaigns and returns once it holds their partition."""
        name = f"campaigns-{len(self.processes)}"
        given = {**self.settings, "state_dir": self.folder / name, **settings}
        command = ("-m", "streams.cli", "campaigns")
        started = Worker(command, given, self.folder / f"{name}.log", free_port())
        self.processes.append(started)
        wait_for(lambda: started.n_assigned() > 0, "campaigns are counted")
        return started

    def lane(self, lane: str, **settings: object) -> Worker:
        """Starts a media lane and returns once it holds partitions."""
        name = f"{lane}-{len(self.processes)}"
        given = {**self.settings, "state_dir": self.folder / name, **settings}
        command = ("-m", "streams.cli", "lane", lane)
        started = Worker(command, given, self.folder / f"{name}.log", free_port())
        self.processes.append(started)
        wait_for(lambda: started.n_assigned() > 0, f"the {lane} lane holds partitions")
        return started

    def archiver(self, **settings: object) -> Running:
        """Starts the archiver, without waiting for it."""
        name = f"archiver-{len(self.processes)}"
        command = ("-m", "streams.cli", "archiver")
        started = Running(command, {**self.settings, **settings}, self.folder / f"{name}.log")
        self.processes.append(started)
        return started

    def command(
        self, *arguments: str, given: bytes = b"", settings: Mapping[str, object] | None = None
    ) -> Asked:
        """Runs `tidegate` with this system's settings."""
        ran = run_command(arguments, {**self.settings, **(settings or {})}, self.folder, given)
        return Asked(ran.returncode, ran.stdout, ran.stderr.decode())

    def lag(self, sent: Sequence[Sent]) -> int:
        """Gives how many of the records sent the workers' group has not committed past."""
        committed = self.committed()
        return sum(s.source.offset >= committed.get((s.source.topic, s.source.partition), 0)
                   for s in sent)  # fmt: skip

    def committed(self) -> dict[tuple[str, int], int]:
        """Gives the offsets that the workers' group has committed, 0 where it has none."""
        reader = Consumer(
            {
                "bootstrap.servers": self.broker.bootstrap,
                "group.id": str(self.settings["group"]),
                "log_level": 0,
            }
        )
        places = [
            TopicPartition(topic.name, number)
            for topic in PRODUCT_TOPICS
            for number in range(N_PARTITIONS)
        ]
        found = reader.committed(places, timeout=30)
        reader.close()
        return {(place.topic, place.partition): max(0, place.offset) for place in found}

    def await_answered(self, sent: Sequence[Sent]) -> float:
        """Waits until the group has committed past all that was sent; gives the seconds."""
        return wait_for(lambda: self.lag(sent) == 0, "all records are answered", 240)

    def select(self, sql: str) -> list[list[object]]:
        """Asks the archive over HTTP, the embedded one's or the server's."""
        options = {"default_format": "JSONCompact"}
        if self.database:
            options["database"] = self.database
        url = f"http://127.0.0.1:{self.http_port}/?{urllib.parse.urlencode(options)}"
        with urllib.request.urlopen(url, data=sql.encode(), timeout=60) as answer:
            rows: list[list[object]] = json.load(answer)["data"]
        return rows
