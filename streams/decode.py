"""Decoding: from a Kafka record's bytes to a product event, or a named reason why not."""

from typing import Final, cast

import msgspec

from schemas import headers as names
from schemas.events import Event
from schemas.topics import PRODUCT_TOPICS, Topic
from streams.record import Record, header


class EventTooLarge(ValueError):
    """The record's value is longer than the limit."""


class SchemaMismatch(ValueError):
    """The record's headers name another schema or version than the topic's."""


class EventInvalid(ValueError):
    """The value is no JSON, or not the topic's event."""


FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2105
"""The last full year of ClickHouse's DateTime, in which partitions are counted."""

_DECODERS: Final = {
    topic.name: msgspec.json.Decoder(topic.payload)
    for topic in PRODUCT_TOPICS
    if topic.payload is not None
}


def decode(record: Record, topic: Topic, *, max_bytes: int) -> Event:
    """Gives the event in a record that has a value.

    Raises EventTooLarge, SchemaMismatch or EventInvalid; never anything else, whatever the bytes.
    """
    value = record.value or b""
    if len(value) > max_bytes:
        message = f"{len(value)} bytes, the limit is {max_bytes}"
        raise EventTooLarge(message)
    check_headers(record, topic)
    try:
        event = cast("Event", _DECODERS[topic.name].decode(value))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise EventInvalid(str(error)) from error
    _check_time(event)
    return event


def check_headers(record: Record, topic: Topic) -> None:
    """Headers are optional; where present they must agree with the topic. Raises SchemaMismatch."""
    for name, expected in ((names.SCHEMA, topic.schema), (names.VERSION, str(topic.version))):
        found = header(record.headers, name)
        if found is not None and found != expected.encode():
            message = f"header {name} is {found[:100]!r}, this topic carries {expected!r}"
            raise SchemaMismatch(message)


def _check_time(event: Event) -> None:
    """A time outside these years is a product's mistake, and no archive column holds it."""
    year = event.created_at.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"created_at lies in the year {year}, outside {FIRST_YEAR} to {LAST_YEAR}"
        raise EventInvalid(message)
