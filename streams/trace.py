"""Trace context: the W3C `traceparent` carried from an event to its verdict.

An event without a valid one gets an id derived from its place in Kafka, so that a redelivered
event keeps its trace.
"""

import hashlib
import re
from typing import Final
from uuid import UUID

from schemas import headers as names
from streams.record import Record, header

_TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE: Final = b"0" * 32


def trace_id(record: Record) -> str:
    """Gives the trace id, 32 hexadecimal digits."""
    match = _TRACEPARENT.fullmatch(header(record.headers, names.TRACEPARENT) or b"")
    if match is not None and match[1] != _NO_TRACE:
        return match[1].decode()
    place = names.format_source(record.source)
    return hashlib.blake2b(place, digest_size=16).hexdigest()


def traceparent(trace: str, verdict_id: UUID) -> bytes:
    """Gives the verdict's `traceparent`; its span id comes from the verdict's id."""
    return f"00-{trace}-{verdict_id.hex[:16]}-01".encode()
