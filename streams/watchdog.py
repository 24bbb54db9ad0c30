"""The watchdog: ends a worker whose partitions have lag and make no progress.

Consumers that stop fetching after a rebalance or a broker outage without crashing are open issues
in Faust (faust-streaming/faust#175, #523, #629, #651). The watchdog asks the broker itself, over a
connection of its own, so a stuck consumer cannot mislead it. On the embedded broker the answer for
a log's end may fall short by the last batch (`streams.reading.log_ends`); lag is then seen later.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from confluent_kafka import KafkaException, TopicPartition

from streams import metrics
from streams.reading import Partition, first_record_from, open_reader

logger = logging.getLogger(__name__)

POLL_S: Final = 2.0
REQUEST_TIMEOUT_S: Final = 5.0


class Progress:
    """Decides from what the broker says whether a worker has stalled. No clock, no I/O."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._moved_s: dict[Partition, tuple[int, float, bool]] = {}
        """By partition: committed offset, since when it stands there, whether with lag."""

    def observe(
        self, now_s: float, ends: Mapping[Partition, int], committed: Mapping[Partition, int]
    ) -> list[Partition]:
        """Takes log ends and committed offsets; gives the partitions that have stalled.

        A partition stalls when it has lag and its committed offset has stood still for the
        timeout since it was first seen with lag. A partition no longer named is forgotten.
        """
        self._moved_s = {p: seen for p, seen in self._moved_s.items() if p in ends}
        stalled = []
        for partition, end in ends.items():
            offset = committed.get(partition, 0)
            before = self._moved_s.get(partition)
            has_lag = offset < end
            if before is None or before[0] != offset or not has_lag or not before[2]:
                self._moved_s[partition] = (offset, now_s, has_lag)
            elif now_s - before[1] >= self._timeout_s:
                stalled.append(partition)
        return stalled

    def forget(self) -> None:
        """Starts anew, after a time in which nothing was known."""
        self._moved_s.clear()

    def stalled_s(self, now_s: float) -> float:
        """Gives the longest time that a partition has stood still, seconds."""
        return max((now_s - since for _, since, _ in self._moved_s.values()), default=0.0)


class Watchdog(threading.Thread):
    """Watches in the background and calls `on_stall` once, with what stands still."""

    def __init__(
        self,
        *,
        broker: str,
        group: str,
        timeout_s: float,
        assigned: Callable[[], Sequence[Partition]],
        on_stall: Callable[[Sequence[Partition]], None],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._progress = Progress(timeout_s)
        self._assigned = assigned
        self._on_stall = on_stall
        self._clock = clock
        self._stop_event = threading.Event()
        self._consumer = open_reader(broker, group=group)
        self._before: dict[Partition, int] = {}
        """By partition: the offset committed at the last poll."""
        self._bare: dict[Partition, tuple[int, int]] = {}
        """By partition: offset and end with no record between them."""

    def run(self) -> None:
        """Polls until stopped."""
        while not self._stop_event.wait(POLL_S):
            stalled = self._poll()
            if stalled:
                self._on_stall(stalled)
                break
        self._consumer.close()

    def stop(self) -> None:
        """Ends the watching; returns at once."""
        self._stop_event.set()

    def _poll(self) -> list[Partition]:
        """A broker that does not answer counts as no news: its outage is not this worker's."""
        assigned = self._assigned()
        try:
            ends, committed = self._ask(assigned)
        except KafkaException as error:
            logger.warning("watchdog: broker does not answer", extra={"error": str(error)})
            self._progress.forget()
            return []
        metrics.LAG.set(sum(max(0, end - committed[p]) for p, end in ends.items()))
        now_s = self._clock()
        stalled = self._progress.observe(now_s, ends, committed)
        metrics.STALLED_SECONDS.set(self._progress.stalled_s(now_s))
        return stalled

    def _records_end(self, partition: Partition, offset: int, end: int) -> int:
        """Gives the log's end, or `offset` where no record is left: a transaction's marker is none.

        A reader of records never commits behind such a marker. Asked where nothing has moved since
        the last poll, once for each marker.
        """
        has_moved = self._before.get(partition) != offset
        self._before[partition] = offset
        if offset >= end or has_moved:
            return end
        if self._bare.get(partition) != (offset, end):
            if first_record_from(self._consumer, partition, offset) is not None:
                return end
            self._bare[partition] = (offset, end)
        return offset

    def _ask(
        self, assigned: Sequence[Partition]
    ) -> tuple[dict[Partition, int], dict[Partition, int]]:
        wanted = [TopicPartition(topic, number) for topic, number in assigned]
        if not wanted:
            return {}, {}
        ends: dict[Partition, int] = {}
        committed: dict[Partition, int] = {}
        for entry in self._consumer.committed(wanted, timeout=REQUEST_TIMEOUT_S):
            low, high = self._consumer.get_watermark_offsets(entry, timeout=REQUEST_TIMEOUT_S)
            partition = (entry.topic, entry.partition)
            committed[partition] = max(low, entry.offset)
            ends[partition] = self._records_end(partition, committed[partition], high)
        return ends, committed
