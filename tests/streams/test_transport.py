"""Records go into a stream's buffer many at a time, none lost, none twice, none out of order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.structs import ConsumerRecord
from faust.tables.recovery import RebalanceAgain
from faust.types import TP

from schemas.topics import PRODUCT_TOPICS
from streams.agents.app import build
from streams.agents.batches import MAX_BYTES, Pace, micro_batches
from streams.agents.transport import BUFFER_BYTES, HAND_OVER_MAX, Consumer
from streams.settings import Settings

TP_0 = TP("chatroom.messages.v1", 0)
TP_1 = TP("chatroom.messages.v1", 1)


@asynccontextmanager
async def consumer_on(folder: Path) -> AsyncIterator[tuple[Consumer, Any]]:
    """A consumer of ours that no broker ever sees, and its subscriber's buffer."""

    async def forget(_given: object) -> None:
        return None

    app = build(
        Settings(state_dir=folder), PRODUCT_TOPICS, lambda _: lambda _: None, lambda _: None
    )
    transport = app._new_transport()
    consumer = transport.create_consumer(
        forget, on_partitions_revoked=forget, on_partitions_assigned=forget
    )
    assert isinstance(consumer, Consumer)
    app.consumer = consumer
    channel = aiter(app.topic(TP_0.topic))
    topics = cast("Any", app.topics)
    for tp in (TP_0, TP_1):
        topics._tp_index[tp].add(channel)
    topics._acking_topics.add(TP_0.topic)
    app.flow_control.resume()
    consumer._set_active_tps({TP_0, TP_1})
    consumer._next.update({TP_0: 0, TP_1: 0})
    consumer._committed_offset.update({TP_0: 0, TP_1: 0})
    yield consumer, channel.queue
    consumer._thread.thread_loop.close()


def records(tp: TP, offsets: Sequence[int], value: bytes | None = b"v") -> list[Any]:
    return [
        ConsumerRecord(
            tp.topic, tp.partition, at, 1_700_000_000_000, 0, b"k", value, None, 1, 1, ()
        )
        for at in offsets
    ]


def fetching(consumer: Consumer, fetched: dict[TP, list[Any]]) -> list[set[TP]]:
    """Makes the consumer fetch these records once; gives the partitions that it asked for."""
    asked: list[set[TP]] = []
    left = dict(fetched)

    async def getmany(active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Any]]:  # noqa: ASYNC109
        del timeout
        await asyncio.sleep(0)
        wanted = active_partitions or set()
        asked.append(set(wanted))
        return {tp: left.pop(tp) for tp in list(left) if tp in wanted}

    consumer.__dict__["_getmany"] = getmany
    return asked


def taken(queue: Any) -> list[tuple[int, int]]:
    found = []
    while not queue.empty():
        event = queue.get_nowait()
        found.append((event.message.partition, event.message.offset))
    return found


def test_fetched_records_arrive_in_order(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, range(5)), TP_1: records(TP_1, range(7, 9))})
            await consumer._turn(consumer.app.consumer_generation_id)
            event = queue._queue[0]
            assert (event.key, event.value, event.message.refcount) == (b"k", b"v", 1)
            assert sorted(taken(queue)) == [*((0, at) for at in range(5)), (1, 7), (1, 8)]
            assert consumer._next == {TP_0: 5, TP_1: 9}
            assert not consumer._waiting

    asyncio.run(run())


