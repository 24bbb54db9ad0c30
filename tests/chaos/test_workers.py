"""Workers that die, join and leave under load: nothing lost, each event one verdict."""

from pathlib import Path

import pytest

from tests.chaos.slow_worker import in_hand
from tests.integration.account import check
from tests.integration.fixtures import Note
from tests.integration.load import Load, traffic
from tests.integration.processes import Worker, wait_for
from tests.integration.system import System

pytestmark = pytest.mark.slow

SLOW_WORKER = str(Path(__file__).with_name("slow_worker.py"))
SLOW_SEEK_WORKER = str(Path(__file__).with_name("slow_seek_worker.py"))


@pytest.fixture(autouse=True)
def archiver(system: System) -> None:
    system.archiver()


def test_kill_of_a_worker_mid_batch(system: System, note: Note) -> None:
    first, second = system.worker([SLOW_WORKER]), system.worker()
    system.await_shared([first, second])
    load = Load(system.broker.bootstrap, traffic(20_000, seed=11), burst=14_000, rate_hz=500)
    load.start()
    await_busy(first)

    first.kill()
    n_in_hand = in_hand(first.log())
    assert n_in_hand > 0, "nothing was read and not yet answered when the worker was killed"
    takeover_s = system.await_shared([second])
    third = system.worker()
    rejoin_s = system.await_shared([second, third])

    figures = check(system, load.finish())
    assert figures.n_events == 20_000
    note(figures, takeover_s=takeover_s, rejoin_s=rejoin_s, in_hand_at_the_kill=n_in_hand)


def await_busy(slow: Worker) -> None:
    """Waits until a slow worker has answered a few batches and is in the midst of others."""
    wait_for(
        lambda: slow.metric("tidegate_consumed_total") >= 1_000 and in_hand(slow.log()) > 0,
        "the worker is busy",
    )


def test_a_worker_joins_and_one_leaves_under_load(system: System, note: Note) -> None:
    first, second = system.workers(2)
    load = Load(system.broker.bootstrap, traffic(8_000, seed=12), burst=2_000, rate_hz=400)
    load.start()
    wait_for(lambda: load.n_sent > 2_000, "traffic flows")

    third = system.worker()
    join_s = system.await_shared([first, second, third])
    assert first.terminate() == 0
    leave_s = system.await_shared([second, third])

    note(check(system, load.finish()), join_s=join_s, leave_s=leave_s)


def test_sigterm_finishes_the_batch_in_hand(system: System, note: Note) -> None:
    first, second = system.worker([SLOW_WORKER]), system.worker([SLOW_WORKER])
    system.await_shared([first, second])
    load = Load(system.broker.bootstrap, traffic(24_000, seed=13), burst=6_000, rate_hz=400)
    load.start()
    await_busy(first)
    n_in_hand = in_hand(first.log())

    assert first.terminate() == 0

    assert load.is_alive(), "the load ended before the worker"
    assert in_hand(first.log()) == 0
    takeover_s = system.await_shared([second])
    figures = check(system, load.finish())
    assert figures.n_repeated == 0
    note(figures, takeover_s=takeover_s, in_hand_at_sigterm=n_in_hand)


@pytest.mark.parametrize("script", [(), (SLOW_SEEK_WORKER,)], ids=["as-ever", "slow-seeks"])
def test_workers_join_and_die_before_anything_is_committed(
    system: System, note: Note, script: tuple[str, ...]
) -> None:
    load = Load(system.broker.bootstrap, traffic(6_000, seed=14), burst=3_000, rate_hz=200)
    load.start()
    first, second = system.worker(script), system.worker(script)
    wait_for(lambda: _consumed(second) > 0, "the second worker answers")
    second.kill()
    third = system.worker(script)
    takeover_s = system.await_shared([first, third])

    note(check(system, load.finish()), takeover_s=takeover_s)


def _consumed(worker: Worker) -> float:
    return worker.metric("tidegate_consumed_total") if worker.n_assigned() else 0.0
