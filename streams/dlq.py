"""Dead letters: wrapping a record that could not be judged, and reading one back.

A dead letter keeps the original key, value and headers and adds Kafka-Connect-style error headers.
Redriving strips those again, so a redriven record equals the original.
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from schemas import headers as names
from schemas.records import DeadLetter, Source
from streams.record import Outgoing, Record, header

ERROR_HEADERS = frozenset(
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
MAX_MESSAGE_CHARS = 1_000
"""Length at which an error message is cut, so that the headers stay small."""


def bury(record: Record, *, stage: str, error: Exception, now: datetime) -> Outgoing:
    """Gives the dead letter of `record`, for `<topic>.dlq`."""
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
    kept = tuple(pair for pair in record.headers if pair[0] not in ERROR_HEADERS)
    return Outgoing(
        topic=f"{source.topic}.dlq", key=record.key, value=record.value, headers=kept + added
    )


def exhume(record: Record) -> DeadLetter:
    """Reads a record of a DLQ topic. Missing or broken error headers give empty fields.

    The id depends on the original record's place alone: burying twice gives one dead letter.
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
    """Gives the original record of a dead letter, ready to be produced to its topic again."""
    letter = exhume(record)
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
    try:
        moment = datetime.fromisoformat(_text(record, names.ERROR_TIME))
    except ValueError:
        return datetime.fromtimestamp(record.timestamp_ms / 1000, tz=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
