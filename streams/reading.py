"""Reading topics outside any consumer group: all there is now, or onwards as it arrives."""

import time
from collections.abc import Iterator, Sequence
from operator import methodcaller
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as KafkaMessage

from schemas.records import Source
from streams.record import Headers, Record
from streams.topic_admin import BrokerUnavailable

TIMEOUT_S: Final = 10.0
BATCH: Final = 2_000
GATHER_S: Final = 0.1
"""How long a read gathers: confluent-kafka waits for a whole batch or so long."""
UNREADABLE_HEADERS: Final = "tidegate_unreadable_headers"
"""Stands for a record's headers where the name of one is not UTF-8: confluent-kafka gives none."""

Partition = tuple[str, int]


class ReadingStalled(RuntimeError):
    """The broker stopped answering before the end of what was to be read."""


def open_reader(broker: str, *, group: str = "tidegate-reader") -> Consumer:
    """Gives a consumer that never commits; `group` only matters to look up commits."""
    return Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 4 << 20,
            # A log's end is only said once a fetch that found nothing is answered.
            "fetch.wait.max.ms": 100,
            "log_level": 0,
        }
    )


def partitions_of(reader: Consumer, topics: Sequence[str]) -> list[TopicPartition]:
    """Gives every partition of the topics that exist. Raises BrokerUnavailable."""
    try:
        metadata = reader.list_topics(timeout=TIMEOUT_S)
    except KafkaException as error:
        message = f"no Kafka broker answers: {error.args[0].str()}"
        raise BrokerUnavailable(message) from error
    return [
        TopicPartition(name, number)
        for name in topics
        if name in metadata.topics
        for number in sorted(metadata.topics[name].partitions)
    ]


def read_to_end(reader: Consumer, topics: Sequence[str]) -> Iterator[Record]:
    """Gives every record that the topics hold, in order within a partition, up to their ends.

    Raises BrokerUnavailable, or ReadingStalled when nothing arrives for the time-out.
    """
    start = partitions_of(reader, topics)
    for partition in start:
        partition.offset = OFFSET_BEGINNING
    yield from read_from(reader, start)


def log_ends(reader: Consumer, partitions: Sequence[TopicPartition]) -> dict[Partition, int]:
    """Gives the offset after the last record, or the marker, of each partition.

    The embedded broker answers a request for it with one after the *first* record of the last
    batch, so the last batch is read to its end. Raises ReadingStalled.
    """
    start = [
        TopicPartition(p.topic, p.partition, reader.get_watermark_offsets(p, timeout=TIMEOUT_S)[1])
        for p in partitions
    ]
    ends = {(p.topic, p.partition): p.offset for p in start}
    for record in read_from(reader, start):
        ends[record.source.topic, record.source.partition] = record.source.offset + 1
    return ends


def lag_of(broker: str, group: str, topics: Sequence[str]) -> int:
    """Gives how many records of the topics a consumer group has not committed yet.

    Raises BrokerUnavailable, ReadingStalled.
    """
    reader = open_reader(broker, group=group)
    try:
        partitions = partitions_of(reader, topics)
        ends = log_ends(reader, partitions)
        committed = reader.committed(partitions, timeout=TIMEOUT_S)
        return sum(
            lag_from(reader, (p.topic, p.partition), max(0, p.offset), ends[p.topic, p.partition])
            for p in committed
        )
    finally:
        reader.close()


def lag_from(reader: Consumer, place: Partition, offset: int, end: int) -> int:
    """Gives how far `offset` is behind the log's end; 0 where no record is left between them.

    A log may end in a transaction's marker, behind which no consumer of records commits.
    """
    if offset >= end or first_record_from(reader, place, offset) is None:
        return 0
    return end - offset


def first_record_from(reader: Consumer, place: Partition, offset: int) -> int | None:
    """Gives the offset of the first record at or after `offset`; None at the log's end.

    Not every offset holds a record: a transaction's marker takes one. Where the broker does not
    answer, a record is taken to be there.
    """
    reader.assign([TopicPartition(*place, offset)])
    message = reader.poll(TIMEOUT_S)
    reader.unassign()
    if message is None:
        return offset
    return None if _is_end(message) else message.offset()


def read_from(reader: Consumer, start: Sequence[TopicPartition]) -> Iterator[Record]:
    """Gives the records from where told, in order within a partition, up to the ends.

    Raises ReadingStalled.
    """
    left = {(partition.topic, partition.partition) for partition in start}
    reader.assign(list(start))
    heard_s = time.monotonic()
    while left:
        messages = reader.consume(BATCH, GATHER_S)
        if messages:
            heard_s = time.monotonic()
        elif time.monotonic() - heard_s > TIMEOUT_S:
            message = f"nothing arrived for {TIMEOUT_S:.0f} s with {len(left)} partitions left"
            raise ReadingStalled(message)
        for found in messages:
            place = (found.topic() or "", found.partition() or 0)
            if _is_end(found):
                left.discard(place)
            elif place in left:
                yield to_record(found)
    reader.unassign()


def _is_end(message: KafkaMessage) -> bool:
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF


def follow(reader: Consumer, topics: Sequence[str], *, from_start: bool) -> Iterator[Record | None]:
    """Gives records as they arrive, for ever; None now and then while none does."""
    partitions = partitions_of(reader, topics)
    ends = {} if from_start else log_ends(reader, partitions)
    for partition in partitions:
        partition.offset = ends.get((partition.topic, partition.partition), OFFSET_BEGINNING)
    reader.assign(partitions)
    while True:
        messages = [m for m in reader.consume(BATCH, GATHER_S) if not _is_end(m)]
        if not messages:
            yield None
        for message in messages:
            yield to_record(message)


def to_record(message: KafkaMessage) -> Record:
    """Gives a confluent-kafka message as a record. Raises KafkaException for an error event."""
    error: KafkaError | None = message.error()
    if error is not None:
        raise KafkaException(error)
    return Record(
        source=Source(
            topic=message.topic() or "",
            partition=message.partition() or 0,
            offset=message.offset() or 0,
        ),
        key=_bytes(message.key()),
        value=_bytes(message.value()),
        headers=_headers(message),
        timestamp_ms=max(0, message.timestamp()[1]),
    )


def _headers(message: KafkaMessage) -> Headers:
    try:
        found = _found_headers(message) or []
    except (SystemError, UnicodeDecodeError):
        return ((UNREADABLE_HEADERS, None),)
    pairs = found.items() if isinstance(found, dict) else found
    return tuple((str(name), _bytes(value)) for name, value in pairs)


_found_headers: Final = methodcaller("headers")
"""Calls `Message.headers`, which gives a list with holes *and* sets an error at such a name.

CPython looks for that in a call made from C. Where it has specialised a call in Python code it
does not: the error then comes up somewhere later, or the process dies at a hole.
"""


def _bytes(value: bytes | str | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
