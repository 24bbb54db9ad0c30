"""Redriving: dead letters go back to the topic they came from, at least once."""

from datetime import UTC, datetime
from typing import Final

from confluent_kafka import Consumer, TopicPartition
from msgspec import Struct

from streams.dlq import exhume, revive
from streams.lanes import due, due_again
from streams.publisher import Publisher
from streams.reading import TIMEOUT_S, open_reader, partitions_of, read_to_end
from streams.record import Outgoing
from streams.settings import Settings

GROUP: Final = "tidegate-redrive"
"""Consumer group whose commits say up to where each DLQ partition was redriven."""
BATCH: Final = 500
DEFAULTS: Final = Settings()


class Redriven(Struct, frozen=True, kw_only=True):
    """What a redrive did: sent, skipped (sent earlier, or another error), not sendable."""

    n_sent: int
    n_skipped: int
    n_refused: int


def redrive(
    broker: str,
    dlq: str,
    error: str | None,
    publisher: Publisher | None,
    *,
    media_deadline_s: float = DEFAULTS.media_deadline_s,
) -> Redriven:
    """Sends the letters of one DLQ back and commits how far it came, batch by batch.

    `publisher` None only counts.
    With `error` only letters of that class are sent, and nothing is committed: other letters stay
    for later. A media task is due `media_deadline_s` from now: as written it would be long overdue.
    Raises BrokerUnavailable, DeliveryFailed, ReadingStalled.
    """
    reader = open_reader(broker, group=GROUP)
    try:
        partitions = partitions_of(reader, [dlq])
        done = {p.partition: p.offset for p in reader.committed(partitions, timeout=TIMEOUT_S)}
        batch: list[Outgoing] = []
        reached: dict[int, int] = {}
        n_sent = n_skipped = n_refused = 0
        for record in read_to_end(reader, [dlq]):
            is_old = record.source.offset < done.get(record.source.partition, -1)
            if is_old or (error is not None and exhume(record).error != error):
                n_skipped += 1
                continue
            reached[record.source.partition] = record.source.offset + 1
            try:
                batch.append(due_again(revive(record), due(datetime.now(UTC), media_deadline_s)))
            except ValueError:
                n_refused += 1
            if len(batch) >= BATCH:
                n_sent += _send(batch, publisher)
                _commit(reader, dlq, reached, is_wanted=publisher is not None and error is None)
        n_sent += _send(batch, publisher)
        _commit(reader, dlq, reached, is_wanted=publisher is not None and error is None)
        return Redriven(n_sent=n_sent, n_skipped=n_skipped, n_refused=n_refused)
    finally:
        reader.close()


def _send(batch: list[Outgoing], publisher: Publisher | None) -> int:
    n = len(batch)
    if publisher is not None and batch:
        publisher.publish(batch)
    batch.clear()
    return n


def _commit(reader: Consumer, dlq: str, reached: dict[int, int], *, is_wanted: bool) -> None:
    if not is_wanted:
        return
    offsets = [TopicPartition(dlq, number, offset) for number, offset in reached.items()]
    if offsets:
        reader.commit(offsets=offsets, asynchronous=False)
