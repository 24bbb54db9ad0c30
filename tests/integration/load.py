"""Traffic for tests: records of all products, and what must become of each."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Literal
from uuid import uuid4

from confluent_kafka import KafkaError, Message, Producer
from msgspec import Struct

from schemas.records import Source
from streams.demo.traffic import generate
from streams.record import Outgoing

Kind = Literal["verdict", "dead_letter", "filtered"]
Codec = Literal["none", "gzip", "snappy", "lz4", "zstd"]

LARGEST_BYTES = 16 << 20
DELIVERY_LIMIT_MS = 120_000
TRANSACTION_LIMIT_S = 60.0


class Sample(Struct, frozen=True):
    """A record to produce and the answer it must get."""

    record: Outgoing
    kind: Kind = "verdict"


class Sent(Struct, frozen=True):
    """A record that the broker has, and the answer it must get."""

    source: Source
    record: Outgoing
    kind: Kind


def traffic(n: int, *, seed: int) -> Iterator[Sample]:
    """Gives the demo's traffic: four products, a record in a hundred broken or a tombstone."""
    for sample in generate(n, seed=seed, now=datetime.now(UTC)):
        is_broken = sample.truth.startswith("broken:")
        kind: Kind = "dead_letter" if is_broken else "verdict"
        yield Sample(sample.record, "filtered" if sample.truth == "broken:tombstone" else kind)


class Load(threading.Thread):
    """Produces in the background: `burst` samples at once, the others at `rate_hz`.

    With `per_transaction` in transactions of so many samples each.
    """

    def __init__(
        self,
        bootstrap: str,
        samples: Iterable[Sample],
        *,
        burst: int = 1_000_000,
        rate_hz: float = 1_000.0,
        codec: Codec = "none",
        per_transaction: int = 0,
    ) -> None:
        super().__init__(name="load", daemon=True)
        self._samples = samples
        self._per_transaction = per_transaction
        self._burst, self._rate_hz = burst, rate_hz
        self._sent: list[Sent] = []
        self._failures: list[str] = []
        transactional: dict[str, str | int] = {}
        if per_transaction:
            transactional |= {"transactional.id": f"test-{uuid4()}"}
            transactional |= {"transaction.timeout.ms": DELIVERY_LIMIT_MS}
        self._producer = Producer(
            {
                **transactional,
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "compression.type": codec,
                "partitioner": "murmur2_random",
                "message.max.bytes": LARGEST_BYTES,
                "delivery.timeout.ms": DELIVERY_LIMIT_MS,
                "linger.ms": 5,
                "log_level": 0,
            }
        )

    def run(self) -> None:
        began = time.monotonic()
        if self._per_transaction:
            self._producer.init_transactions(TRANSACTION_LIMIT_S)
        for number, sample in enumerate(self._samples):
            if self._per_transaction and number % self._per_transaction == 0:
                if number:
                    self._producer.commit_transaction(TRANSACTION_LIMIT_S)
                self._producer.begin_transaction()
            due_s = began + max(0, number - self._burst) / self._rate_hz
            while (early_s := due_s - time.monotonic()) > 0:
                self._producer.poll(min(early_s, 0.1))
            self._produce(sample)
        if self._per_transaction:
            self._producer.commit_transaction(TRANSACTION_LIMIT_S)
        self._producer.flush(120)

    def _produce(self, sample: Sample) -> None:
        record = sample.record
        while True:
            try:
                self._producer.produce(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    on_delivery=partial(self._note, sample),
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return

    def _note(self, sample: Sample, error: KafkaError | None, message: Message) -> None:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if error is not None or topic is None or partition is None or offset is None:
            self._failures.append(str(error))
            return
        source = Source(topic=topic, partition=partition, offset=offset)
        self._sent.append(Sent(source, sample.record, sample.kind))

    @property
    def n_sent(self) -> int:
        return len(self._sent)

    def finish(self) -> Sequence[Sent]:
        """Waits until all is produced and gives it; fails if the broker refused anything."""
        self.join(300)
        assert not self.is_alive()
        assert self._failures == []
        return self._sent

    def refusals(self) -> Sequence[str]:
        """Waits until all is produced and gives the broker's errors."""
        self.join(300)
        return self._failures


def send(
    bootstrap: str,
    samples: Iterable[Sample],
    *,
    codec: Codec = "none",
    per_transaction: int = 0,
) -> Sequence[Sent]:
    """Produces all samples and returns once the broker has them."""
    load = Load(bootstrap, samples, codec=codec, per_transaction=per_transaction)
    load.start()
    return load.finish()
