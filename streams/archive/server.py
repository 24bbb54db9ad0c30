"""The archive on a ClickHouse server, over its native protocol."""

import struct
import threading
from collections.abc import Sequence
from typing import Final

from clickhouse_driver import Client
from clickhouse_driver import errors as driver

from streams.archive import errors
from streams.archive.archive import ArchiveRejected, ArchiveUnavailable, Rows
from streams.archive.rows import Block, blocks
from streams.settings import Settings

CONNECT_TIMEOUT_S: Final = 5
ANSWER_TIMEOUT_S: Final = 30
UNKNOWN_DATABASE: Final = 81
TOKEN: Final = "insert_deduplication_token"  # noqa: S105 - a setting's name
INSERT_SETTINGS: Final = {"max_partitions_per_insert_block": 0}
"""Settings of every insert. Late records of many months must not make a block impossible."""


class ServerArchive:
    """An Archive on a server. Connects when first used, and anew after each failure."""

    def __init__(
        self,
        settings: Settings,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        """Takes the address from `settings`; both timeouts end in ArchiveUnavailable."""
        self._settings = settings
        self._connect_timeout_s = connect_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._known: frozenset[str] = frozenset()

    def write(self, rows: Rows, /, *, token: str) -> None:
        """See `Archive.write`. `token` spares the server a block that it has just stored."""
        with self._lock:
            for block in blocks(rows):
                self._insert(block, token)

    def execute(self, statement: str, /) -> None:
        """See `Archive.execute`."""
        with self._lock:
            self._run(statement)

    def select(self, query: str, /) -> list[tuple[object, ...]]:
        """See `Archive.select`. Values are as clickhouse-driver gives them."""
        with self._lock:
            return list(self._run(query))

    def close(self) -> None:
        """See `Archive.close`."""
        with self._lock:
            self._disconnect()

    def _insert(self, block: Block, token: str) -> None:
        names = ", ".join(f"`{name}`" for name in block.columns)
        self._connect()
        wanted = {**INSERT_SETTINGS, TOKEN: f"{token}/{block.table}"}
        settings = {name: value for name, value in wanted.items() if name in self._known}
        self._run(f"INSERT INTO {block.table} ({names}) VALUES", block.rows, settings)

    def _run(
        self,
        statement: str,
        rows: Sequence[tuple[object, ...]] | None = None,
        settings: dict[str, object] | None = None,
    ) -> list[tuple[object, ...]]:
        client = self._connect()
        try:
            answer = client.execute(statement, rows, settings=settings)
        except driver.ServerException as error:
            raise errors.as_failure(error.code, error.message) from error
        except (driver.TypeMismatchError, driver.CannotParseUuidError, *VALUE_ERRORS) as error:
            self._disconnect()
            raise ArchiveRejected(_text(error)) from error
        except (driver.Error, EOFError, OSError) as error:
            self._disconnect()
            raise ArchiveUnavailable(_text(error)) from error
        return answer if isinstance(answer, list) else []

    def _connect(self) -> Client:
        if self._client is not None:
            return self._client
        try:
            self._client = self._open()
            names = ", ".join(f"'{name}'" for name in (*INSERT_SETTINGS, TOKEN))
            known = self._client.execute(
                f"SELECT name FROM system.settings WHERE name IN ({names})"  # noqa: S608
            )
            self._known = frozenset(name for (name,) in known)
        except driver.ServerException as error:
            self._disconnect()
            raise ArchiveUnavailable(error.message) from error
        except (driver.Error, EOFError, OSError) as error:
            self._disconnect()
            raise ArchiveUnavailable(_text(error)) from error
        return self._client

    def _open(self) -> Client:
        """Connects to the database, which is created if need be."""
        database = self._settings.clickhouse_database
        client = self._client_of(database)
        try:
            client.execute("SELECT 1")
        except driver.ServerException as error:
            if error.code != UNKNOWN_DATABASE:
                raise
            client.disconnect()
            maker = self._client_of("default")
            maker.execute(f"CREATE DATABASE IF NOT EXISTS `{database}`")
            maker.disconnect()
            client = self._client_of(database)
            client.execute("SELECT 1")
        return client

    def _client_of(self, database: str) -> Client:
        settings = self._settings
        return Client(
            settings.clickhouse_host,
            port=settings.clickhouse_port,
            user=settings.clickhouse_user,
            password=settings.clickhouse_password,
            database=database,
            client_name="tidegate",
            connect_timeout=self._connect_timeout_s,
            send_receive_timeout=self._answer_timeout_s,
            sync_request_timeout=self._connect_timeout_s,
            tcp_keepalive=True,
        )

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client = None


VALUE_ERRORS: Final = (struct.error, OverflowError, UnicodeError, TypeError, AttributeError)
"""What clickhouse-driver lets through when a value does not fit its column."""


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