def test_what_does_not_fit_waits_and_is_not_fetched_meanwhile(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            for _ in range(queue.maxsize - 3):
                queue.force_put_nowait(SimpleNamespace(value=None))
            asked = fetching(consumer, {TP_0: records(TP_0, range(10))})
            generation = consumer.app.consumer_generation_id
            await consumer._turn(generation)
            assert queue.qsize() == queue.maxsize
            await consumer._turn(generation)
            assert asked == [{TP_0, TP_1}, {TP_1}]
            first = [queue.get_nowait() for _ in range(queue.maxsize)][-3:]
            assert [event.message.offset for event in first] == [0, 1, 2]
            await consumer._turn(generation)
            assert taken(queue) == [(0, at) for at in range(3, 10)]

    asyncio.run(run())


def test_a_long_fetch_leaves_turns_to_others(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            n = HAND_OVER_MAX + 1
            fetching(consumer, {TP_0: records(TP_0, range(n))})
            generation = consumer.app.consumer_generation_id
            await consumer._turn(generation)
            assert queue.qsize() == HAND_OVER_MAX
            await consumer._turn(generation)
            assert taken(queue) == [(0, at) for at in range(n)]

    asyncio.run(run())


def test_long_records_wait_for_room_by_bytes_and_partitions_take_turns(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            long = bytes(MAX_BYTES // 2)
            fetched = {tp: records(tp, range(100), long) for tp in (TP_0, TP_1)}
            fetching(consumer, fetched)
            generation = consumer.app.consumer_generation_id
            for _ in range(20):
                await consumer._turn(generation)
            assert sum(len(event.value) for event in queue._queue) == BUFFER_BYTES
            assert taken(queue)[:6] == [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3)]
            for _ in range(20):
                await consumer._turn(generation)
            assert {partition for partition, _ in taken(queue)} == {0, 1}

    asyncio.run(run())


@pytest.mark.parametrize("n_bytes", [MAX_BYTES + 1, 2 * BUFFER_BYTES])
def test_a_record_longer_than_any_limit_is_handed_over_alone(tmp_path: Path, n_bytes: int) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, range(2), bytes(n_bytes))})
            await consumer._turn(consumer.app.consumer_generation_id)
            assert taken(queue) == [(0, 0)]
            await consumer._turn(consumer.app.consumer_generation_id)
            assert taken(queue) == [(0, 1)]

    asyncio.run(run())


def test_offsets_already_read_are_dropped(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            consumer._next[TP_0] = 3
            fetching(consumer, {TP_0: records(TP_0, range(5))})
            await consumer._turn(consumer.app.consumer_generation_id)
            assert taken(queue) == [(0, 3), (0, 4)]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("acked", "committable"), [([0, 1], 2), ([0, 1, 5], 6), ([0, 1, 5, 6], 7), ([0, 1, 6], 5)]
)
def test_no_commit_passes_a_record_in_hand_after_a_gap(
    tmp_path: Path, acked: list[int], committable: int
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, [0, 1, 5, 6])})
            await consumer._turn(consumer.app.consumer_generation_id)
            events = [queue.get_nowait() for _ in range(queue.qsize())]
            for event in events:
                if event.message.offset in acked:
                    event.ack()
            assert consumer._new_offset(TP_0) == committable

    asyncio.run(run())


@pytest.mark.parametrize(
    ("acked", "committable"), [([], None), ([1, 2], None), ([2], None), ([0, 2], 1), ([0, 1, 2], 3)]
)
@pytest.mark.parametrize("begin", [0, 7])
def test_no_commit_passes_what_was_not_acked(
    tmp_path: Path, begin: int, acked: list[int], committable: int | None
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            consumer._next[TP_0] = consumer._committed_offset[TP_0] = begin
            fetching(consumer, {TP_0: records(TP_0, range(begin, begin + 3))})
            await consumer._turn(consumer.app.consumer_generation_id)
            for event in [queue.get_nowait() for _ in range(queue.qsize())]:
                if event.message.offset - begin in acked:
                    event.ack()
            expected = None if committable is None else begin + committable
            assert consumer._new_offset(TP_0) == expected
            consumer._committed_offset.clear()
            assert consumer._new_offset(TP_0) is None

    asyncio.run(run())


def seeking(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch, committed: dict[TP, int | None]
) -> list[tuple[TP, int]]:
    """Stands in for the broker's side of seeks; gives the seeks to beginnings."""
    sought: list[tuple[TP, int]] = []

    async def seek_to_committed() -> dict[TP, int | None]:
        await asyncio.sleep(0)
        return committed

    async def earliest_offsets(*tps: TP) -> dict[TP, int]:
        await asyncio.sleep(0)
        return dict.fromkeys(tps, 5)

    async def seek(tp: TP, offset: int) -> None:
        await asyncio.sleep(0)
        sought.append((tp, offset))

    monkeypatch.setattr(consumer, "seek_to_committed", seek_to_committed)
    monkeypatch.setattr(consumer, "earliest_offsets", earliest_offsets)
    monkeypatch.setattr(consumer, "_seek", seek)
    monkeypatch.setattr(consumer, "assignment", lambda: set(committed))
    return sought


def test_a_seek_waits_for_a_fetch_and_drops_what_it_brought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            seeking(consumer, monkeypatch, {TP_0: 2, TP_1: 4})
            consumer._waiting[TP_1] = records(TP_1, [4])
            seeks: list[asyncio.Task[None]] = []

            async def seek_meanwhile(**_: object) -> dict[TP, list[Any]]:
                seeks.append(asyncio.create_task(consumer.perform_seek()))
                await asyncio.sleep(0.01)
                assert not seeks[0].done()
                return {TP_0: records(TP_0, [7])}

            monkeypatch.setattr(consumer, "_getmany", seek_meanwhile)
            await consumer._turn(consumer.app.consumer_generation_id)
            await seeks[0]
            assert queue.empty()
            assert not consumer._waiting
            assert consumer._next == {TP_0: 2, TP_1: 4}

    asyncio.run(run())


def test_a_seek_that_another_rebalance_overtakes_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, _):
            seeking(consumer, monkeypatch, {TP_0: 2})
            seek = asyncio.create_task(consumer.perform_seek())
            await asyncio.sleep(0)
            consumer.app.on_rebalance_start()
            with pytest.raises(RebalanceAgain):
                await seek
            # Its recovery's end is not the end of the rebalance that has begun.
            consumer.app.on_rebalance_end()
            assert consumer.app.rebalancing
            consumer._must_rewind = False
            await consumer._rewind()
            assert consumer._must_rewind

    asyncio.run(run())


