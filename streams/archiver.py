"""The archiver: reads verdicts, human labels and dead letters, and writes them to the archive.

Offsets are committed after the write, so nothing is lost; what is read twice after a failure is
stored twice and read once (`streams.archive.archive`). While the archive is away, the archiver
keeps its place and its partitions, holds one block, and tries again. Moderation does not wait.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams import dlq
from streams.archive import metrics
from streams.archive.archive import Archive, ArchiveUnavailable, Rows
from streams.archive.intake import (
    TOPICS,
    Collector,
    Entry,
    Poison,
    next_offsets,
    read,
    rows_of,
    store,
)
from streams.archive.standing import Outage, Standing
from streams.publisher import DeliveryFailed, Publisher
from streams.reading import to_record
from streams.settings import Settings

MAX_BLOCK_BYTES: Final = 64 << 20
"""Bytes of records in a block: bounds the memory, since a dead letter may have a megabyte."""
MAX_READ: Final = 64
"""Records taken at once. A dead letter made to be slow takes a third of a second to look through,
and Kafka gives the partitions to another when nothing is asked for during 5 minutes."""
POLL_S: Final = 0.1
FIRST_DELAY_S: Final = 0.25
MAX_DELAY_S: Final = 10.0
COMMIT_LIMIT_S: Final = 5.0
"""Longest wait for commits under way at a stop."""
METADATA_REFRESH_MS: Final = 5_000
"""How soon a topic is noticed that is created later."""

T = TypeVar("T")

log = logging.getLogger(__name__)


def run(
    settings: Settings,
    archive: Archive,
    *,
    stop: threading.Event,
    standing: Standing | None = None,
) -> None:
    """Archives until `stop` is set; then writes what it has read, commits and leaves the group.

    Blocks. With the archive away while stopping, what was read is left uncommitted and is read
    again next time. `standing` is kept up to date. Raises KafkaException when Kafka refuses for
    good.
    """
    archiver = _Archiver(settings, archive, stop, standing or Standing())
    try:
        archiver.run()
    finally:
        archiver.close()


def delay_s(n_failures: int, *, jitter: float) -> float:
    """Gives the wait after that many failures in a row, 1 or more; `jitter` is in [0, 1]."""
    longest = min(MAX_DELAY_S, FIRST_DELAY_S * 2.0 ** min(n_failures - 1, 30))
    return longest * (0.5 + 0.5 * jitter)


class _Archiver:
    def __init__(
        self, settings: Settings, archive: Archive, stop: threading.Event, standing: Standing
    ) -> None:
        self._archive = archive
        self._stop = stop
        self._standing = standing
        self._collector = Collector(
            max_records=settings.archive_block_rows,
            max_bytes=MAX_BLOCK_BYTES,
            max_wait_s=settings.archive_block_wait_s,
        )
        self._consumer = Consumer(
            {
                "bootstrap.servers": settings.broker,
                "client.id": "tidegate-archiver",
                "group.id": settings.archiver_group,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": int(settings.session_timeout_s * 1000),
                "topic.metadata.refresh.interval.ms": METADATA_REFRESH_MS,
                "queued.max.messages.kbytes": MAX_BLOCK_BYTES >> 10,
                "on_commit": self._on_commit,
            },
            logger=log,
        )
        self._publisher = Publisher(
            settings.broker, client_id="tidegate-archiver", timeout_s=settings.drain_timeout_s
        )
        self._is_paused = False
        self._n_committing = 0

    def run(self) -> None:
        self._consumer.subscribe(
            list(TOPICS),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )
        while not self._stop.is_set():
            self._fill(POLL_S)
            if self._collector.is_due(now_s=time.monotonic()):
                self._flush()
        self._flush()
        self._await_commits()

    def close(self) -> None:
        self._consumer.close()

    def _fill(self, timeout_s: float) -> None:
        """Reads some of what is there, at least letting the group know that we live.

        Told to stop, it leaves the rest: nothing is read after it that could be committed past it.
        """
        room = min(max(self._collector.room, 1), MAX_READ)
        for message in self._consumer.consume(room, timeout_s):
            if self._stop.is_set():
                break
            if message.error() is not None:
                _check(message)
                continue
            self._collector.add(read(to_record(message)), now_s=time.monotonic())

    def _flush(self) -> None:
        """Writes, buries and commits the block, however long that takes, unless told to stop."""
        if self._collector.entries:
            self._settle()
        # Also when all that was held has gone to another archiver, and nothing was written.
        self._resume()

    def _settle(self) -> None:
        """Does so; what the archive has taken is not written again while the DLQ is away."""
        stored = self._insist(self._store, self._standing.archive)
        if stored is None:
            return
        entries, poison = stored
        _tell(poison)
        if self._insist(partial(self._bury, poison), self._standing.dlq) is None:
            return
        # Partitions may have been taken from us meanwhile: those are no longer ours to commit.
        held = self._collector.held(entries)
        self._commit(held)
        _count(rows_of(entries))
        self._collector.forget(entries)

    def _insist(self, act: Callable[[], T], outage: Outage) -> T | None:
        """Gives what `act` gives once it does not fail.

        None when told to stop before, or when another archiver has all that was held.
        """
        for n_failures in count(1):
            try:
                done = act()
            except (ArchiveUnavailable, DeliveryFailed) as error:
                outage.begin(error)
                if self._stop.is_set():
                    return None
                self._hold(delay_s(n_failures, jitter=random.random()))  # noqa: S311
                if not self._collector.entries:
                    return None
            else:
                outage.end()
                return done
        return None

    def _store(self) -> tuple[tuple[Entry, ...], tuple[Poison, ...]]:
        """Writes all that is held now; gives it, and what of it could not be archived."""
        entries = self._collector.entries
        with metrics.INSERT_SECONDS.time():
            return entries, store(self._archive, entries)

    def _hold(self, seconds: float) -> None:
        """Waits without reading on, but stays in the group."""
        if not self._is_paused:
            self._is_paused = True
            self._pause(self._consumer.assignment())
        until_s = time.monotonic() + seconds
        while not self._stop.is_set() and time.monotonic() < until_s:
            self._fill(POLL_S)

    def _commit(self, entries: Sequence[Entry]) -> None:
        """Asks for a commit; a later one makes up for it if it fails.

        Without waiting: librdkafka bounds no synchronous commit, and while a broker restarts one
        may never return.
        """
        offsets = [
            TopicPartition(topic, partition, offset)
            for (topic, partition), offset in next_offsets(entries).items()
        ]
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
            self._n_committing += 1
        except KafkaException as error:
            _tell_uncommitted(error)
        self._measure_lag()

    def _on_commit(self, error: KafkaError | None, _partitions: list[TopicPartition]) -> None:
        self._n_committing -= 1
        if error is not None:
            _tell_uncommitted(error)

    def _await_commits(self) -> None:
        """Lets commits under way end, before the group is left; not for ever."""
        until_s = time.monotonic() + COMMIT_LIMIT_S
        self._pause(self._consumer.assignment())
        while self._n_committing > 0 and time.monotonic() < until_s:
            self._consumer.poll(POLL_S)

    def _bury(self, poison: Sequence[Poison]) -> int:
        """Sends what cannot be archived to its DLQ, as far as its partitions are still ours."""
        now = datetime.now(UTC)
        ours = {entry.record.source for entry in self._collector.entries} if poison else set()
        letters = [
            dlq.bury(bad.record, stage=bad.stage, error=bad.error, now=now)
            for bad in poison
            # What is in a DLQ already stays there; there is no DLQ of a DLQ.
            if bad.record.source in ours and not is_letter(bad)
        ]
        if letters:
            self._publisher.publish(letters)
        for bad in poison:
            metrics.BURIED.labels(bad.stage).inc()
        return len(letters)

    def _measure_lag(self) -> None:
        lags: dict[str, int] = {}
        for place in self._consumer.position(self._consumer.assignment()):
            _, high = self._consumer.get_watermark_offsets(place, cached=True)
            if high >= 0 and place.offset >= 0:
                lags[place.topic] = lags.get(place.topic, 0) + max(high - place.offset, 0)
        for topic, lag in lags.items():
            metrics.LAG.labels(topic).set(lag)

    def _pause(self, partitions: list[TopicPartition]) -> None:
        if partitions:
            self._consumer.pause(partitions)

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._consumer.resume(self._consumer.assignment())

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.info("assigned", extra={"n_partitions": len(partitions)})
        self._consumer.assign(partitions)
        # A partition that was paused when taken away comes back paused.
        if self._is_paused:
            self._pause(partitions)
        elif partitions:
            self._consumer.resume(partitions)

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        n_dropped = self._collector.drop((place.topic, place.partition) for place in partitions)
        extra = {"n_partitions": len(partitions), "n_records_left": n_dropped}
        log.info("revoked", extra=extra)


def _check(message: Message) -> None:
    """Passes over errors that mend themselves. Raises KafkaException for the rest."""
    error = message.error()
    if error is None or error.code() == KafkaError._PARTITION_EOF:
        return
    if error.fatal():
        raise KafkaException(error)
    log.warning("kafka", extra={"error": str(error)})


def _tell_uncommitted(error: object) -> None:
    """Written and not committed: read and written again, and still one row."""
    log.warning("commit failed", extra={"error": str(error)})


def _tell(poison: Sequence[Poison]) -> None:
    for bad in poison:
        source = bad.record.source
        place = f"{source.topic}/{source.partition}/{source.offset}"
        extra = {"record": place, "stage": bad.stage, "error": str(bad.error)[:500]}
        if is_letter(bad):
            log.error("dead letter cannot be archived", extra=extra)
        else:
            log.warning("record cannot be archived", extra=extra)


def is_letter(poison: Poison) -> bool:
    """Tells whether it is a record of a DLQ."""
    return poison.record.source.topic.endswith(".dlq")


def _count(rows: Rows) -> None:
    metrics.BLOCKS.inc()
    metrics.ROWS.labels("verdicts").inc(len(rows.verdicts))
    metrics.ROWS.labels("signals").inc(sum(len(row.verdict.signals) for row in rows.verdicts))
    metrics.ROWS.labels("dead_letters").inc(len(rows.dead_letters))
    metrics.ROWS.labels("labels").inc(len(rows.labels))
