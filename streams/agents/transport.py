"""Faust's Kafka transport, handing records over many at a time.

Faust hands each record to its stream by itself: through an asynchronous generator, two locks, a
codec, a look at a producer's buffer and four asyncio tasks that wait for a stop. Here the records
of a fetch go into the stream's buffer in one go. What Faust checks a record is checked a hand-over:
that the assignment still holds, and where to read on after a gap in the offsets. A worker
that judges nothing answers 10,200 records/s so, 6,900 with Faust's own loop made to skip the tasks,
on two cores (`tidegate bench` shows today's rate).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import ConsumerStoppedError
from confluent_kafka import TopicPartition
from faust.events import Event
from faust.sensors.monitor import Monitor
from faust.tables.recovery import RebalanceAgain
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.agents.batches import MAX_BYTES, size
from streams.reading import Partition, log_ends, open_reader

if TYPE_CHECKING:
    from faust.transport.conductor import Conductor

FETCH_MAX_WAIT_MS: Final = 50
"""How long a broker may hold a fetch that finds nothing.

Apache Kafka answers as soon as there is something; the embedded broker holds every fetch for half
of this, so Faust's own 1,500 ms would delay each event by 400 ms there (8 ms with 50).
"""
FETCH_TIMEOUT_S: Final = 0.25
PAUSE_S: Final = 0.005
"""How soon to look again for room in a full buffer, or for the end of a rebalance."""
REWIND_PAUSE_S: Final = 0.5
HAND_OVER_MAX: Final = 500
"""Records handed over before other tasks get their turn."""
BUFFER_BYTES: Final = 1 << 20
"""Values in a subscriber's buffer, by bytes: more records of a partition wait until it is less.

