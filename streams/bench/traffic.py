"""Events to the broker, at once or at a steady rate, and the times of what comes back."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from streams.record import Outgoing

FLUSH_S: Final = 60.0
TICK_S: Final = 0.002
"""The paced producer sends what is due this often."""
LINGER_MS: Final = 10
"""How long the producer gathers events; part of the latency. The embedded broker needs some 0.2 ms
of processor time a produce request, whatever is in it."""
BATCH: Final = 5_000
PARTITIONS_TIMEOUT_S: Final = 10.0


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
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker,
                "group.id": "tidegate-bench-watcher",
                "log_level": 0,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        self._start = dict.fromkeys(partitions_of(self._consumer, topic), OFFSET_BEGINNING)

    def skip(self) -> None:
        """Forgets what the topic holds now: only later records are read."""
        self._start = true_ends(self._consumer, self._topic)

    def read(self) -> list[Answered]:
        """Gives every record since the start or the last `skip`."""
        found: list[Answered] = []
        _read(self._consumer, self._topic, self._start, found)
        return found

    def wait_until_quiet(
        self, *, quiet_s: float, limit_s: float, on_arrival: Callable[[], None]
    ) -> None:
        """Blocks until one partition, a sample of all, has had no record for `quiet_s`.

        So the drain is hardly disturbed. Calls `on_arrival` soon after records arrived there.
        Raises BenchFailed after the limit.
        """
        self._consumer.assign([TopicPartition(self._topic, 0, self._start[0])])
        deadline = time.monotonic() + limit_s
        moved = time.monotonic()
        while time.monotonic() - moved < quiet_s:
            if any(m.error() is None for m in self._consumer.consume(BATCH, 0.2)):
                moved = time.monotonic()
                on_arrival()
            if moved > deadline:
                message = f"verdicts still arrive after {limit_s:.0f} s"
                raise BenchFailed(message)
        self._consumer.unassign()

    def close(self) -> None:
        """Closes the connection."""
        self._consumer.close()


def partitions_of(consumer: Consumer, topic: str) -> list[int]:
    """Gives the partition numbers of a topic."""
    described = consumer.list_topics(topic, timeout=PARTITIONS_TIMEOUT_S)
    return sorted(described.topics[topic].partitions)


def true_ends(consumer: Consumer, topic: str) -> dict[int, int]:
    """Gives each partition's end. The consumer must report the ends of partitions.

    Tansu's ListOffsets(latest) gives the beginning of the last batch plus one; only a read to the
    end tells the truth there.
    """
    start = {}
    for number in partitions_of(consumer, topic):
        place = TopicPartition(topic, number)
        start[number] = consumer.get_watermark_offsets(place, timeout=PARTITIONS_TIMEOUT_S)[1]
    return _read(consumer, topic, start, [])


def _read(
    consumer: Consumer, topic: str, start: Mapping[int, int], found: list[Answered]
) -> dict[int, int]:
    """Reads every partition from `start` into `found`; gives where each ends."""
    consumer.assign([TopicPartition(topic, number, at) for number, at in start.items()])
    ends: dict[int, int] = {}
    while len(ends) < len(start):
        for message in consumer.consume(BATCH, 1.0):
            error = message.error()
            if error is None:
                found.append(Answered(message.timestamp()[1], _source(message)))
            elif error.code() == KafkaError._PARTITION_EOF:
                ends[message.partition() or 0] = message.offset() or 0
            else:
                raise BenchFailed(error.str())
    consumer.unassign()
    return ends


def _source(message: Message) -> Source | None:
    headers = message.headers() or []
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for name, value in pairs:
        if name == names.SOURCE and value is not None:
            return names.parse_source(value if isinstance(value, bytes) else value.encode())
    return None
