"""The embedded archive: ClickHouse inside this process, on a data directory of its own."""

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TextIO

import chdb
import msgspec
from chdb.state import connect

from streams.archive import errors
from streams.archive.archive import ArchiveRejected, ArchiveUnavailable, Rows
from streams.archive.fence import SYSTEM_TABLES
from streams.archive.reader import Limits, Reader
from streams.archive.rows import Block, Row, blocks

CHUNK_BYTES: Final = 1 << 20
"""Bytes given to the engine at a time: one large piece makes it parse in one go, and slower."""
FIXARRAY_MAX: Final = 15
"""MessagePack arrays up to this long have a header of one byte, then of three."""

INSERT_SETTINGS: Final = "max_partitions_per_insert_block = 0"
"""Late records of many months must not make a block impossible."""

CONFIG: Final = """<clickhouse>
  <user_directories><users_xml><path>{users}</path></users_xml></user_directories>
  <access_control_improvements>
    <table_engines_require_grant>true</table_engines_require_grant>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
  </access_control_improvements>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>8</background_schedule_pool_size>
</clickhouse>
"""
USERS: Final = """<clickhouse>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
{grants}
      </grants>
    </default>
  </users>
</clickhouse>
"""


class EmbeddedArchive:
    """An Archive on a directory. One process may open a directory; one directory a process.

    Nobody in this engine, neither readers nor the writer, is granted a source outside of it
    (files, addresses, other databases): the grants are the engine's own, in `users.xml`.
    """

    def __init__(self, directory: Path, *, database: str = "tidegate") -> None:
        """Opens the directory, made if need be.

        Raises ArchiveUnavailable when another process has it or it cannot be written,
        ArchiveRejected when its path or the database's name cannot be used.
        """
        address = f"{directory.absolute()}"
        if "?" in address or not database.isidentifier():
            message = f"cannot keep database {database!r} in {address!r}"
            raise ArchiveRejected(message)
        self._database = database
        self._lock = threading.Lock()
        with ExitStack() as held:
            try:
                directory.mkdir(parents=True, exist_ok=True)
                self._mark = held.enter_context(_sole_use(directory))
                self._address = f"{address}?config-file={_write_config(directory, database)}"
                self._connection = connect(self._address)
            except (OSError, RuntimeError) as error:
                message = f"cannot keep the archive in {address}: {error}"
                raise ArchiveUnavailable(message) from error
            held.callback(self._connection.close)
            self.execute(f"CREATE DATABASE IF NOT EXISTS {database}")
            self.execute(f"USE {database}")
            self._held = held.pop_all()

    def write(self, rows: Rows, /, *, token: str) -> None:
        """See `Archive.write`. The engine is in-process: no answer is lost, `token` is unused."""
        del token
        try:
            packed = [(block, pack(block.rows)) for block in blocks(rows)]
        except (OverflowError, ValueError, msgspec.MsgspecError) as error:
            raise ArchiveRejected(str(error)) from error
        with self._lock:
            self._require_place()
            for block, pieces in packed:
                self._insert(block, pieces)

    def execute(self, statement: str, /) -> None:
        """See `Archive.execute`."""
        with self._lock:
            self._run(statement)

    def select(self, query: str, /) -> list[tuple[object, ...]]:
        """See `Archive.select`. Values are as in JSON: times, UUIDs and 64-bit numbers as text."""
        with self._lock:
            lines = self._run(f"SELECT * FROM ({query})", "JSONCompactEachRow")  # noqa: S608
        return [tuple(row) for row in msgspec.json.Decoder(list[object]).decode_lines(lines)]

    def reader(self, limits: Limits | None = None) -> Reader:
        """Gives a read-only way in, for queries of people who are not trusted."""
        return Reader(self._address, self._database, limits or Limits())

    def close(self) -> None:
        """See `Archive.close`. Waits for a write that is under way."""
        with self._lock:
            self._held.close()

    def _run(self, statement: str, form: str = "TabSeparated") -> bytes:
        try:
            return bytes(self._connection.query(statement, form).bytes() or b"")
        except (chdb.ChdbError, RuntimeError) as error:
            raise errors.as_failure(errors.code_of(str(error)), str(error)) from error

    def _require_place(self) -> None:
        """The engine would make a directory that is gone anew, without its tables, and write on."""
        mark = Path(self._mark.name)
        try:
            is_ours = os.path.samestat(os.fstat(self._mark.fileno()), mark.stat())
        except (OSError, ValueError):
            is_ours = False
        if not is_ours:
            message = f"{mark.parent} was removed or replaced"
            raise ArchiveUnavailable(message)

    def _insert(self, block: Block, pieces: Iterable[bytes]) -> None:
        """Inserts rows by way of a table in memory.

        A stream into a table on disk says that all is written when nothing was, for want of space
        or of whatever else arises as its last block is written (chdb 4.4); INSERT SELECT raises.
        """
        names = ", ".join(f"`{name}`" for name in block.columns)
        stage = f"incoming_{block.table}"
        self._run(f"CREATE OR REPLACE TEMPORARY TABLE {stage} AS {block.table} ENGINE = Memory")
        try:
            self._stream(f"INSERT INTO {stage} ({names})", pieces)
            n_rows = int(self._run(f"SELECT count() FROM {stage}"))  # noqa: S608 - our own names
            if n_rows != len(block.rows):
                message = f"{n_rows} of {len(block.rows)} rows of {block.table} arrived"
                raise ArchiveUnavailable(message)
            self._run(
                f"INSERT INTO {block.table} ({names}) SELECT {names} FROM {stage}"  # noqa: S608
                f" SETTINGS {INSERT_SETTINGS}"
            )
        finally:
            self._run(f"DROP TEMPORARY TABLE {stage}")

    def _stream(self, insert: str, pieces: Iterable[bytes]) -> None:
        try:
            with self._connection.send_insert(insert, "MsgPack") as stream:
                for piece in pieces:
                    stream.append(piece)
                stream.finish()
        except RuntimeError as error:
            raise errors.as_failure(errors.code_of(str(error)), str(error)) from error