@pytest.mark.parametrize("is_known", [True, False])
def test_nothing_flows_in_a_rebalance_nor_from_where_is_not_known(
    tmp_path: Path, *, is_known: bool
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            if is_known:
                consumer.app.on_rebalance_start()
            else:
                consumer._next.clear()
            consumer._waiting[TP_1] = records(TP_1, [0])
            asked = fetching(consumer, {TP_0: records(TP_0, [0])})
            await consumer._turn(consumer.app.consumer_generation_id)
            assert asked == []
            assert queue.empty()

    asyncio.run(run())


def test_a_partition_without_a_commit_goes_back_to_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, _):
            sought = seeking(consumer, monkeypatch, {TP_0: 2, TP_1: None})
            await consumer.perform_seek()
            assert sought == [(TP_1, 5)]
            assert consumer._next == consumer._committed_offset == {TP_0: 2, TP_1: 5}

    asyncio.run(run())


def test_nothing_is_handed_over_across_a_rebalance(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, [0])})
            await consumer._turn(consumer.app.consumer_generation_id - 1)
            assert queue.empty()
            assert consumer._must_rewind
            consumer.stop_flow()
            fetching(consumer, {TP_0: records(TP_0, [0])})
            await consumer._turn(consumer.app.consumer_generation_id)
            assert queue.empty()
            assert consumer._waiting

    asyncio.run(run())


def committing(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch, takes_s: float = 0.0
) -> list[dict[TP, int]]:
    """Stands in for the broker's side of commits; gives the offsets committed."""
    committed: list[dict[TP, int]] = []

    async def commit_offsets(offsets: dict[TP, int], **_: object) -> bool:
        await asyncio.sleep(takes_s)
        committed.append(offsets)
        consumer._committed_offset.update(offsets)
        return True

    monkeypatch.setattr(consumer, "_commit_offsets", commit_offsets)
    return committed


async def cut(folder: Path, values: Sequence[bytes | None]) -> list[int]:
    """Gives the sizes of the micro-batches that are made of records of these values."""
    async with consumer_on(folder) as (consumer, queue):
        waiting = [r for at, value in enumerate(values) for r in records(TP_0, [at], value)]
        fetching(consumer, {TP_0: waiting})
        sizes: list[int] = []
        batches = micro_batches(Stream(consumer, queue), 512, 0.0)
        while sum(sizes) < len(values):
            while consumer._waiting or not queue.qsize():
                await consumer._turn(consumer.app.consumer_generation_id)
            events = await anext(batches)
            sizes.append(len(events))
            assert {m.offset for m in consumer.unacked} == {e.message.offset for e in events}
            for event in events:
                event.ack()
        return sizes


