"""The same over ClickHouse's native protocol, on a server."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from streams.archive import migrations
from streams.archive.archive import ArchivedVerdict, Rows
from streams.archive.server import ServerArchive
from streams.backtest.deciding import Policies
from streams.backtest.running import PeriodEmpty, run
from streams.backtest.selection import Selection
from streams.bench import week
from streams.policy import CompiledPolicy
from streams.settings import Settings
from tests.services import ClickHouseServer, require
from tests.services.legacy_ddl import rewritten

from .conftest import DAY, END, START

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    require(ClickHouseServer)
    with ClickHouseServer(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


def test_history_on_a_server_comes_out_as_it_was(
    server: ClickHouseServer, rich: CompiledPolicy
) -> None:
    settings = Settings(
        archive="server",
        clickhouse_port=server.port,
        clickhouse_database=f"test_{uuid4().hex}",
    )
    archive = ServerArchive(settings)
    migrations.migrate(archive, rewritten(migrations.read()))
    made = list(week.week(400, START, [rich]))
    verdicts = [verdict for one in made for verdict in one.verdicts]
    rows = tuple(ArchivedVerdict(verdict=one) for one in verdicts)
    labels = tuple(one.label for one in made if one.label is not None)
    archive.write(Rows(verdicts=rows, labels=labels), token="week")  # noqa: S106 - no password
    archive.close()

    whole = Selection(start=START, end=END)
    tally = run(settings, whole, Policies(rich), n_processes=1, page_verdicts=50).tally
    assert tally.differing == []
    assert tally.n_verdicts == tally.n_identical == len(verdicts)
    held = Selection(start=START, end=END, where="action = 'hold'")
    tally = run(settings, held, Policies(rich), n_processes=1).tally
    assert tally.n_identical == sum(one.action == "hold" for one in verdicts)
    with pytest.raises(PeriodEmpty):
        run(settings, Selection(start=START - DAY, end=START), Policies(rich))
