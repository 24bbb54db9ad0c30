"""Events to the broker, at once or at a steady rate, and the times of what comes back."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    Message,
    Producer,
    TopicPartition,
)
from msgspec import Struct

from schemas import headers as names
from schemas.records import Source
from streams.bench.errors import BenchFailed
from streams.reading import log_ends, open_reader, partitions_of, read_from
from streams.record import Outgoing, Record, header

FLUSH_S: Final = 60.0
TICK_S: Final = 0.002
"""The paced producer sends what is due this often."""
LINGER_MS: Final = 10
"""How long the producer gathers events; part of the latency. The embedded broker needs some 0.2 ms
of processor time a produce request, whatever is in it."""
BATCH: Final = 5_000
SAMPLE_S: Final = 0.2
"""How long a look at the sampled partition gathers."""


class Answered(Struct, frozen=True):
    """A record of the verdict topic: its time, and the place of its event where it tells."""

    timestamp_ms: int
    source: Source | None


class Feeder:
    """Sends events and remembers where and when each landed."""

    def __init__(self, broker: str) -> None:
        self.produced_ms: dict[Source, int] = {}
        self._failed: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": broker,
                "client.id": "tidegate-bench",
                "log_level": 0,
                "linger.ms": LINGER_MS,
                "queue.buffering.max.messages": 1_000_000,
                "partitioner": "murmur2_random",
            }
        )

    def send(self, records: Iterable[Outgoing]) -> None:
        """Sends everything as fast as it goes; blocks until the broker has it."""
        for record in records:
            self._produce(record)
            self._producer.poll(0)
        self.flush()

    def pace(self, records: Sequence[Outgoing], per_s: float) -> None:
        """Sends at a steady rate; blocks until the broker has everything."""
        started = time.perf_counter()
        n_sent = 0
        while n_sent < len(records):
            n_due = min(len(records), int((time.perf_counter() - started) * per_s) + 1)
            for record in records[n_sent:n_due]:
                self._produce(record)
            n_sent = max(n_sent, n_due)
            self._producer.poll(0)
            time.sleep(TICK_S)
        self.flush()

    def flush(self) -> None:
        """Blocks until the broker has everything. Raises BenchFailed when it has not."""
        n_left = self._producer.flush(FLUSH_S)
        if n_left or self._failed:
            reason = self._failed[0] if self._failed else "no acknowledgement"
            message = f"{n_left + len(self._failed)} events did not reach the broker: {reason}"
            raise BenchFailed(message)

    def _produce(self, record: Outgoing) -> None:
        self._producer.produce(
            record.topic, value=record.value, key=record.key, on_delivery=self._note
        )

    def _note(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed.append(error.str())
            return
        place = Source(
            topic=message.topic() or "",
            partition=message.partition() or 0,
            offset=message.offset() or 0,
        )
        self.produced_ms[place] = message.timestamp()[1]


class Watcher:
    """Reads the verdict topic: all of it when asked, one partition while a drain runs."""

    def __init__(self, broker: str, topic: str) -> None:
        self._topic = topic
        self._reader = open_reader(broker, group="tidegate-bench-watcher")
        self._start = partitions_of(self._reader, [topic])
        for place in self._start:
            place.offset = OFFSET_BEGINNING

    def skip(self) -> None:
        """Forgets what the topic holds now: only later records are read."""
        self._start = true_ends(self._reader, self._topic)

    def read(self) -> list[Answered]:
        """Gives every record since the start or the last `skip`."""
        return [_answered(record) for record in read_from(self._reader, self._start)]

    def wait_until_quiet(
        self, *, quiet_s: float, limit_s: float, on_arrival: Callable[[], None]
    ) -> None:
        """Blocks until one partition, a sample of all, has had no record for `quiet_s`.

        So the drain is hardly disturbed. Calls `on_arrival` soon after records arrived there.
        Raises BenchFailed after the limit.
        """
        self._reader.assign(self._start[:1])
        deadline = time.monotonic() + limit_s
        moved = time.monotonic()
        while time.monotonic() - moved < quiet_s:
            if any(m.error() is None for m in self._reader.consume(BATCH, SAMPLE_S)):
                moved = time.monotonic()
                on_arrival()
            if moved > deadline:
                message = f"verdicts still arrive after {limit_s:.0f} s"
                raise BenchFailed(message)
        self._reader.unassign()

    def close(self) -> None:
        """Closes the connection."""
        self._reader.close()


def true_ends(reader: Consumer, topic: str) -> list[TopicPartition]:
    """Gives a topic's partitions, each with its end."""
    places = partitions_of(reader, [topic])
    return [TopicPartition(*place, end) for place, end in log_ends(reader, places).items()]


def _answered(record: Record) -> Answered:
    place = header(record.headers, names.SOURCE)
    return Answered(record.timestamp_ms, names.parse_source(place) if place else None)
