"""Publishing: an idempotent Kafka producer that returns when the broker has everything."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.topics import ALL_TOPICS
from streams import metrics
from streams.record import Outgoing

MAX_MESSAGE_BYTES: Final = max(topic.max_message_bytes for topic in ALL_TOPICS)


class DeliveryFailed(RuntimeError):
    """The broker did not acknowledge every record; which ones arrived is not known."""


class Publisher:
    """An idempotent producer. `publish` may be called from several threads, one batch at a time."""

    def __init__(self, broker: str, *, client_id: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._failed: list[str] = []
        self._lock = threading.Lock()
        self._producer = Producer(
            {
                "bootstrap.servers": broker,
                "client.id": client_id,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 2,
                "message.max.bytes": MAX_MESSAGE_BYTES,
                "queue.buffering.max.messages": 200_000,
                "delivery.timeout.ms": int(timeout_s * 1000),
                # A broker that shut down in order leaves partitions without a leader, and then
                # librdkafka may not look for one before its next refresh, by default in 5 minutes.
                "topic.metadata.refresh.interval.ms": 3_000,
                "reconnect.backoff.max.ms": 1_000,
                # Java's partitioner, so that keys meet whatever client wrote them.
                "partitioner": "murmur2_random",
                # Python hears of failures alone: flush() tells that the rest has arrived.
                "delivery.report.only.error": True,
                "on_delivery": self._note,
            },
            logger=logging.getLogger("librdkafka.producer"),
        )

    def publish(
        self, batch: Sequence[Outgoing], changes: Callable[[], Sequence[Outgoing]] | None = None
    ) -> None:
        """Writes a batch and returns once the broker has acknowledged all of it.

        `changes` gives what must be there before: it is written and acknowledged first. It is asked
        when nothing else is being written, so states are written in the order in which they are
        read.

        Blocks, at most about twice the timeout. Raises DeliveryFailed; then any part of the batch
        may have been written, and publishing it again is right: ids are deterministic.
        """
        with self._lock, metrics.PUBLISH_SECONDS.time():
            if changes is not None:
                self._write(changes())
            self._write(batch)

    def _write(self, batch: Sequence[Outgoing]) -> None:
        self._failed.clear()
        for outgoing in batch:
            self._produce(outgoing)
        n_left = self._producer.flush(self._timeout_s)
        if n_left or self._failed:
            reason = self._failed[0] if self._failed else f"{n_left} without an answer"
            message = f"{len(self._failed) or n_left} of {len(batch)} not delivered: {reason}"
            raise DeliveryFailed(message)

    def _produce(self, outgoing: Outgoing) -> None:
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                self._producer.produce(
                    outgoing.topic,
                    value=outgoing.value,
                    key=outgoing.key,
                    headers=list(outgoing.headers),
                    partition=-1 if outgoing.partition is None else outgoing.partition,
                )
            except BufferError:
                if time.monotonic() > deadline:
                    message = "the producer's queue stayed full"
                    raise DeliveryFailed(message) from None
                self._producer.poll(0.05)
            except KafkaException as error:
                message = f"{outgoing.topic}: {error}"
                raise DeliveryFailed(message) from error
            else:
                return

    def _note(self, error: KafkaError | None, record: Message) -> None:
        if error is not None:
            self._failed.append(f"{record.topic()}: {error.str()}")