@pytest.mark.parametrize(
    ("values", "sizes"),
    [
        ([bytes(250)] * 512, [512]),
        ([bytes(20_000)] * 15, [6, 6, 3]),
        ([bytes(250_000)] * 2, [1, 1]),
        ([b"v", bytes(250_000), b"v"], [1, 1, 1]),
        ([bytes(MAX_BYTES // 2)] * 3, [2, 1]),
        ([bytes(MAX_BYTES // 2), bytes(MAX_BYTES // 2 + 1)], [1, 1]),
        ([None] * 3, [3]),
    ],
    ids=["chat", "long", "huge", "mixed", "exact", "above", "tombstones"],
)
def test_micro_batches_are_short_in_bytes_but_never_empty(
    tmp_path: Path, values: list[bytes | None], sizes: list[int]
) -> None:
    assert asyncio.run(cut(tmp_path, values)) == sizes


@pytest.mark.parametrize(
    ("most", "noted", "allowed"),
    [
        (512, [], 64),
        (512, [(64, 0.01), (128, 0.02), (256, 0.04), (512, 0.1)], 512),
        (512, [(64, 4.0)], 16),
        (512, [(64, 2.0)], 32),
        (512, [(1, 0.5), (1, 0.01)], 32),
        (8, [(8, 60.0)], 8),
    ],
)
def test_batches_are_as_long_as_what_is_answered_in_a_second(
    most: int, noted: list[tuple[int, float]], allowed: int
) -> None:
    pace = Pace(most)
    for n, took_s in noted:
        pace.note(n, took_s)
    assert pace.n == allowed


def test_a_pace_bounds_a_micro_batch(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, range(100))})
            await consumer._turn(consumer.app.consumer_generation_id)
            pace = Pace(512)
            batches = micro_batches(Stream(consumer, queue), 512, 0.0, pace)
            first = await anext(batches)
            pace.note(64, 4.0)
            assert [len(first), len(await anext(batches))] == [64, 16]

    asyncio.run(run())


async def in_hand(consumer: Consumer, queue: Any, n: int) -> list[Any]:
    """Gives a micro-batch of `n` records of one partition."""
    fetching(consumer, {TP_0: records(TP_0, range(n))})
    await consumer._turn(consumer.app.consumer_generation_id)
    return await anext(micro_batches(Stream(consumer, queue), n, 0.0))


def test_what_is_acked_during_a_commit_is_committed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            committed = committing(consumer, monkeypatch, takes_s=0.05)
            first, second = await in_hand(consumer, queue, 2)
            first.ack()
            under_way = asyncio.create_task(consumer.commit())
            await asyncio.sleep(0.01)
            second.ack()
            assert await consumer.commit()
            await under_way
            assert committed == [{TP_0: 1}, {TP_0: 2}]

    asyncio.run(run())


def test_batches_in_hand_are_committed_before_partitions_are_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            committed = committing(consumer, monkeypatch)
            events = await in_hand(consumer, queue, 4)
            for event in events[:2]:
                event.ack()
            revoked = asyncio.create_task(consumer.on_partitions_revoked({TP_0}))
            await asyncio.sleep(0.05)
            assert not revoked.done()
            for event in events[2:]:
                event.ack()
            await revoked
            assert committed == [{TP_0: 2}, {TP_0: 4}]
            assert not consumer._acked

    asyncio.run(run())


class Stream:
    """What `micro_batches` needs of a Faust stream."""

    should_stop = False

    def __init__(self, consumer: Consumer, queue: Any) -> None:
        self.app = consumer.app
        self.channel = type("Channel", (), {"queue": queue})

    async def maybe_start(self) -> None:
        await asyncio.sleep(0)


def test_micro_batches_are_cut_and_tracked(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, range(5))})
            await consumer._turn(consumer.app.consumer_generation_id)
            batches = micro_batches(Stream(consumer, queue), 3, 0.001)
            first, second = await anext(batches), await anext(batches)
            assert [len(first), len(second)] == [3, 2]
            assert {m.offset for m in consumer.unacked} == set(range(5))
            for event in first:
                event.ack()
            assert {m.offset for m in consumer.unacked} == {3, 4}

    asyncio.run(run())


def test_events_of_an_earlier_assignment_are_left_out_unacked(tmp_path: Path) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as (consumer, queue):
            fetching(consumer, {TP_0: records(TP_0, [0, 1]), TP_1: records(TP_1, [0])})
            await consumer._turn(consumer.app.consumer_generation_id)
            for event in queue._queue:
                if event.message.partition == 0:
                    event.message.generation_id = -7
            batch = await anext(micro_batches(Stream(consumer, queue), 10, 0.001))
            assert [event.message.partition for event in batch] == [1]
            assert {m.partition for m in consumer.unacked} == {1}
            assert consumer._acked == {}

    asyncio.run(run())
