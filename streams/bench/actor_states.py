"""States of made-up actors, as a worker would have counted them, and the time to recover them."""

import random
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from confluent_kafka.admin import AdminClient

from schemas.content import Item, TextPart
from schemas.records import Source
from schemas.topics import ACTORS, ALL_TOPICS, PRODUCT_TOPICS
from streams.actors.memory import Actors
from streams.bench.processes import Child, peak_bytes, start_worker, wait_until
from streams.embedded.broker import EmbeddedBroker
from streams.embedded.ports import free_port
from streams.policy import Memory
from streams.publisher import Publisher
from streams.record import Outgoing, Record
from streams.topic_admin import create_topics

N_PARTITIONS: Final = 12
N_KINDS: Final = 2_000
"""Different states, which many actors share: making each by itself would take minutes."""
BEGIN_MS: Final = 1_790_000_000_000
HOUR_MS: Final = 3_600_000
SLICE: Final = 20_000
START_LIMIT_S: Final = 900.0
MEBIBYTE: Final = 1 << 20
WORDS: Final = [
    "morning",
    "coffee",
    "chart",
    "market",
    "river",
    "garden",
    "window",
    "letter",
    "summer",
    "winter",
    "music",
    "dinner",
    "kitchen",
    "mountain",
    "football",
    "holiday",
    "travel",
    "picture",
    "weather",
    "question",
    "answer",
    "story",
    "teacher",
    "doctor",
    "bridge",
]


def kinds(n: int) -> list[tuple[int, bytes]]:
    """Gives states of actors of a chatroom, with their numbers of items.

    Half have sent one item, one in 30 more than ten, one in 500 more than fifty within an hour.
    """
    drawn = random.Random(5)  # noqa: S311 - the same each time
    rules = Memory()
    actors = Actors()
    n_items = [min(120, int(drawn.paretovariate(1.0))) for _ in range(n)]
    for number, n_sent in enumerate(n_items):
        for at in range(n_sent):
            text = " ".join(drawn.choices(WORDS, k=12))
            record, item = event(number, at, f"u{number}", text, drawn.randrange(HOUR_MS))
            actors.count(record, item, rules, has_link=at % 10 == 0, now_ms=record.timestamp_ms)
    found = (actors.shelf.get(0, b"u%d" % number) for number in range(n))
    return [(n_sent, state or b"") for n_sent, state in zip(n_items, found, strict=True)]


def event(number: int, at: int, actor: str, text: str, after_ms: int) -> tuple[Record, Item]:
    """Gives a chatroom message, its record and its item."""
    record = Record(
        source=Source(topic=PRODUCT_TOPICS[0].name, partition=0, offset=1_000 * number + at),
        key=None,
        value=None,
        timestamp_ms=BEGIN_MS + after_ms,
    )
    item = Item(
        item_id=f"m-{number}-{at}",
        surface="chatroom",
        actor_id=actor,
        revision=1,
        created_at=datetime.fromtimestamp(BEGIN_MS / 1000, UTC),
        origin="human",
        texts=(TextPart(name="text", text=text),),
        context={"room_id": f"room-{at % 3}"},
    )
    return record, item


def entry(number: int, made: Sequence[tuple[int, bytes]]) -> tuple[bytes, bytes]:
    """Gives an actor and its state, bytes of its own."""
    return b"actor-%08d" % number, bytes(bytearray(made[number % len(made)][1]))


def measure_recovery(n: int, bootstrap: str | None, folder: Path) -> Iterator[dict[str, object]]:
    """Gives the time and memory in which a worker recovers so many actors, by store."""
    made = kinds(min(n, N_KINDS))
    with ExitStack() as stack:
        address = bootstrap
        if address is None:
            broker = EmbeddedBroker(free_port(), folder / "broker.log")
            address = stack.enter_context(broker).address
        admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
        create_topics(admin, ALL_TOPICS, n_partitions=N_PARTITIONS)
        group = f"tidegate-bench-{uuid4().hex[:8]}"
        _write(address, group, n, made)
        empty = _recover(address, f"{group}-empty", folder, "memory", 0)
        yield {"store": "none", **empty}
        for store in ("memory", "rocksdb"):
            yield {"store": store, **_recover(address, group, folder, store, n)}
        # A second start finds the databases of the first.
        yield {"store": "rocksdb, again", **_recover(address, group, folder, "rocksdb", n)}


def _write(address: str, group: str, n: int, made: Sequence[tuple[int, bytes]]) -> None:
    publisher = Publisher(address, client_id="tidegate-bench", timeout_s=120.0)
    prefix = group.encode() + b"\x1f"
    for begin in range(0, n, SLICE):
        rows = [(number, *entry(number, made)) for number in range(begin, min(n, begin + SLICE))]
        publisher.publish(
            [
                Outgoing(
                    topic=ACTORS.name,
                    key=prefix + actor,
                    value=state,
                    partition=number % N_PARTITIONS,
                )
                for number, actor, state in rows
            ]
        )


def _recover(address: str, group: str, folder: Path, store: str, n: int) -> dict[str, object]:
    """Starts a worker and waits until it has recovered."""
    port = free_port()
    given = {"TIDEGATE_STORE": store, "TIDEGATE_STATE_DIR": str(folder / store)}
    began = time.monotonic()
    with start_worker(
        address, group, "text.null", metrics_port=port, folder=folder, settings=given
    ) as worker:
        wait_until(
            lambda: _is_recovered(port, worker), limit_s=START_LIMIT_S, what="actors are recovered"
        )
        started_s = time.monotonic() - began
        metrics = _metrics(port)
        return {
            "actors": n,
            "recovery_s": round(metrics["tidegate_actors_recovery_seconds"], 1),
            "records_read": int(metrics["tidegate_actors_recovered_total"]),
            "actors_remembered": int(metrics["tidegate_actors"]),
            "start_to_ready_s": round(started_s, 1),
            "worker_peak_mib": round(peak_bytes(worker.pid) / MEBIBYTE),
        }


def _is_recovered(port: int, worker: Child) -> bool:
    worker.require_alive()
    try:
        return _metrics(port).get("tidegate_actors_recovery_seconds", 0.0) > 0.0
    except OSError:
        return False


def _metrics(port: int) -> dict[str, float]:
    url = f"http://127.0.0.1:{port}/metrics"
    with urllib.request.urlopen(url, timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    rows = (line.rsplit(" ", 1) for line in lines if line.startswith("tidegate_actors"))
    return {name: float(value) for name, value in rows}
