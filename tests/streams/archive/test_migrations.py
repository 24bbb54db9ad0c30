"""Migrations: applied once, in order, and never changed afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.archive import migrations
from streams.archive.archive import ArchiveRejected, ArchiveUnavailable
from streams.archive.embedded import EmbeddedArchive
from streams.archive.migrations import MigrationInvalid


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[EmbeddedArchive]:
    opened = EmbeddedArchive(tmp_path / "archive")
    yield opened
    opened.close()


def write(directory: Path, **files: str) -> Path:
    directory.mkdir(exist_ok=True)
    for name, sql in files.items():
        (directory / f"{name}.sql").write_text(sql)
    return directory


def test_all_are_applied_once(archive: EmbeddedArchive) -> None:
    names = tuple(migration.name for migration in migrations.read())
    assert names[0] == "0001_verdicts"
    assert migrations.migrate(archive) == names
    assert migrations.migrate(archive) == ()
    log = archive.select("SELECT name FROM schema_migrations ORDER BY number")
    assert log == [(name,) for name in names]


def test_a_changed_file_is_an_error(archive: EmbeddedArchive) -> None:
    migrations.migrate(archive)
    first, *others = migrations.read()
    with pytest.raises(MigrationInvalid, match="0001_verdicts was applied as"):
        migrations.migrate(archive, [replace(first, sha256="0" * 64), *others])


def test_an_archive_newer_than_the_files_is_an_error(archive: EmbeddedArchive) -> None:
    migrations.migrate(archive)
    with pytest.raises(MigrationInvalid, match="does not know"):
        migrations.migrate(archive, migrations.read()[:-1])


def test_a_later_migration_is_applied_alone(archive: EmbeddedArchive, tmp_path: Path) -> None:
    table = "CREATE TABLE IF NOT EXISTS one (a Int8) ENGINE = MergeTree ORDER BY a;\n"
    files = write(tmp_path / "files", **{"0001_one": table})
    assert migrations.migrate(archive, migrations.read(files)) == ("0001_one",)
    add = "ALTER TABLE one ADD COLUMN IF NOT EXISTS b Int8; -- a second; column\n"
    write(files, **{"0002_two": add + "-- the end"})
    assert migrations.migrate(archive, migrations.read(files)) == ("0002_two",)
    assert archive.select("SELECT a, b FROM one") == []


def test_one_that_was_cut_short_is_run_again(archive: EmbeddedArchive, tmp_path: Path) -> None:
    table = "CREATE TABLE IF NOT EXISTS one (a Int8) ENGINE = MergeTree ORDER BY a;\n"
    broken = write(tmp_path / "broken", **{"0001_one": table + "CREATE TABLE NONSENSE;"})
    with pytest.raises(ArchiveUnavailable, match="Incorrect CREATE"):
        migrations.migrate(archive, migrations.read(broken))
    fixed = write(tmp_path / "fixed", **{"0001_one": table})
    assert migrations.migrate(archive, migrations.read(fixed)) == ("0001_one",)


@pytest.mark.parametrize(
    "names", [["0002_b"], ["0001_a", "0003_c"], ["0001_a", "0001_b"], ["1_a"], ["0001_A"]]
)
def test_names_are_numbered_without_a_gap(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(MigrationInvalid):
        migrations.read(write(tmp_path / "files", **dict.fromkeys(names, "SELECT 1;")))


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    sql = "-- why; and how\nSELECT ';', 1;\n\n-- nothing\n;\nSELECT 2\n"
    assert migrations.split(sql) == ("-- why; and how\nSELECT ';', 1", "SELECT 2")


def test_every_statement_can_be_run_again() -> None:
    for migration in migrations.read():
        for statement in migration.statements:
            assert "IF NOT EXISTS" in statement or "DROP TABLE IF EXISTS" in statement


def test_a_statement_that_another_migrator_gets_in_the_way_of_is_tried_again() -> None:
    class Contested:
        """Refuses each statement that drops once, as a server does where somebody was faster."""

        def __init__(self) -> None:
            self.refused: set[str] = set()
            self.executed: list[str] = []

        def execute(self, statement: str, /) -> None:
            if "DROP" in statement and statement not in self.refused:
                self.refused.add(statement)
                message = "Table tidegate.verdicts_current doesn't exist"
                raise ArchiveRejected(message)
            self.executed.append(statement)

        def select(self, _query: str, /) -> list[tuple[object, ...]]:
            return []

    contested = Contested()
    migrations.migrate(contested)  # type: ignore[arg-type] # as much of an archive as it asks
    assert contested.refused
    assert contested.refused <= set(contested.executed)
