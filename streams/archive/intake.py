"""From Kafka records to blocks for the archive. Pure: no Kafka, no ClickHouse, no clock."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from schemas import headers as names
from schemas.campaigns import Campaign
from schemas.records import DeadLetter, HumanLabel, Source
from schemas.topics import CAMPAIGNS, DLQ_TOPICS, HUMAN_LABELS, VERDICTS
from schemas.verdicts import Verdict
from streams import dlq
from streams.archive.archive import Archive, ArchivedVerdict, ArchiveRejected, Rows
from streams.archive.private import redacted_label, redacted_letter
from streams.record import Record, header

TOPICS: Final = (
    VERDICTS.name,
    HUMAN_LABELS.name,
    CAMPAIGNS.name,
    *(topic.name for topic in DLQ_TOPICS),
)
"""The topics that are archived."""
Payload = ArchivedVerdict | DeadLetter | HumanLabel | Campaign | None
"""What is archived; nothing of a campaign that is taken out of its topic."""
Partition = tuple[str, int]

_DLQ_NAMES: Final = frozenset(topic.name for topic in DLQ_TOPICS)
_VERDICT: Final = msgspec.json.Decoder(Verdict)
_CAMPAIGN: Final = msgspec.json.Decoder(Campaign)
_LABEL: Final = msgspec.json.Decoder(HumanLabel)


class RecordInvalid(ValueError):
    """A record of an archived topic is not what the topic holds."""


class Entry(Struct, frozen=True):
    """A record and what it says; `payload` is an error when it could not be read."""

    record: Record
    payload: Payload | RecordInvalid


class Poison(Struct, frozen=True):
    """A record that cannot be archived, at which stage, and why."""

    record: Record
    stage: str
    error: Exception


def read(record: Record) -> Entry:
    """Decodes a record of one of `TOPICS`; never raises, whatever the bytes."""
    try:
        return Entry(record, _payload(record))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Entry(record, RecordInvalid(str(error)))


def _payload(record: Record) -> Payload:
    topic = record.source.topic
    if topic in _DLQ_NAMES:
        return redacted_letter(dlq.exhume(record))
    if topic == CAMPAIGNS.name:
        return None if record.value is None else _CAMPAIGN.decode(record.value)
    if record.value is None:
        message = "no value"
        raise RecordInvalid(message)
    if topic == HUMAN_LABELS.name:
        return redacted_label(_LABEL.decode(record.value))
    return ArchivedVerdict(
        verdict=_VERDICT.decode(record.value), source=_source(header(record.headers, names.SOURCE))
    )


def _source(place: bytes | None) -> Source | None:
    """A verdict without its record's place, or with a broken one, is a verdict all the same."""
    try:
        return names.parse_source(place) if place is not None else None
    except ValueError:
        return None


class Collector:
    """Entries not yet committed, up to a number of records, of bytes, and an age."""

    def __init__(self, *, max_records: int, max_bytes: int, max_wait_s: float) -> None:
        """Starts empty."""
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._max_wait_s = max_wait_s
        self._entries: list[Entry] = []
        self._n_bytes = 0
        self._since_s = 0.0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, in the order of arrival."""
        return tuple(self._entries)

    @property
    def room(self) -> int:
        """How many more records fit."""
        return max(self._max_records - len(self._entries), 0)

    def add(self, entry: Entry, *, now_s: float) -> None:
        """Takes an entry; the first one starts the waiting time."""
        if not self._entries:
            self._since_s = now_s
        self._entries.append(entry)
        self._n_bytes += n_bytes(entry.record)

    def is_due(self, *, now_s: float) -> bool:
        """Says whether it is to be written now: it is full, or the oldest has waited enough."""
        if not self._entries:
            return False
        is_full = len(self._entries) >= self._max_records or self._n_bytes >= self._max_bytes
        return is_full or now_s - self._since_s >= self._max_wait_s

    def drop(self, partitions: Iterable[Partition]) -> int:
        """Forgets the entries of partitions that are somebody else's now; gives how many."""
        gone = frozenset(partitions)
        kept = [entry for entry in self._entries if partition_of(entry.record) not in gone]
        n_dropped = len(self._entries) - len(kept)
        self._keep(kept)
        return n_dropped

    def _keep(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._n_bytes = sum(n_bytes(entry.record) for entry in entries)

    def held(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Gives those of `entries` that are still here."""
        if entries == self.entries:
            return entries
        here = {entry.record.source for entry in self._entries}
        return tuple(entry for entry in entries if entry.record.source in here)

    def forget(self, entries: tuple[Entry, ...]) -> None:
        """Forgets entries, once written and committed."""
        gone = {entry.record.source for entry in entries}
        self._keep([entry for entry in self._entries if entry.record.source not in gone])


def n_bytes(record: Record) -> int:
    """Gives the bytes that a record holds."""
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers


def partition_of(record: Record) -> Partition:
    """Gives the topic and partition of a record."""
    return record.source.topic, record.source.partition


def next_offsets(entries: Iterable[Entry]) -> dict[Partition, int]:
    """Gives the offsets to commit once `entries` are stored: one past the last of each."""
    offsets: dict[Partition, int] = {}
    for entry in entries:
        place = partition_of(entry.record)
        offsets[place] = max(offsets.get(place, 0), entry.record.source.offset + 1)
    return offsets


def token_of(entries: Sequence[Entry]) -> str:
    """Gives the deduplication token of a block: of its records' places and bytes."""
    digest = hashlib.sha256()
    for entry in entries:
        source = entry.record.source
        place = f"{source.topic}/{source.partition}/{source.offset}/{entry.record.timestamp_ms}"
        digest.update(place.encode())
        digest.update(entry.record.value or b"")
    return digest.hexdigest()


def rows_of(entries: Iterable[Entry]) -> Rows:
    """Gives the readable entries as rows."""
    payloads = [entry.payload for entry in entries]
    return Rows(
        verdicts=tuple(row for row in payloads if isinstance(row, ArchivedVerdict)),
        dead_letters=tuple(row for row in payloads if isinstance(row, DeadLetter)),
        labels=tuple(row for row in payloads if isinstance(row, HumanLabel)),
        campaigns=tuple(row for row in payloads if isinstance(row, Campaign)),
    )


def store(archive: Archive, entries: Sequence[Entry]) -> tuple[Poison, ...]:
    """Writes entries and gives those that could not be archived: unreadable, or rejected.

    A block that the archive rejects is halved until the records at fault stand alone. Raises
    ArchiveUnavailable; then any part may have been stored, and all are to be stored again.
    """
    unreadable = tuple(
        Poison(entry.record, "decode", entry.payload)
        for entry in entries
        if isinstance(entry.payload, RecordInvalid)
    )
    readable = [entry for entry in entries if not isinstance(entry.payload, RecordInvalid)]
    return unreadable + _store(archive, readable)


def _store(archive: Archive, entries: Sequence[Entry]) -> tuple[Poison, ...]:
    if not entries:
        return ()
    try:
        archive.write(rows_of(entries), token=token_of(entries))
    except ArchiveRejected as error:
        if len(entries) == 1:
            return (Poison(entries[0].record, "archive", error),)
        middle = len(entries) // 2
        return _store(archive, entries[:middle]) + _store(archive, entries[middle:])
    return ()
