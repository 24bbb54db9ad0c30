"""Loss accounting: consumed = verdicts + dead letters + filtered, per topic and partition.

A record counts as consumed when its group, the workers' or a media lane's, has committed past it.
Each output names in a header the record that it answers, so the audit sees not only that the sums
agree but which record has no answer. Redelivery may answer a record twice; that is counted and no
gap.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient
from msgspec import Struct

from schemas import headers as names
from schemas.topics import FILTERED, VERDICTS, Topic, dlq_of
from streams.lanes import Lane, chosen, group_of
from streams.reading import (
    TIMEOUT_S,
    Partition,
    first_record_from,
    lag_from,
    log_ends,
    open_reader,
    partitions_of,
    read_to_end,
)
from streams.record import Record, header
from streams.settings import Settings, product_topics
from streams.topic_admin import require_topics

VERDICT: Final = 1
DEAD_LETTER: Final = 2
FILTER: Final = 3

MAX_SHOWN: Final = 20
"""Offsets without an answer that a report lists, a partition."""


class PartitionBalance(Struct, frozen=True, kw_only=True):
    """The account of one partition of a product topic or a media lane's.

    `n_unanswered` records were consumed without an answer: the loss. `n_repeated` answers came
    again after a redelivery. `lag` records are not consumed yet.
    """

    topic: str
    partition: int
    n_consumed: int
    n_verdicts: int
    n_dead_letters: int
    n_filtered: int
    n_unanswered: int
    n_repeated: int
    lag: int
    unanswered: tuple[int, ...] = ()


class Balance(Struct, frozen=True, kw_only=True):
    """The account of the audited topics."""

    partitions: tuple[PartitionBalance, ...]

    @property
    def is_balanced(self) -> bool:
        """Tells whether every consumed record has an answer."""
        return all(entry.n_unanswered == 0 for entry in self.partitions)


class GroupUnknown(RuntimeError):
    """The group has committed nothing though there are records: nothing can be said of it."""


class Ledger:
    """Notes which offsets of one partition have an answer: one byte a record."""

    def __init__(self, low: int, consumed_to: int) -> None:
        self.low = low
        self.consumed_to = consumed_to
        self._kinds = bytearray(max(0, consumed_to - low))
        self.n_repeated = 0

    def note(self, offset: int, kind: int) -> None:
        """Takes an answer; those outside the consumed range are none of the account's."""
        i = offset - self.low
        if 0 <= i < len(self._kinds):
            self.n_repeated += self._kinds[i] != 0
            self._kinds[i] = self._kinds[i] or kind

    def count(self, kind: int) -> int:
        """Gives the number of records whose first answer is of that kind."""
        return self._kinds.count(kind)

    def unanswered(self) -> Iterator[int]:
        """Gives the consumed offsets without an answer."""
        i = self._kinds.find(0)
        while i >= 0:
            yield self.low + i
            i = self._kinds.find(0, i + 1)

    def balance(
        self, topic: str, partition: int, lost: Sequence[int], lag: int
    ) -> PartitionBalance:
        """Gives the account; `lost` are the offsets without an answer that do hold a record."""
        n_verdicts, n_dead = self.count(VERDICT), self.count(DEAD_LETTER)
        n_filtered = self.count(FILTER)
        return PartitionBalance(
            topic=topic,
            partition=partition,
            n_consumed=n_verdicts + n_dead + n_filtered + len(lost),
            n_verdicts=n_verdicts,
            n_dead_letters=n_dead,
            n_filtered=n_filtered,
            n_unanswered=len(lost),
            n_repeated=self.n_repeated,
            lag=lag,
            unanswered=tuple(lost[:MAX_SHOWN]),
        )


def audit_loss(settings: Settings) -> Balance:
    """Reads the broker and balances the books. Takes as long as reading every output takes.

    Of the product topics, those that the settings name are audited, for the settings' group; and
    the topics of the media lanes that the settings name, for theirs.
    Raises BrokerUnavailable, TopicsMissing, GroupUnknown, ReadingStalled, SettingsInvalid.
    """
    topics = product_topics(settings)
    lanes = chosen(settings)
    every = (*topics, *(lane.topic for lane in lanes))
    outputs = (VERDICTS, FILTERED, *map(dlq_of, every))
    admin = AdminClient({"bootstrap.servers": settings.broker, "log_level": 0})
    require_topics(admin, (*every, *outputs))
    reader = open_reader(settings.broker, group=settings.group)
    try:
        ledgers, ends, has_begun = _open_ledgers(reader, topics)
        if not has_begun and any(ends.values()):
            message = f"the group {settings.group} has committed nothing: there is nothing to audit"
            raise GroupUnknown(message)
        for lane in lanes:
            own, own_ends, _ = _of_lane(settings, lane)
            ledgers |= own
            ends |= own_ends
        for record in read_to_end(reader, [topic.name for topic in outputs]):
            _note(ledgers, record)
        return Balance(
            partitions=tuple(
                ledger.balance(
                    *place,
                    _lost(reader, place, ledger),
                    lag_from(reader, place, ledger.consumed_to, ends[place]),
                )
                for place, ledger in sorted(ledgers.items())
            )
        )
    finally:
        reader.close()


def _of_lane(
    settings: Settings, lane: Lane
) -> tuple[dict[Partition, Ledger], dict[Partition, int], bool]:
    """A lane that has not begun has consumed nothing: all of its topic is lag."""
    reader = open_reader(settings.broker, group=group_of(lane, settings))
    try:
        return _open_ledgers(reader, (lane.topic,))
    finally:
        reader.close()


def _open_ledgers(
    reader: Consumer, topics: Sequence[Topic]
) -> tuple[dict[Partition, Ledger], dict[Partition, int], bool]:
    """Gives ledgers and log ends, and whether the reader's group has committed anything."""
    partitions = partitions_of(reader, [topic.name for topic in topics])
    ledgers: dict[Partition, Ledger] = {}
    committed = reader.committed(partitions, timeout=TIMEOUT_S)
    ends = log_ends(reader, partitions)
    for entry in committed:
        low, _ = reader.get_watermark_offsets(entry, timeout=TIMEOUT_S)
        ledgers[entry.topic, entry.partition] = Ledger(low, max(low, entry.offset))
    return ledgers, ends, any(entry.offset >= 0 for entry in committed)


def _note(ledgers: dict[Partition, Ledger], record: Record) -> None:
    try:
        source = names.parse_source(header(record.headers, names.SOURCE) or b"")
    except ValueError:
        return  # not of Tidegate's making
    ledger = ledgers.get((source.topic, source.partition))
    if ledger is not None:
        kinds = {VERDICTS.name: VERDICT, FILTERED.name: FILTER}
        ledger.note(source.offset, kinds.get(record.source.topic, DEAD_LETTER))


def _lost(reader: Consumer, place: Partition, ledger: Ledger) -> list[int]:
    """Gives the unanswered offsets that hold a record: a transaction's marker is none."""
    lost: list[int] = []
    next_record = -1
    for offset in ledger.unanswered():
        if offset > next_record:
            found = first_record_from(reader, place, offset)
            next_record = ledger.consumed_to if found is None else found
        if offset == next_record:
            lost.append(offset)
    return lost