def pack(rows: list[Row]) -> list[bytes]:
    """Gives the rows in ClickHouse's MsgPack format, in pieces of about CHUNK_BYTES.

    That format has the columns' values one after another, without a row's array around them, so
    the header that msgspec puts before each row is cut off.
    """
    encode = msgspec.msgpack.Encoder().encode
    header = 1 if len(rows[0]) <= FIXARRAY_MAX else 3
    pieces: list[bytes] = []
    piece = bytearray()
    for row in rows:
        piece += encode(row)[header:]
        if len(piece) >= CHUNK_BYTES:
            pieces.append(bytes(piece))
            piece.clear()
    pieces.append(bytes(piece))
    return pieces


@contextmanager
def _sole_use(directory: Path) -> Iterator[TextIO]:
    """Keeps every other archive, of this process or another, out of a directory.

    The engine has a lock too, but looks at it after the configuration was written, which an engine
    that runs reads again; and what it says then names neither the lock nor the directory.
    Raises OSError.
    """
    with (directory / "tidegate.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "another process has it open"
            raise BlockingIOError(message) from error
        yield file


def _write_config(directory: Path, database: str) -> Path:
    engines = ("MergeTree", "ReplacingMergeTree", "AggregatingMergeTree", "View", "Memory")
    grants = [f"GRANT ALL ON {database}.*", "GRANT CREATE TEMPORARY TABLE ON *.*"]
    grants += [f"GRANT SELECT ON system.{table}" for table in SYSTEM_TABLES]
    grants += ["GRANT SELECT ON information_schema.*"]
    grants += [f"GRANT TABLE ENGINE ON {engine}" for engine in engines]
    users = directory.absolute() / "users.xml"
    users.write_text(
        USERS.format(grants="\n".join(f"        <query>{grant}</query>" for grant in grants))
    )
    config = directory.absolute() / "config.xml"
    config.write_text(CONFIG.format(users=users))
    return config
