"""Reading topics outside any consumer group: all there is now, or onwards as it arrives."""

from collections.abc import Iterator, Sequence
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as KafkaMessage

from schemas.records import Source
from streams.record import Record
from streams.topic_admin import BrokerUnavailable

TIMEOUT_S: Final = 10.0
BATCH: Final = 2_000


class ReadingStalled(RuntimeError):
    """The broker stopped answering before the end of what was to be read."""


def open_reader(broker: str, *, group: str = "tidegate-reader") -> Consumer:
    """Gives a consumer that never commits; `group` only matters to look up commits."""
    return Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 4 << 20,
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
    """Gives every record that the topics hold at this moment, in order within a partition.

    Raises BrokerUnavailable, or ReadingStalled when nothing arrives for the time-out.
    """
    left: dict[tuple[str, int], int] = {}
    start = []
    for partition in partitions_of(reader, topics):
        low, high = reader.get_watermark_offsets(partition, timeout=TIMEOUT_S)
        if high > low:
            left[partition.topic, partition.partition] = high
            start.append(TopicPartition(partition.topic, partition.partition, OFFSET_BEGINNING))
    reader.assign(start)
    while left:
        messages = reader.consume(BATCH, TIMEOUT_S)
        if not messages:
            left = _unread(reader, left)
            if left:
                message = f"nothing arrived for {TIMEOUT_S:.0f} s with {len(left)} partitions left"
                raise ReadingStalled(message)
        for message_ in messages:
            record = to_record(message_)
            place = (record.source.topic, record.source.partition)
            if place in left:
                if record.source.offset < left[place]:
                    yield record
                if record.source.offset >= left[place] - 1:
                    del left[place]
    reader.unassign()


def _unread(reader: Consumer, left: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """Leaves out partitions read to their end: a log may end in offsets that are no records."""
    wanted = [TopicPartition(topic, number) for topic, number in left]
    positions = {(p.topic, p.partition): p.offset for p in reader.position(wanted)}
    return {place: end for place, end in left.items() if positions.get(place, -1) < end}


def follow(reader: Consumer, topics: Sequence[str], *, from_start: bool) -> Iterator[Record | None]:
    """Gives records as they arrive, for ever; None each half second in which none did."""
    partitions = partitions_of(reader, topics)
    for partition in partitions:
        low, high = reader.get_watermark_offsets(partition, timeout=TIMEOUT_S)
        partition.offset = low if from_start else high
    reader.assign(partitions)
    while True:
        messages = reader.consume(BATCH, 0.5)
        if not messages:
            yield None
        for message in messages:
            yield to_record(message)


def to_record(message: KafkaMessage) -> Record:
    """Gives a confluent-kafka message as a record. Raises KafkaException for an error event."""
    error: KafkaError | None = message.error()
    if error is not None:
        raise KafkaException(error)
    headers = message.headers() or []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Record(
        source=Source(
            topic=message.topic() or "",
            partition=message.partition() or 0,
            offset=message.offset() or 0,
        ),
        key=_bytes(message.key()),
        value=_bytes(message.value()),
        headers=tuple((str(name), _bytes(value)) for name, value in pairs),
        timestamp_ms=max(0, message.timestamp()[1]),
    )


def _bytes(value: bytes | str | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
