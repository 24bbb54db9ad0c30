"""Migrations: the numbered files of `schemas/clickhouse/`, applied once and recorded."""

import hashlib
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from schemas import topics
from streams.archive.archive import Archive, ArchiveRejected

DIRECTORY: Final = Path(topics.__file__).parent / "clickhouse"
FILE_NAME: Final = re.compile(r"(\d{4})_([a-z][a-z0-9_]*)\.sql")

TRIES: Final = 3
PAUSE_S: Final = 0.2
CREATE_LOG: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32,
    name String,
    sha256 String,
    applied_at DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY number
"""


class MigrationInvalid(Exception):
    """The migration files cannot be applied to this archive."""


class Migration(Struct, frozen=True, kw_only=True):
    """One file: its number, name, SHA-256 and statements."""

    number: int
    name: str
    sha256: str
    statements: tuple[str, ...]


def read(directory: Path = DIRECTORY) -> tuple[Migration, ...]:
    """Reads the migrations of a directory, by number from 1 without a gap.

    Raises MigrationInvalid when the names say otherwise.
    """
    migrations = tuple(_read_file(path) for path in sorted(directory.glob("*.sql")))
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(migrations) + 1)):
        message = f"{directory}: migrations are numbered {numbers}, not from 1 without a gap"
        raise MigrationInvalid(message)
    return migrations


def split(sql: str) -> tuple[str, ...]:
    """Splits a file into statements: each ends with a semicolon at the end of a line."""
    pieces = (piece.strip() for piece in re.split(r";[ \t]*$", sql, flags=re.MULTILINE))
    return tuple(
        piece for piece in pieces if re.sub(r"^\s*--.*$", "", piece, flags=re.MULTILINE).strip()
    )


def migrate(archive: Archive, migrations: Sequence[Migration] | None = None) -> tuple[str, ...]:
    """Brings an archive up to date and gives the names of what was applied now.

    Each statement says IF NOT EXISTS, so a migration that was cut short, or is run by two at
    once, is simply run again. Raises MigrationInvalid, before changing anything, when a file that
    was applied has changed since or is no longer there.
    """
    known = read() if migrations is None else tuple(migrations)
    archive.execute(CREATE_LOG)
    applied = _applied(archive)
    _compare(known, applied)
    pending = [migration for migration in known if migration.number not in applied]
    for migration in pending:
        for statement in migration.statements:
            _execute(archive, statement)
        # All three are ours and plain: digits, lower-case letters, underscores.
        archive.execute(
            "INSERT INTO schema_migrations (number, name, sha256) "
            f"SELECT {migration.number}, '{migration.name}', '{migration.sha256}'"
        )
    return tuple(migration.name for migration in pending)


def _execute(archive: Archive, statement: str) -> None:
    """Executes a statement; once more where somebody else's came between its parts.

    Of two that drop a table "if it exists", a server may refuse one: it was there a moment ago.
    """
    for _ in range(TRIES - 1):
        try:
            archive.execute(statement)
        except ArchiveRejected:
            time.sleep(PAUSE_S)
        else:
            return
    archive.execute(statement)


def _read_file(path: Path) -> Migration:
    match = FILE_NAME.fullmatch(path.name)
    if match is None:
        message = f"{path.name} is not named like 0001_name.sql"
        raise MigrationInvalid(message)
    sql = path.read_bytes()
    return Migration(
        number=int(match[1]),
        name=path.stem,
        sha256=hashlib.sha256(sql).hexdigest(),
        statements=split(sql.decode()),
    )


def _applied(archive: Archive) -> dict[int, tuple[str, str]]:
    log = archive.select("SELECT number, name, sha256 FROM schema_migrations ORDER BY number")
    return {int(str(number)): (str(name), str(sha256)) for number, name, sha256 in log}


def _compare(known: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> None:
    by_number = {migration.number: migration for migration in known}
    for number, (name, sha256) in applied.items():
        migration = by_number.get(number)
        if migration is None:
            message = f"the archive has migration {name}, which this version does not know"
            raise MigrationInvalid(message)
        if migration.sha256 != sha256:
            message = (
                f"{name} was applied as {sha256[:12]} and is now {migration.sha256[:12]}:"
                " an applied file never changes, add a new one"
            )
            raise MigrationInvalid(message)
