"""Kafka header names, and the source coordinates that tie each output to the record it answers.

CloudEvents headers follow the Kafka protocol binding of CloudEvents 1.0 (binary mode); error
headers follow Kafka Connect's dead letter queues (KIP-298), so that existing tools read them.
"""

import re
from typing import Final

from schemas.records import Source

SCHEMA: Final = "schema"
VERSION: Final = "version"
TRACEPARENT: Final = "traceparent"
CE_ID: Final = "ce_id"
CE_SOURCE: Final = "ce_source"
CE_TYPE: Final = "ce_type"
CE_TIME: Final = "ce_time"
CE_SPECVERSION: Final = "ce_specversion"
SOURCE: Final = "tidegate_source"
"""`topic/partition/offset` of the record that an output answers."""

ERROR_TOPIC: Final = "__connect.errors.topic"
ERROR_PARTITION: Final = "__connect.errors.partition"
ERROR_OFFSET: Final = "__connect.errors.offset"
ERROR_STAGE: Final = "__connect.errors.stage"
ERROR_CLASS: Final = "__connect.errors.exception.class.name"
ERROR_MESSAGE: Final = "__connect.errors.exception.message"
ERROR_TIME: Final = "tidegate_failed_at"

TRUNCATED_BYTES: Final = "tidegate_truncated_bytes"
"""Length of the original value, of which a dead letter holds only the beginning."""
VALUE_SHA256: Final = "tidegate_value_sha256"
"""SHA-256 of the whole original value, hexadecimal; beside `TRUNCATED_BYTES`."""
TRUNCATED_KEY_BYTES: Final = "tidegate_truncated_key_bytes"
"""Length of the original key, of which a dead letter holds only the beginning."""
DROPPED_HEADERS: Final = "tidegate_dropped_headers"
"""How many headers the original had, which a dead letter left out for their size."""
REDACTED: Final = "tidegate_redacted"
"""Only on the archive's copy of a dead letter: in which of its key, value, headers and message
placeholders stand for what is private, comma-separated."""

_SOURCE: Final = re.compile(rb"([a-zA-Z0-9._-]{1,249})/([0-9]{1,10})/([0-9]{1,19})")
_MAX_PARTITION: Final = 2**31 - 1
_MAX_OFFSET: Final = 2**63 - 1


def format_source(source: Source) -> bytes:
    """Gives the `SOURCE` header's value; topic names cannot hold a slash."""
    return f"{source.topic}/{source.partition}/{source.offset}".encode()


def parse_source(header: bytes) -> Source:
    """Reads a `SOURCE` header. Raises ValueError when it is not one."""
    match = _SOURCE.fullmatch(header)
    if match is None:
        message = f"{header[:100]!r} is not topic/partition/offset"
        raise ValueError(message)
    source = Source(topic=match[1].decode(), partition=int(match[2]), offset=int(match[3]))
    if source.partition > _MAX_PARTITION or source.offset > _MAX_OFFSET:
        message = f"{header[:100]!r} lies beyond what Kafka counts"
        raise ValueError(message)
    return source
