"""A worker that is stuck ends itself, and another carries on."""

from pathlib import Path

import pytest

from tests.chaos.stuck_worker import BLOCKING_TEXT
from tests.chaos.test_records import message
from tests.integration.account import check
from tests.integration.fixtures import Note
from tests.integration.load import Sample, send, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System

pytestmark = pytest.mark.slow

SCRIPT = str(Path(__file__).with_name("stuck_worker.py"))


def test_a_stuck_worker_ends_and_another_carries_on(system: System, note: Note) -> None:
    system.archiver()
    stuck = system.worker([SCRIPT], stall_timeout_s=10)
    system.await_shared([stuck])
    sent = list(send(system.broker.bootstrap, traffic(500, seed=51)))
    system.await_answered(sent)
    # More than one batch: the embedded broker tells the end of the log too low by a batch.
    for number in range(3):
        blocking = Sample(message(number, BLOCKING_TEXT))
        sent += send(system.broker.bootstrap, [blocking, *traffic(100, seed=52 + number)])

    ended_s = wait_for(lambda: not stuck.is_running, "the watchdog ends the worker")

    assert stuck.process.returncode == 1
    assert "partitions have lag and make no progress" in stuck.log()
    system.workers(1)
    note(check(system, sent), ended_s=ended_s)
