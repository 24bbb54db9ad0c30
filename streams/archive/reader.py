"""Read-only queries on the embedded archive, by people who are not trusted.

Four things hold, each by itself:

1. The connection's session has the engine's setting `readonly=1`: no insert, no change of a table
   or of a setting, the limits below included.
2. The engine's user has grants on the archive's database and on some of `system` alone
   (`streams.archive.embedded`): no file, no address, no other database as a table.
3. The engine's parser must call the query one statement that reads (`classify_query`): that keeps
   out INTO OUTFILE and KILL QUERY, which `readonly` lets through.
4. The query in the engine's own canonical form must name nothing that `streams.archive.fence`
   closes: scalar functions need no grant, and inside a process `file('/path')` reads any file;
   neither do some of the engine's own tables, such as `system.processes`.
"""

import re
import threading
from collections.abc import Mapping
from typing import Final

import chdb
from chdb.state.sqlitelike import Connection, connect
from msgspec import Struct

from streams.archive import errors
from streams.archive.errors import QueryFailed
from streams.archive.fence import closed_word
from streams.archive.quoting import escape

READONLY_CODE: Final = 164
SYNTAX_CODE: Final = 62
LIMIT_CODE: Final = 202  # TOO_MANY_SIMULTANEOUS_QUERIES

OUTPUT_SETTING: Final = re.compile(
    r"(output_format_\w+|format_csv_\w+|date_time_output_format|extremes)"
)
"""Settings that readers may choose: they shape the answer alone."""
SETTING_VALUE: Final = re.compile(r"[\w.+-]{0,100}")
IDENTIFIER_PARAMETER: Final = re.compile(r"\{\s*(\w+)\s*:\s*Identifier\s*\}")
PLAIN_IDENTIFIER: Final = re.compile(r"\w+(\.\w+){0,2}")
READ_ONLY_CLASS: Final = "READ_ONLY"


class Limits(Struct, frozen=True, kw_only=True):
    """What one query may use, and how many may run at once."""

    execution_s: int = 30
    result_rows: int = 5_000_000
    result_bytes: int = 256 << 20
    memory_bytes: int = 1 << 30
    threads: int = 2
    queries: int = 4

    def settings(self) -> str:
        """Gives them as settings in a connection's address."""
        return (
            f"max_execution_time={self.execution_s}&max_result_rows={self.result_rows}"
            f"&max_result_bytes={self.result_bytes}&max_memory_usage={self.memory_bytes}"
            f"&max_threads={self.threads}&result_overflow_mode=throw&timeout_overflow_mode=throw"
        )


class Answer(Struct, frozen=True, kw_only=True):
    """What a query gave, encoded in its format, and what it read."""

    body: bytes
    rows: int
    rows_read: int
    bytes_read: int
    elapsed_s: float


class Reader:
    """Runs queries, each on a connection of its own. Any thread may call it."""

    def __init__(self, address: str, database: str, limits: Limits) -> None:
        """Takes the engine's address, to which a connection must be open for as long."""
        self._address = f"{address}&{limits.settings()}"
        self._database = database
        self._limits = limits
        self._slots = threading.BoundedSemaphore(limits.queries)

    def query(
        self,
        sql: str,
        *,
        form: str = "TabSeparated",
        parameters: Mapping[str, str] | None = None,
        database: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Answer:
        """Runs one reading query; `form` is used where it has no FORMAT of its own.

        `parameters` fill `{name:Type}` in it; they are escaped as in ClickHouse's HTTP
        protocol (`escape`). `settings` may shape the output only. Blocks while
        `Limits.queries` others run. Raises QueryFailed.
        """
        if not self._slots.acquire(timeout=self._limits.execution_s):
            text = "Code: 202. DB::Exception: Too many simultaneous queries."
            raise QueryFailed(LIMIT_CODE, f"{text} (TOO_MANY_SIMULTANEOUS_QUERIES)")
        try:
            connection = self._connect(database or self._database, settings or {})
            try:
                return _answer(connection, sql, form, dict(parameters or {}))
            finally:
                connection.close()
        except (chdb.ChdbError, RuntimeError) as error:
            raise QueryFailed(errors.code_of(str(error)), str(error)) from error
        finally:
            self._slots.release()

    def _connect(self, database: str, settings: Mapping[str, str]) -> Connection:
        if not PLAIN_IDENTIFIER.fullmatch(database):
            raise refused(SYNTAX_CODE, f"{database!r} is not a database", "SYNTAX_ERROR")
        if database.lower() == "system":
            # Names without a database would be its tables'.
            text = "system is no default database: write system.tables."
            raise refused(READONLY_CODE, text, "READONLY")
        connection = connect(self._address)
        try:
            connection.query(f"USE {database}")
            for name, value in settings.items():
                if not OUTPUT_SETTING.fullmatch(name) or not SETTING_VALUE.fullmatch(value):
                    text = f"Cannot modify '{name}' setting in readonly mode."
                    raise refused(READONLY_CODE, text, "READONLY")
                connection.query(f"SET {name} = '{value}'")
            connection.query("SET readonly = 1")
        except BaseException:
            connection.close()
            raise
        return connection


def refused(code: int, text: str, name: str) -> QueryFailed:
    """Gives our own refusal in ClickHouse's words."""
    return QueryFailed(code, f"Code: {code}. DB::Exception: {text} ({name})")


def _answer(connection: Connection, sql: str, form: str, parameters: dict[str, str]) -> Answer:
    _check(connection, sql, parameters)
    reply = connection.query(sql, form, params=parameters)
    return Answer(
        body=bytes(reply.bytes() or b""),
        rows=reply.rows_read(),
        rows_read=reply.storage_rows_read(),
        bytes_read=reply.storage_bytes_read(),
        elapsed_s=reply.elapsed(),
    )


def _check(connection: Connection, sql: str, parameters: dict[str, str]) -> None:
    kind = connection._conn.classify_query(sql)
    if kind["statement_count"] > 1:
        raise refused(SYNTAX_CODE, "Multi-statements are not allowed", "SYNTAX_ERROR")
    if kind["statement_count"] == 1 and kind["query_class"].name != READ_ONLY_CLASS:
        raise refused(READONLY_CODE, "Cannot execute query in readonly mode.", "READONLY")
    canonical = connection.query(
        "SELECT formatQuerySingleLine({q:String})", "RawBLOB", params={"q": escape(sql)}
    ).bytes()
    text = bytes(canonical).decode(errors="replace")
    named = [parameters.get(name, "") for name in IDENTIFIER_PARAMETER.findall(text)]
    closed = closed_word(text, named)
    if closed:
        raise refused(READONLY_CODE, f"`{closed}` is not open to readers.", "READONLY")
