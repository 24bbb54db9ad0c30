"""A Kafka record as plain values, the same from Faust, confluent-kafka and offline files."""

from msgspec import Struct

from schemas.records import Source

Headers = tuple[tuple[str, bytes | None], ...]


class Record(Struct, frozen=True, kw_only=True):
    """A record read from Kafka. `timestamp_ms` is the broker's or producer's, in Unix time."""

    source: Source
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0


class Outgoing(Struct, frozen=True, kw_only=True):
    """A record to be written; the partition follows from the key where none is told."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


def header(headers: Headers, name: str) -> bytes | None:
    """Gives the last value under `name` (Kafka allows several), or None."""
    for key, value in reversed(headers):
        if key == name:
            return value
    return None
