"""An embedded archive that is asked over HTTP, as backtests ask it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.records import HumanLabel
from schemas.verdicts import Verdict
from streams import policy
from streams.archive.archive import ArchivedVerdict, Rows
from streams.archive.embedded import EmbeddedArchive
from streams.archive.http import QueryServer
from streams.backtest.deciding import Policies
from streams.backtest.running import Counted, run
from streams.backtest.selection import Selection
from streams.policy import CompiledPolicy
from streams.settings import Settings
from tests import archives

RICH = Path(__file__).parent / "rich.toml"
DAY = timedelta(days=1)
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - 20 * DAY
END = START + 20 * DAY

Backtest = Callable[..., Counted]


class Store:
    """An archive, and how to write to it."""

    def __init__(self, archive: EmbeddedArchive, settings: Settings) -> None:
        self.archive = archive
        self.settings = settings
        self._n = 0

    def write(self, verdicts: Sequence[Verdict], labels: Sequence[HumanLabel] = ()) -> None:
        self._n += 1
        rows = tuple(ArchivedVerdict(verdict=one) for one in verdicts)
        self.archive.write(Rows(verdicts=rows, labels=tuple(labels)), token=f"test-{self._n}")

    def backtest(
        self,
        new: CompiledPolicy,
        old: CompiledPolicy | None = None,
        *,
        n_processes: int = 1,
        page_verdicts: int = 500,
        **selected: object,
    ) -> Counted:
        """Decides what was archived again, in this process."""
        given: dict[str, object] = {"start": START, "end": END, **selected}
        return run(
            self.settings,
            Selection(**given),  # type: ignore[arg-type] # fields of any type, by name
            Policies(new=new, old=old),
            n_processes=n_processes,
            page_verdicts=page_verdicts,
        )


@pytest.fixture(scope="session")
def rich() -> CompiledPolicy:
    return policy.load(RICH)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    archive = archives.migrated(tmp_path_factory.mktemp("backtest") / "archive")
    server = QueryServer(archive.reader(), host="127.0.0.1", port=0)
    yield Store(archive, Settings(archive_http_port=server.port))
    server.close()
    archive.close()


@pytest.fixture
def store(served: Store) -> Store:
    """The archive, empty."""
    for table in ("verdicts", "signals", "labels"):
        served.archive.execute(f"TRUNCATE TABLE {table}")
    return served
