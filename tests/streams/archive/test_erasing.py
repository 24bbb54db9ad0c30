"""An actor is erased with its signals, and nobody else."""

from pathlib import Path

from msgspec.structs import replace

from streams.archive.archive import Rows
from streams.archive.erasing import erase
from tests import archives
from tests.streams.archive.samples import archived, dead_letter, human_label, verdict


def test_an_actor_is_erased_and_nobody_else(tmp_path: Path) -> None:
    archive = archives.migrated(tmp_path / "archive")
    own = replace(verdict("item-2"), actor_id="o'x\\")
    letter = replace(dead_letter(), key=b"o'x\\")
    verdicts = (archived(verdict()), archived(own))
    rows = Rows(verdicts=verdicts, dead_letters=(letter,), labels=(human_label("l"),))
    archive.write(rows, token="a")  # noqa: S106 - no password
    assert erase(archive, "o'x\\") == {"signals": 2, "verdicts": 1, "dead_letters": 1}
    for table, n in (("signals", 2), ("verdicts", 1), ("dead_letters", 0), ("labels", 1)):
        assert archive.select(f"SELECT toString(count()) AS n FROM {table}") == [(str(n),)]  # noqa: S608
    assert erase(archive, "o'x\\") == {"signals": 0, "verdicts": 0, "dead_letters": 0}
    archive.close()
