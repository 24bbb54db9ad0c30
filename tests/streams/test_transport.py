"""The short way for hand-overs gives what Faust's own way gives, on a real service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from mode.services import Service, WaitResults

from streams.agents.app import build
from streams.agents.transport import Consumer
from streams.settings import Settings

Waiting = Callable[[Any, Any], Awaitable[WaitResults]]


@asynccontextmanager
async def consumer_on(folder: Path) -> AsyncIterator[Consumer]:
    """A consumer of ours that no broker ever sees: it is a mode service like any other."""

    async def forget(_given: object) -> None:
        return None

    app = build(Settings(state_dir=folder), lambda _: lambda _: None, lambda _: None)
    transport = app._new_transport()
    consumer = transport.create_consumer(
        forget, on_partitions_revoked=forget, on_partitions_assigned=forget
    )
    assert isinstance(consumer, Consumer)
    yield consumer
    consumer._thread.thread_loop.close()


def ways(consumer: Consumer) -> dict[str, Waiting]:
    def faust(*coros: Coroutine[Any, Any, Any]) -> Awaitable[WaitResults]:
        return cast("Awaitable[WaitResults]", Service.wait_first(consumer, *coros))

    return {"faust": faust, "ours": consumer.wait_first}


async def immediate(value: object) -> object:
    return value


async def after(steps: int, value: object) -> object:
    for _ in range(steps):
        await asyncio.sleep(0)
    return value


async def blocked_then(event: asyncio.Event, value: object) -> object:
    await event.wait()
    return value


async def raising(steps: int) -> object:
    await after(steps, None)
    message = "refused"
    raise ValueError(message)


def shape(found: WaitResults, coros: tuple[object, ...]) -> tuple[list[int], list[object], bool]:
    """Which of the coroutines were first, by place; what they gave; and whether it was a stop."""
    return [coros.index(one) for one in found.done], list(found.results), found.stopped


@pytest.mark.parametrize("way", ["faust", "ours"])
@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_hand_over_that_completes(tmp_path: Path, way: str, steps: int) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            coros = (after(steps, "taken"), asyncio.Event().wait())
            found = await ways(consumer)[way](*coros)
            assert shape(found, coros) == ([0], ["taken"], False)

    asyncio.run(run())


@pytest.mark.parametrize("way", ["faust", "ours"])
def test_suspension_ends_a_hand_over_that_waits(tmp_path: Path, way: str) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            suspended, never = asyncio.Event(), asyncio.Event()
            was_cancelled = asyncio.Event()

            async def hand_over() -> None:
                try:
                    await never.wait()
                except asyncio.CancelledError:
                    was_cancelled.set()
                    raise

            coros = (hand_over(), suspended.wait())
            waiting = asyncio.ensure_future(ways(consumer)[way](*coros))
            await after(3, None)
            suspended.set()
            assert shape(await waiting, coros) == ([1], [True], False)
            await asyncio.wait_for(was_cancelled.wait(), 10)

    asyncio.run(run())


@pytest.mark.parametrize("way", ["faust", "ours"])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_error_of_a_hand_over_is_raised(tmp_path: Path, way: str, steps: int) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            with pytest.raises(ValueError, match="refused"):
                await ways(consumer)[way](raising(steps), asyncio.Event().wait())

    asyncio.run(run())


@pytest.mark.parametrize("way", ["faust", "ours"])
def test_cancelling_the_caller_cancels_the_hand_over(tmp_path: Path, way: str) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            ended = asyncio.Event()

            async def hand_over() -> None:
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.set()

            waiting = asyncio.ensure_future(
                ways(consumer)[way](hand_over(), asyncio.Event().wait())
            )
            await after(3, None)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await asyncio.wait_for(ended.wait(), 10)

    asyncio.run(run())


@pytest.mark.parametrize("way", ["faust", "ours"])
@pytest.mark.parametrize("when", ["before", "while"])
def test_stopping_service_answers_stopped(tmp_path: Path, way: str, when: str) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            if when == "before":
                consumer._stopped.set()
            coros = (blocked_then(asyncio.Event(), 1), asyncio.Event().wait())
            waiting = asyncio.ensure_future(ways(consumer)[way](*coros))
            await after(3, None)
            consumer._stopped.set()
            assert shape(await waiting, coros) == ([], [], True)

    asyncio.run(run())


@pytest.mark.parametrize("way", ["faust", "ours"])
def test_hand_over_may_catch_a_cancellation(tmp_path: Path, way: str) -> None:
    """What is thrown into a resumed hand-over reaches it, as with await."""

    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            gate = asyncio.get_running_loop().create_future()

            async def hand_over() -> str:
                try:
                    await gate
                except RuntimeError:
                    await asyncio.sleep(0)
                    return "mended"
                return "not reached"

            coros = (hand_over(), asyncio.Event().wait())
            waiting = asyncio.ensure_future(ways(consumer)[way](*coros))
            await after(3, None)
            gate.set_exception(RuntimeError())
            assert shape(await waiting, coros) == ([0], ["mended"], False)

    asyncio.run(run())


@pytest.mark.parametrize("way", ["faust", "ours"])
def test_other_calls_go_fausts_way(tmp_path: Path, way: str) -> None:
    async def run() -> None:
        async with consumer_on(tmp_path) as consumer:
            first = ways(consumer)[way]
            one = (immediate(1),)
            assert shape(await first(*one), one) == ([0], [1], False)  # type: ignore[call-arg]
            set_, never = asyncio.Event(), asyncio.Event()
            set_.set()
            found = await first(set_, never)
            assert found.done == [set_]

    asyncio.run(run())
