# ruff: noqa: S106 - a token is no password here
"""The archive on a real ClickHouse server: outages, lost answers, what it refuses."""

import threading
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from msgspec.structs import replace

from schemas.signals import Span
from streams.archive import migrations
from streams.archive.archive import ArchiveRejected, ArchiveUnavailable, Rows
from streams.archive.errors import QueryFailed
from streams.archive.query import query
from streams.archive.server import ServerArchive
from streams.settings import Settings
from tests.services import ClickHouseServer, require
from tests.services.legacy_ddl import rewritten
from tests.streams.archive.proxy import Proxy
from tests.streams.archive.samples import archived, verdict

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    require(ClickHouseServer)
    with ClickHouseServer(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def settings(server: ClickHouseServer) -> Settings:
    return Settings(
        archive="server",
        clickhouse_port=server.port,
        clickhouse_database=f"test_{uuid4().hex}",
    )


@pytest.fixture
def archive(settings: Settings) -> Iterator[ServerArchive]:
    opened = ServerArchive(settings, connect_timeout_s=2, answer_timeout_s=5)
    migrations.migrate(opened, rewritten(migrations.read()))
    yield opened
    opened.close()


def rows_of(n_verdicts: int) -> Rows:
    return Rows(verdicts=tuple(archived(verdict(f"item-{i}"), i) for i in range(n_verdicts)))


def count(archive: ServerArchive) -> int:
    return int(str(archive.select("SELECT count() FROM verdicts FINAL")[0][0]))


def wait_for(condition: Callable[[], bool], limit_s: float = 30) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nobody_answering_is_unavailable() -> None:
    archive = ServerArchive(Settings(clickhouse_port=1), connect_timeout_s=1)
    with pytest.raises(ArchiveUnavailable):
        archive.write(rows_of(1), token="a")


def test_a_server_killed_between_inserts_is_unavailable_and_then_back(
    server: ClickHouseServer, archive: ServerArchive
) -> None:
    archive.write(rows_of(10), token="a")
    server.kill()
    for _ in range(2):
        with pytest.raises(ArchiveUnavailable):
            archive.write(rows_of(20), token="b")
    server.start()
    archive.write(rows_of(20), token="b")
    assert count(archive) == 20


def test_a_server_killed_during_inserts_loses_nothing_that_was_said_to_be_stored(
    server: ClickHouseServer, archive: ServerArchive
) -> None:
    rows = rows_of(2_000)
    failures: list[ArchiveUnavailable] = []
    n_stored = 0

    def write_on() -> None:
        nonlocal n_stored
        while not failures:
            try:
                archive.write(rows, token=f"{n_stored}")
                n_stored += 1
            except ArchiveUnavailable as failure:
                failures.append(failure)

    writer = threading.Thread(target=write_on)
    writer.start()
    wait_for(lambda: n_stored >= 2)
    server.kill()
    writer.join(30)
    assert len(failures) == 1
    server.start()
    archive.write(rows, token="last")
    assert count(archive) == 2_000
    assert archive.select("SELECT count() FROM signals FINAL") == [(4_000,)]


def test_a_lost_answer_is_unavailable_and_the_retry_gives_one_row(
    server: ClickHouseServer, settings: Settings, archive: ServerArchive
) -> None:
    with Proxy(server.port) as proxy:
        through = ServerArchive(
            replace(settings, clickhouse_port=proxy.port), connect_timeout_s=2, answer_timeout_s=2
        )
        through.write(rows_of(5), token="a")
        proxy.swallow_answers()
        with pytest.raises(ArchiveUnavailable):
            through.write(rows_of(50), token="b")
        proxy.pass_answers()
        through.write(rows_of(50), token="b")
        through.close()
    assert count(archive) == 50


def test_a_value_that_fits_no_column_is_rejected_and_the_next_block_is_not(
    archive: ServerArchive,
) -> None:
    given = verdict()
    bad = replace(given, signals=(replace(given.signals[0], span=Span(start=2**70, end=1)),))
    with pytest.raises(ArchiveRejected):
        archive.write(Rows(verdicts=(archived(bad),)), token="a")
    archive.write(rows_of(3), token="b")
    assert count(archive) == 3


def test_a_missing_table_is_no_fault_of_the_rows(settings: Settings) -> None:
    unmigrated = ServerArchive(replace(settings, clickhouse_database=f"test_{uuid4().hex}"))
    with pytest.raises(ArchiveUnavailable, match="doesn't exist"):
        unmigrated.write(rows_of(1), token="a")
    unmigrated.close()


def test_queries_read_and_cannot_write(settings: Settings, archive: ServerArchive) -> None:
    archive.write(rows_of(3), token="a")
    table = query(settings, "SELECT item_id, revision FROM verdicts FINAL ORDER BY item_id")
    assert table.columns == ("item_id", "revision")
    assert table.rows == [["item-0", 1], ["item-1", 1], ["item-2", 1]]
    with pytest.raises(QueryFailed) as caught:
        query(settings, "DROP TABLE verdicts")
    assert caught.value.code == 164
    with pytest.raises(ArchiveUnavailable):
        query(replace(settings, clickhouse_port=1), "SELECT 1")


def test_two_migrators_at_once_agree(settings: Settings) -> None:
    legacy = rewritten(migrations.read())
    archives = [ServerArchive(settings) for _ in range(2)]
    threads = [threading.Thread(target=migrations.migrate, args=(one, legacy)) for one in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert migrations.migrate(archives[0], legacy) == ()
    for one in archives:
        one.close()
