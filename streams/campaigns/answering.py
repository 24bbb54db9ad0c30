"""Counting members as they arrive: campaigns told, earlier verdicts revised, nothing kept on disk.

What is counted is what the fingerprints' topic says of the last window. A process that begins, or
takes over, reads that again up to where it goes on, without telling anybody twice.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

import msgspec
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, TopicPartition
from msgspec import structs

from schemas import headers as names
from schemas.campaigns import Campaign, Fingerprinted
from schemas.features import CampaignFeatures
from schemas.topics import CAMPAIGNS, FINGERPRINTS
from streams import metrics
from streams.actors.deciding import strike_form, strike_of
from streams.campaigns.counting import Counter, Limits
from streams.campaigns.following import all_told
from streams.campaigns.members import Said
from streams.campaigns.revising import revised
from streams.capacity import fitted
from streams.decode import EventInvalid
from streams.dlq import bury
from streams.limiting.sharing import Limits as Quotas
from streams.pipeline import publish_form
from streams.policy import CompiledPolicy
from streams.publisher import Publisher
from streams.reading import TIMEOUT_S, open_reader, read_from
from streams.record import Outgoing, Record

logger = logging.getLogger(__name__)

_MEMBER: Final = msgspec.json.Decoder(Fingerprinted)
_ENCODER: Final = msgspec.json.Encoder()
AHEAD: Final = timedelta(minutes=1)
"""So far ahead of this process's clock the time of a verdict may be."""
FORGET_AFTER: Final = timedelta(days=1)
"""A campaign that is over stays in its topic so long, for who reads it late."""


class Counting:
    """The counter with what it reads from and writes to. `answer` is called by one thread."""

    def __init__(
        self,
        broker: str,
        limits: Limits,
        policy: Callable[[], CompiledPolicy],
        publisher: Publisher,
        clock: Callable[[], datetime],
        quotas: Quotas | None = None,
    ) -> None:
        """Begins with nothing; the first batch has it catch up.

        Without `quotas` no rule is limited, and what rules ask for is not counted.
        """
        self._quotas = quotas
        self._broker = broker
        self._limits = limits
        self._policy = policy
        self._publisher = publisher
        self._clock = clock
        self._counter = Counter(limits)
        self._next: dict[int, int] = {}
        self._lock = threading.Lock()

    def answer(self, records: Sequence[Record]) -> None:
        """Counts a batch; on return the broker has all that follows from it. Blocks.

        Raises DeliveryFailed, ReadingStalled, BrokerUnavailable: the process ends, and what was
        read is read again.
        """
        with self._lock:
            outgoing: list[Outgoing] = []
            also: list[Outgoing] = []
            policy = self._policy()
            for record in records:
                self._reach(record, policy)
                self._take(record, policy, outgoing, also)
                self._next[record.source.partition] = record.source.offset + 1
            now = self._clock()
            outgoing += map(_campaign_form, self._counter.changes(now))
            outgoing += map(_campaign_form, self._counter.overdue(now))
            self._publisher.publish(outgoing)
            if also:
                self._publisher.publish(also)
            metrics.CAMPAIGNS_OPEN.set(self._counter.n_open)
            metrics.CAMPAIGN_MEMBERS.set(len(self._counter))

    def _take(
        self,
        record: Record,
        policy: CompiledPolicy,
        outgoing: list[Outgoing] | None,
        also: list[Outgoing],
    ) -> None:
        """Counts a record; without `outgoing` what follows from it was told before."""

        def decide(member: Fingerprinted, campaign: CampaignFeatures, said: Said) -> bool:
            if self._quotas is not None:
                features = structs.replace(member.features, limited=self._quotas.current())
                member = structs.replace(member, features=features)
            verdict = revised(member, campaign, said, policy, self._clock())
            if verdict is not None and outgoing is not None:
                if self._quotas is not None:
                    self._quotas.note([verdict])
                outgoing.append(publish_form(*fitted(verdict), record))
                strike = strike_of(verdict, policy)
                also.extend(() if strike is None else (strike_form(strike),))
                delay_s = (verdict.decided_at - member.decided_at).total_seconds()
                metrics.CAMPAIGN_REVISED.labels(verdict.surface, verdict.action).inc()
                metrics.CAMPAIGN_DELAY_SECONDS.observe(max(0.0, delay_s))
            return verdict is not None

        if record.value is None:
            return
        try:
            member = _MEMBER.decode(record.value)
        except (ValueError, RecursionError) as error:
            if outgoing is not None:
                cause = EventInvalid(str(error))
                outgoing.append(bury(record, stage="decode", error=cause, now=self._clock()))
                metrics.DEAD_LETTERS.labels(FINGERPRINTS.name, "decode", "EventInvalid").inc()
            return
        # A clock that is ahead must not end the campaigns of others.
        latest = self._clock() + AHEAD
        if member.decided_at > latest:
            member = structs.replace(member, decided_at=latest)
        self._counter.take(member, decide)

    def _reach(self, record: Record, policy: CompiledPolicy) -> None:
        """Reads what lies between what was counted and a record: at the start, after others."""
        partition, offset = record.source.partition, record.source.offset
        counted_to = self._next.get(partition)
        if counted_to is not None and counted_to >= offset:
            return
        if counted_to is None:
            restored, gone = self._told()
            self._counter.restore(restored)
            self._publisher.publish(gone)
        n_read = 0
        for earlier in self._between(partition, counted_to, offset):
            self._take(earlier, policy, None, [])
            n_read += 1
        self._counter.changes(self._clock())
        logger.info("campaigns counted again", extra={"partition": partition, "n_items": n_read})

    def _between(self, partition: int, start: int | None, end: int) -> Iterator[Record]:
        reader = open_reader(self._broker)
        try:
            if start is None:
                since = self._clock() - timedelta(seconds=self._limits.window_s)
                (place,) = reader.offsets_for_times(
                    [TopicPartition(FINGERPRINTS.name, partition, int(since.timestamp() * 1000))],
                    timeout=TIMEOUT_S,
                )
                start = OFFSET_BEGINNING if place.offset < 0 else place.offset
                if place.offset == OFFSET_END:
                    return
            found = read_from(reader, [TopicPartition(FINGERPRINTS.name, partition, start)])
            yield from takewhile(lambda one: one.source.offset < end, found)
        finally:
            reader.close()

    def _told(self) -> tuple[list[Campaign], list[Outgoing]]:
        """What was told of campaigns, and what takes those out that have long been over."""
        told = all_told(self._broker)
        oldest = self._clock() - FORGET_AFTER
        gone = [
            Outgoing(topic=CAMPAIGNS.name, key=one.campaign_id.encode(), value=None)
            for one in told
            if one.changed_at < oldest
        ]
        return told, gone


def _campaign_form(campaign: Campaign) -> Outgoing:
    return Outgoing(
        topic=CAMPAIGNS.name,
        key=campaign.campaign_id.encode(),
        value=_ENCODER.encode(campaign),
        headers=(
            (names.SCHEMA, CAMPAIGNS.schema.encode()),
            (names.VERSION, str(CAMPAIGNS.version).encode()),
        ),
    )
