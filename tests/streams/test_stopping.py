"""Which signals stop a process; tests/integration sends them to the real ones."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from streams.agents.service import StoppableWorker
from streams.stopping import stop_on_signal, stop_signals

ALL = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ALL}
    yield
    for number, disposition in before.items():
        signal.signal(number, disposition)


@pytest.mark.parametrize("number", ALL)
def test_each_sets_the_event(number: signal.Signals) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    stop = stop_on_signal()
    assert not stop.is_set()
    os.kill(os.getpid(), number)
    assert stop.wait(5)


def test_a_hangup_stays_ignored_under_nohup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert signal.SIGHUP not in stop_signals()
    stop = stop_on_signal()
    os.kill(os.getpid(), signal.SIGHUP)
    assert not stop.wait(0.05)


@pytest.mark.parametrize(
    ("disposition", "wanted"), [(signal.SIG_DFL, set(ALL)), (signal.SIG_IGN, set(ALL[:2]))]
)
def test_a_worker_handles_the_same(
    disposition: signal.Handlers, wanted: set[signal.Signals]
) -> None:
    signal.signal(signal.SIGHUP, disposition)
    handled: set[int] = set()

    async def install() -> None:
        await asyncio.sleep(0)
        worker = StoppableWorker.__new__(StoppableWorker)
        worker.loop = asyncio.get_running_loop()
        worker.install_signal_handlers()
        handled.update(vars(worker.loop)["_signal_handlers"])

    asyncio.run(install())
    assert handled & set(ALL) == wanted
