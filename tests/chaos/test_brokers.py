"""Apache Kafka that restarts or dies under load: its log outlives it, so nothing is lost."""

import time

import pytest

from tests.integration.account import check
from tests.integration.fixtures import Note
from tests.integration.load import Load, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System
from tests.services import ApacheKafka

pytestmark = [pytest.mark.slow, pytest.mark.services]


only_apache_kafka = pytest.mark.parametrize("broker", [ApacheKafka], indirect=True, ids=["kafka"])


@only_apache_kafka
@pytest.mark.parametrize("way", ["restart", "kill"])
def test_the_broker_goes_away_under_load(system: System, note: Note, way: str) -> None:
    archiver = system.archiver()
    first, second = system.workers(2, drain_timeout_s=90)
    load = Load(system.broker.bootstrap, traffic(6_000, seed=21), burst=3_000, rate_hz=300)
    load.start()
    wait_for(lambda: first.metric("tidegate_consumed_total") >= 300, "the worker is busy")

    if way == "restart":
        system.broker.restart()
    else:
        system.broker.kill()
        system.broker.start()
    began = time.monotonic()
    n_before = [worker.metric("tidegate_consumed_total") for worker in (first, second)]
    wait_for(
        lambda: all(
            worker.metric("tidegate_consumed_total") > n
            for worker, n in zip((first, second), n_before, strict=True)
        ),
        "both workers go on",
    )
    recovery_s = time.monotonic() - began

    note(check(system, load.finish()), recovery_s=recovery_s)
    assert first.is_running
    assert second.is_running
    assert archiver.is_running
