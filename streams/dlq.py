"""Dead letters: wrapping a record that could not be judged, and reading one back.

A dead letter keeps the original key, value and headers and adds Kafka-Connect-style error headers.
Redriving strips those again, so a redriven record equals the original. A record may be larger than
its DLQ takes (the broker's limit is on the compressed batch): then it is cut, and headers say so.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from schemas import headers as names
from schemas.records import DeadLetter, Source
from schemas.topics import BY_NAME, DLQ_TOPICS
from streams.record import Headers, Outgoing, Record, header

CUT_HEADERS: Final = frozenset(
    {
        names.TRUNCATED_BYTES,
        names.VALUE_SHA256,
        names.TRUNCATED_KEY_BYTES,
        names.DROPPED_HEADERS,
    }
)
"""Headers that say what of the original a dead letter does not hold."""

ERROR_HEADERS: Final = frozenset(
    {
        names.ERROR_TOPIC,
        names.ERROR_PARTITION,
        names.ERROR_OFFSET,
        names.ERROR_STAGE,
        names.ERROR_CLASS,
        names.ERROR_MESSAGE,
        names.ERROR_TIME,
        names.SOURCE,
    }
)
MAX_MESSAGE_CHARS: Final = 1_000
"""Length at which an error message is cut, so that the headers stay small."""

FRAME_BYTES: Final = 4_096
"""Left for Kafka's framing of the batch."""
MAX_LETTER_BYTES: Final = min(topic.max_message_bytes for topic in DLQ_TOPICS) - FRAME_BYTES
"""Most bytes of key, value and headers together that every DLQ takes."""
MAX_KEY_BYTES: Final = 64 << 10
MAX_HEADERS_BYTES: Final = 128 << 10
"""Most bytes of original headers; above it none is kept."""
HEADER_FRAME_BYTES: Final = 10
"""Most bytes that Kafka adds to a header: two lengths, as variable-length integers."""


class LetterIncomplete(ValueError):
    """A dead letter does not hold its whole original record, so it cannot be redriven."""


class LetterMisplaced(ValueError):
    """A record of a DLQ does not say that it came from that DLQ's topic."""


def bury(record: Record, *, stage: str, error: Exception, now: datetime) -> Outgoing:
    """Gives the dead letter of `record`, for `<topic>.dlq`, at most `letter_bytes` large.

    What does not fit is cut: the value keeps its first bytes, a key over `MAX_KEY_BYTES` too, and
    headers over `MAX_HEADERS_BYTES` are left out altogether. `CUT_HEADERS` tell of it.
    """
    source = record.source
    added = (
        (names.ERROR_TOPIC, source.topic.encode()),
        (names.ERROR_PARTITION, str(source.partition).encode()),
        (names.ERROR_OFFSET, str(source.offset).encode()),
        (names.ERROR_STAGE, stage.encode()),
        (names.ERROR_CLASS, type(error).__name__.encode()),
        (names.ERROR_MESSAGE, str(error)[:MAX_MESSAGE_CHARS].encode(errors="replace")),
        (names.ERROR_TIME, now.isoformat().encode()),
        (names.SOURCE, names.format_source(source)),
    )
    ours = ERROR_HEADERS | CUT_HEADERS
    kept: Headers = tuple(pair for pair in record.headers if pair[0] not in ours)
    if header_bytes(kept) > MAX_HEADERS_BYTES:
        kept = ((names.DROPPED_HEADERS, str(len(kept)).encode()),)
    key = record.key
    if key is not None and len(key) > MAX_KEY_BYTES:
        kept += ((names.TRUNCATED_KEY_BYTES, str(len(key)).encode()),)
        key = key[:MAX_KEY_BYTES]
    value = record.value
    room = letter_bytes(source.topic) - header_bytes(kept + added) - len(key or b"")
    if value is not None and len(value) > room:
        notes: Headers = (
            (names.TRUNCATED_BYTES, str(len(value)).encode()),
            (names.VALUE_SHA256, hashlib.sha256(value).hexdigest().encode()),
        )
        kept += notes
        value = value[: room - header_bytes(notes)]
    return Outgoing(topic=f"{source.topic}.dlq", key=key, value=value, headers=kept + added)


def letter_bytes(topic: str) -> int:
    """Gives the most bytes of key, value and headers together in the DLQ of a topic."""
    dlq = BY_NAME.get(f"{topic}.dlq")
    return MAX_LETTER_BYTES if dlq is None else dlq.max_message_bytes - FRAME_BYTES


def header_bytes(headers: Headers) -> int:
    """Gives the bytes that headers take in a record, at most."""
    return sum(
        len(name.encode(errors="replace")) + len(value or b"") + HEADER_FRAME_BYTES
        for name, value in headers
    )


def exhume(record: Record) -> DeadLetter:
    """Reads a record of a DLQ topic. Missing or broken error headers give empty fields.

    The id depends on the original record's place alone: burying twice gives one dead letter.
    `headers` are the original's, and those of `CUT_HEADERS` where something was cut.
    """
    source = _original_source(record)
    place = f"{source.topic}/{source.partition}/{source.offset}"
    return DeadLetter(
        dead_letter_id=str(uuid5(NAMESPACE_URL, f"tidegate:dead-letter:{place}")),
        source=source,
        stage=_text(record, names.ERROR_STAGE),
        error=_text(record, names.ERROR_CLASS),
        message=_text(record, names.ERROR_MESSAGE),
        key=record.key,
        value=record.value,
        headers=tuple(pair for pair in record.headers if pair[0] not in ERROR_HEADERS),
        failed_at=_failed_at(record),
    )


def revive(record: Record) -> Outgoing:
    """Gives the original record of a dead letter, ready to be produced to its topic again.

    Raises LetterIncomplete when something was cut, LetterMisplaced when the record does not name
    a place in the topic that its DLQ belongs to.
    """
    letter = exhume(record)
    if f"{letter.source.topic}.dlq" != record.source.topic:
        message = f"a record of {record.source.topic} names {letter.source.topic} as its origin"
        raise LetterMisplaced(message)
    cut = sorted({name for name, _ in letter.headers} & CUT_HEADERS)
    if cut:
        message = f"the dead letter is not the whole record: {', '.join(cut)}"
        raise LetterIncomplete(message)
    return Outgoing(
        topic=letter.source.topic, key=letter.key, value=letter.value, headers=letter.headers
    )


def _text(record: Record, name: str) -> str:
    return (header(record.headers, name) or b"").decode(errors="replace")


def _original_source(record: Record) -> Source:
    try:
        return names.parse_source(header(record.headers, names.SOURCE) or b"")
    except ValueError:
        return record.source


def _failed_at(record: Record) -> datetime:
    """The time in the header, else the record's; else the beginning of Unix time."""
    try:
        moment = datetime.fromisoformat(_text(record, names.ERROR_TIME))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromtimestamp(record.timestamp_ms / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, tz=UTC)
