"""The end of a recovery beside a fetch that goes on: no record is lost, whatever was committed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP

from streams.agents.batches import micro_batches
from streams.agents.transport import Consumer
from tests.streams.test_transport import TP_0, TP_1, Stream, committing, consumer_on, records

N = 2_000
PER_FETCH = 100


class Log:
    """A broker's side of two partitions with `N` records each, and a group's place in them."""

    def __init__(self, committed: Mapping[TP, int | None]) -> None:
        self.committed = dict(committed)
        self.at = {tp: offset or 0 for tp, offset in committed.items()}

    async def getmany(
        self,
        active_partitions: set[TP],
        timeout: float,  # noqa: ASYNC109
    ) -> dict[TP, list[Any]]:
        del timeout
        found = {}
        await asyncio.sleep(0.001)
        for tp in active_partitions & self.at.keys():
            end = min(N, self.at[tp] + PER_FETCH)
            if fetched := records(tp, range(self.at[tp], end)):
                found[tp] = fetched
            self.at[tp] = end
        await asyncio.sleep(0.001)
        return found

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        for tp, offset in self.committed.items():
            await asyncio.sleep(0.01)
            if offset:
                self.at[tp] = offset
        return dict(self.committed)

    async def earliest_offsets(self, *tps: TP) -> Mapping[TP, int]:
        await asyncio.sleep(0.05)
        return dict.fromkeys(tps, 0)

    async def seek(self, tp: TP, offset: int) -> None:
        self.at[tp] = offset


@asynccontextmanager
async def recovering(
    folder: Path, monkeypatch: pytest.MonkeyPatch, log: Log, busy_s: float
) -> AsyncIterator[tuple[Consumer, dict[TP, set[int]]]]:
    """A consumer whose actors are being recovered; what it answers is noted.

    For the first `busy_s` its agent is busy with something else.
    """
    async with consumer_on(folder) as (consumer, queue):
        app = cast("Any", consumer.app)
        answered: dict[TP, set[int]] = {TP_0: set(), TP_1: set()}

        async def answer() -> None:
            await asyncio.sleep(busy_s)
            async for events in micro_batches(Stream(consumer, queue), 100, 0.005):
                await asyncio.sleep(0.02)
                for event in events:
                    answered[event.message.tp].add(event.message.offset)
                    event.ack()

        async def nothing() -> None:
            await asyncio.sleep(0)

        consumer.__dict__.update(
            _getmany=log.getmany,
            seek_to_committed=log.seek_to_committed,
            earliest_offsets=log.earliest_offsets,
            _seek=log.seek,
            assignment=lambda: set(log.committed),
        )
        monkeypatch.setattr(app, "_fetcher", SimpleNamespace(maybe_start=nothing))
        app.on_rebalance_start()
        consumer._n_rebalances = app.rebalancing_count
        consumer.pause_partitions(log.committed)
        fetcher = SimpleNamespace(_stopped=asyncio.Event())
        tasks = [
            asyncio.create_task(consumer._drain_messages(fetcher)),
            asyncio.create_task(answer()),
        ]
        yield consumer, answered
        fetcher._stopped.set()
        tasks[1].cancel()
        await asyncio.wait(tasks)


@pytest.mark.parametrize("busy_s", [0.0, 0.2])
@pytest.mark.parametrize("committed", [{TP_0: None, TP_1: None}, {TP_0: 300, TP_1: None}])
def test_what_is_fetched_while_a_recovery_ends_is_not_lost(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    committed: dict[TP, int | None],
    busy_s: float,
) -> None:
    async def run() -> None:
        log = Log(committed)
        async with recovering(tmp_path, monkeypatch, log, busy_s) as (consumer, answered):
            kept = committing(consumer, monkeypatch)
            await asyncio.sleep(0.02)
            await cast("Any", consumer.app.tables).recovery.on_recovery_completed(0)
            for _ in range(200):
                await asyncio.sleep(0.01)
                await consumer.commit()
            reached = {tp: offset for offsets in kept for tp, offset in offsets.items()}
            left = {tp: set(range(at or 0, N)) - answered[tp] for tp, at in committed.items()}
            lost = {tp: {at for at in left[tp] if at < reached.get(tp, 0)} for tp in left}
            assert lost == {TP_0: set(), TP_1: set()}
            assert left == {TP_0: set(), TP_1: set()}
            assert reached == {TP_0: N, TP_1: N}

    asyncio.run(run())
