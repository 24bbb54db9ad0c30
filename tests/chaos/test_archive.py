"""The archive goes away, or its writer dies: moderation goes on and the archive is complete."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.archive import migrations
from streams.archive.server import ServerArchive
from streams.settings import Settings
from tests.integration.account import check, count
from tests.integration.fixtures import Note
from tests.integration.load import Load, send, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System
from tests.services import ApacheKafka, ClickHouseServer, EmbeddedKafka, require
from tests.services.legacy_ddl import rewritten

pytestmark = pytest.mark.slow

OUTAGE_S = 30.0
both_with_clickhouse = pytest.mark.parametrize(
    "broker",
    [
        pytest.param(EmbeddedKafka, id="embedded", marks=pytest.mark.services),
        pytest.param(ApacheKafka, id="kafka", marks=pytest.mark.services),
    ],
    indirect=True,
)


@pytest.fixture
def clickhouse(tmp_path: Path, system: System) -> Iterator[ClickHouseServer]:
    """Gives a server with the archive's tables, which the system's archiver writes to."""
    require(ClickHouseServer)
    with ClickHouseServer(tmp_path / "clickhouse") as server:
        system.settings |= {"archive": "server", "clickhouse_port": server.port}
        system.http_port, system.database = server.http_port, "tidegate"
        archive = ServerArchive(Settings(archive="server", clickhouse_port=server.port))
        migrations.migrate(archive, rewritten(migrations.read()))
        archive.close()
        yield server


@both_with_clickhouse
def test_clickhouse_is_gone_for_half_a_minute(
    system: System, clickhouse: ClickHouseServer, note: Note
) -> None:
    archiver = system.archiver()
    (worker,) = system.workers(1)
    load = Load(system.broker.bootstrap, traffic(15_000, seed=31), rate_hz=220, burst=0)
    load.start()
    wait_for(lambda: count(system, "verdicts") > 500, "verdicts are archived")

    clickhouse.kill()
    began = time.monotonic()
    wait_for(lambda: "the archive is away" in archiver.log(), "the archiver holds")
    n_answered = []
    while time.monotonic() - began < OUTAGE_S:
        n_before = worker.metric("tidegate_consumed_total")
        wait_for(lambda n=n_before: worker.metric("tidegate_consumed_total") > n, "events flow")  # type: ignore[misc]
        n_answered.append(worker.metric("tidegate_consumed_total") - n_before)
        time.sleep(min(5.0, max(0.0, OUTAGE_S - (time.monotonic() - began))))
    assert archiver.is_running
    n_meanwhile = worker.metric("tidegate_consumed_total")
    clickhouse.start()
    n_archived = count(system, "verdicts")
    assert n_archived < n_meanwhile
    catch_up_s = wait_for(lambda: count(system, "verdicts") > n_archived, "the archiver is back")

    figures = check(system, load.finish())
    assert "the archive is back" in archiver.log()
    note(figures, outage_s=time.monotonic() - began, first_block_after_s=catch_up_s)


def test_kill_of_the_archiver_mid_block(system: System, note: Note) -> None:
    archiver = system.archiver(archive_block_rows=500, archive_block_wait_s=0.1)
    system.workers(1)
    load = Load(system.broker.bootstrap, traffic(8_000, seed=32), burst=6_000, rate_hz=500)
    load.start()
    wait_for(lambda: _archived(system) >= 1_000, "the archiver is busy")

    archiver.kill()
    system.archiver()

    note(check(system, load.finish()))


def _archived(system: System) -> int:
    try:
        return count(system, "verdicts")
    except OSError:
        return 0


def test_a_stop_of_the_archiver_loses_nothing(system: System, note: Note) -> None:
    archiver = system.archiver()
    system.workers(1)
    sent = list(send(system.broker.bootstrap, traffic(1_000, seed=33)))
    assert archiver.terminate() == 0
    system.archiver()
    note(check(system, sent))