So a partition's records wait behind few long events of others, and the watchdog sees each move.
"""

logger = logging.getLogger(__name__)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with our limit on how long a fetch is held."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS  # Faust has no setting for it
        return consumer


class Consumer(driver.Consumer):
    """Faust's consumer, handing over many records at a time.

    Each topic must have one subscriber. A partition is not fetched while records of it wait for
    room in that subscriber's buffer; other topics go on.

    Nothing but changelogs is fetched between the beginning of a rebalance and the end of its
    recovery: Faust clears the buffers at the end, after it sought the committed offsets. Nor is
    anything fetched during a seek. What is committed reaches, without a hole, from what was
    committed before: should a record get lost on its way, its partition stands still until the
    watchdog ends the process, and it is read again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's own signature
        super().__init__(*args, **kwargs)
        self._waiting: dict[TP, list[Any]] = {}
        self._next: dict[TP, int] = {}
        """By partition that was sought: the offset that is to be handed over next."""
        self._fetching = asyncio.Lock()
        """Held during a fetch and during a seek, so that none overtakes the other."""
        self._n_rebalances = 0
        """Rebalances begun when partitions were last assigned."""
        self._n_seeks = 0
        self._must_rewind = False

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def commit(
        self,
        topics: Any = None,  # noqa: ANN401 - Faust's own signature
        start_new_transaction: bool = True,
    ) -> bool:
        """Commits what was acked before the call, as far as it may be.

        Where a commit is under way, Faust waits for that one and commits nothing: what was acked
        since it began would stay uncommitted when partitions are given back.
        """
        await self.maybe_wait_for_commit_to_finish()
        return bool(await super().commit(topics, start_new_transaction))

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Has batches in hand answered and commits them, all before Faust forgets what is acked.

        Faust forgets first and then waits: what is acked in between is answered again.
        """
        if revoked:
            self.stop_flow()
            self.app.flow_control.suspend()
            await self.wait_empty()
            self._next.clear()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Notes to which rebalance the recovery that follows belongs."""
        self._n_rebalances = self.app.rebalancing_count
        await super().on_partitions_assigned(assigned, generation_id)

    @property
    def is_overtaken(self) -> bool:
        """Whether another rebalance has begun since the one whose recovery runs or ran last."""
        return (
            self.app.rebalancing_count != self._n_rebalances
            or self._tables.recovery._generation_id != self.app.consumer_generation_id
        )

    async def perform_seek(self) -> None:
        """Goes back to the committed offsets, or to the beginning where nothing was committed.

        What was fetched before is forgotten. Faust leaves a partition without a commit where it
        is, and so loses what it had fetched of it before a rebalance.

        Raises RebalanceAgain when another rebalance has begun: Faust's recovery gives up at that,
        where it would have records flow again from partitions that are being given back.
        """
        async with self._fetching:
            self._n_seeks += 1
            self._waiting.clear()
            self._next.clear()
            self._must_rewind = False
            await super().perform_seek()
            places = {
                tp: self._read_offset[tp] or 0
                for tp in self.assignment()
                if not self._is_changelog_tp(tp)
            }
            if uncommitted := [tp for tp, offset in places.items() if not offset]:
                for tp, offset in (await self.earliest_offsets(*uncommitted)).items():
                    await self._seek(tp, offset)
                    places[tp] = offset
            # Nothing is ever committed of a changelog: it goes on where the recovery is.
            for tp, offset in dict(self._tables.recovery.active_offsets).items():
                if offset is not None and tp in self.assignment():
                    await self._seek(tp, offset + 1)
            if self.is_overtaken:
                raise RebalanceAgain
            self._committed_offset.update(places)
            self._next.update(places)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Gives the offset after the last record of each partition.

        The embedded broker tells an earlier one, at which a recovery would end too soon.
        """
        if not partitions:
            return {}
        ends = await asyncio.get_running_loop().run_in_executor(
            None, _log_ends, self._bootstrap, partitions
        )
        return {tp: ends[tp.topic, tp.partition] for tp in partitions}

    @property
    def _tables(self) -> Any:  # noqa: ANN401 - of what is used here Faust's types know nothing
        return self.app.tables

    @property
    def _bootstrap(self) -> str:
        return ",".join(f"{url.host}:{url.port}" for url in self.app.conf.broker)

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401 - Faust's own signature
        """Fetches and hands over until stopped: Faust's inner loop.

        Records that are dropped, since the assignment changed, must be fetched again: the
        consumer's place is already behind them.
        """
        generation = self.app.consumer_generation_id
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                if generation != self.app.consumer_generation_id:
                    generation = self.app.consumer_generation_id
                    self._must_rewind |= bool(self._waiting)
                    self._waiting.clear()
                if not (self.flow_active and self.app.flow_control.is_active()):
                    await asyncio.sleep(PAUSE_S)
                elif self._must_rewind:
                    await self._rewind()
                else:
                    await self._turn(generation)
        except (asyncio.CancelledError, ConsumerStoppedError):
            self._must_rewind = True
            if not self.transport.app.should_stop:
                raise

    async def _rewind(self) -> None:
        try:
            await self.perform_seek()
        except RebalanceAgain:
            self._must_rewind = True
            await asyncio.sleep(REWIND_PAUSE_S)
        except Exception:
            # Another rebalance has begun, or the broker is away: tried again.
            logger.warning("cannot go back to the committed offsets yet", exc_info=True)
            self._must_rewind = True
            await asyncio.sleep(REWIND_PAUSE_S)

    def _may_flow(self, tp: TP) -> bool:
        """Whether records of a partition may be handed over now."""
        return self._is_changelog_tp(tp) or (not self.app.rebalancing and tp in self._next)

    async def _fetch(self, generation: int) -> None:
        """Fetches what there is room for; what a rebalance overtakes must be fetched again."""
        async with self._fetching:
            wanted = {
                tp
                for tp in self._get_active_partitions()
                if tp not in self._waiting and self._may_flow(tp)
            }
            if wanted:
                timeout_s = PAUSE_S if self._waiting else FETCH_TIMEOUT_S
                fetched = await self._getmany(active_partitions=wanted, timeout=timeout_s)
                if generation != self.app.consumer_generation_id:
                    self._must_rewind |= bool(fetched)
                else:
                    self._waiting.update((ensure_TP(tp), found) for tp, found in fetched.items())
        if not wanted:
            await asyncio.sleep(PAUSE_S)

    async def _turn(self, generation: int) -> None:
        """Fetches what there is room for, hands over what there is room for."""
        await self._fetch(generation)
        n_seeks = self._n_seeks
        if self._commit_every is not None and self._n_acked >= self._commit_every:
            self._n_acked = 0
            await self.commit()
        full: set[str] = set()
        for tp in tuple(self._waiting):
            if tp.topic in full:
                continue
            # Others run in between, and may begin a rebalance or seek.
            await asyncio.sleep(0)
            if n_seeks != self._n_seeks or not self.flow_active:
                return
            if generation != self.app.consumer_generation_id:
                return
            if self._may_flow(tp) and not self._hand_over(tp):
                full.add(tp.topic)

    def _hand_over(self, tp: TP) -> bool:
        """Moves waiting records of a partition into its subscriber's buffer, as many as fit.

        Those left wait behind the other partitions'. False when there was no room.
        """
        if self._is_changelog_tp(tp):
            self._recover(tp)
            return True
        (channel,) = cast("Conductor", self.app.topics)._tp_index[tp]
        queue: Any = channel.queue
        records = self._waiting[tp]
        n = min(len(records), HAND_OVER_MAX, queue.maxsize - queue.qsize())
        if n <= 0 or sum(map(size, queue._queue)) >= BUFFER_BYTES:
            return False
        n = _n_fitting(records[:n])
        for record in records[:n]:
            offset, next_ = record.offset, self._next[tp]
            if offset < next_:
                continue
            if offset > next_:
                self._note_gap(tp, next_, offset - 1)
            message = self._to_message(tp, record)
            message.refcount = 1
            queue.force_put_nowait(Event(self.app, message.key, message.value, None, message))
            self._next[tp] = offset + 1
        del self._waiting[tp]
        if n < len(records):
            self._waiting[tp] = records[n:]
        return True

    def _recover(self, tp: TP) -> None:
        """Hands what was read of a changelog to its table, and tells when all of it was.

        Faust's way, a record at a time through a queue, takes 50 times as long.
        """
        tables = self._tables
        recovery = tables.recovery
        read = recovery.active_offsets.get(tp)
        records = self._waiting.pop(tp)
        fresh = [one for one in records if read is None or one.offset > read]
        if fresh and tp in recovery.active_tps:
            tables._changelogs[tp.topic].recover(tp, fresh)
            recovery.active_offsets[tp] = fresh[-1].offset
        if recovery.in_recovery and not recovery.need_recovery():
            recovery.signal_recovery_end.set()

    def _new_offset(self, tp: TP) -> int | None:
        """Gives what may be committed: None where anything before what was acked was not.

        Faust commits from whatever was acked first where nothing was committed yet, and passes
        over one record that is missing where something was.
        """
        begin = self._committed_offset[tp]
        acked, gap = self._acked[tp], self._gap[tp]
        firsts = [*acked, gap.begin()] if gap else acked
        if begin is None or min(firsts, default=begin + 1) > begin:
            return None
        found: int | None = super()._new_offset(tp)
        return found

    def _note_gap(self, tp: TP, first: int, last: int) -> None:
        """Counts offsets without a record as acked.

        Faust itself counts the offset after the gap too, and may so commit a record that is still
        being answered.
        """
        self._gap[tp].addi(first, last + 1)
        self._gap[tp].merge_overlaps()


def _log_ends(bootstrap: str, partitions: Sequence[TP]) -> dict[Partition, int]:
    """Blocks. Raises ReadingStalled."""
    reader = open_reader(bootstrap)
    try:
        return log_ends(reader, [TopicPartition(tp.topic, tp.partition) for tp in partitions])
    finally:
        reader.close()


def _n_fitting(records: Sequence[Any]) -> int:
    """Gives how many of the first records make a batch by bytes, at least one."""
    n_bytes = 0
    for n, record in enumerate(records):
        n_bytes += size(record)
        if n and n_bytes > MAX_BYTES:
            return n
    return len(records)


class Transport(driver.Transport):
    """Faust's Kafka transport with this module's consumer."""

    Consumer: ClassVar[type[Consumer]] = Consumer


class QuietMonitor(Monitor):
    """A Faust monitor that keeps no statistics a record: `streams.metrics` has ours, a batch."""

    def on_message_in(self, tp: object, offset: int, message: object) -> None:
        """Does nothing."""

    def on_stream_event_in(self, tp: object, offset: int, stream: object, event: object) -> None:
        """Does nothing."""

    def on_stream_event_out(
        self, tp: object, offset: int, stream: object, event: object, state: object = None
    ) -> None:
        """Does nothing."""

    def on_message_out(self, tp: object, offset: int, message: object) -> None:
        """Does nothing."""

    def track_tp_end_offset(self, tp: object, offset: int) -> None:
        """Does nothing."""
