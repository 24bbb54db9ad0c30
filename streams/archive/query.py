"""Asking the archive from another process: over HTTP when embedded, natively on a server."""

import http.client
from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec
from clickhouse_driver import Client
from clickhouse_driver import errors as driver
from msgspec import Struct

from streams.archive import errors
from streams.archive.archive import ArchiveUnavailable
from streams.archive.errors import QueryFailed
from streams.archive.quoting import escape
from streams.settings import Settings

CONNECT_TIMEOUT_S: Final = 5
ANSWER_TIMEOUT_S: Final = 60
OUTPUT: Final = {"output_format_json_quote_64bit_integers": "0"}


T = TypeVar("T")


class Table(Struct, frozen=True, kw_only=True):
    """What a query gave: names and ClickHouse types of the columns, and plain values.

    Times, UUIDs and decimals are text.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[object]]


class _Column(Struct, frozen=True):
    name: str
    type: str


class _Answer(Struct, frozen=True):
    meta: list[_Column]
    data: list[list[object]]


def query(settings: Settings, sql: str, parameters: Mapping[str, str] | None = None) -> Table:
    """Runs a reading query, without a FORMAT, with `parameters` in its `{name:Type}`.

    Raises QueryFailed with ClickHouse's code and words, and ArchiveUnavailable when nobody
    answers. Writing is refused by ClickHouse itself (`readonly`).
    """
    if settings.archive == "embedded":
        return _over_http(settings, sql, parameters or {})
    return _natively(settings, sql, parameters or {})


def read(settings: Settings, sql: str, kind: type[T]) -> list[T]:
    """Runs a reading query, without a FORMAT, and gives its rows as structs that are `array_like`.

    Faster than `query` where there are many rows. Raises what `query` does, and QueryFailed where
    a row is no `kind`.
    """
    try:
        if settings.archive == "embedded":
            body = _posted(settings, sql, {}, "JSONCompactEachRow")
            return msgspec.json.Decoder(kind).decode_lines(body)
        data, _ = _executed(settings, sql, {})
        return [msgspec.convert(row, kind) for row in data]
    except msgspec.MsgspecError as error:
        text = f"the archive's rows are not as expected: {error}"
        raise QueryFailed(errors.NO_CODE, text) from error


def _over_http(settings: Settings, sql: str, parameters: Mapping[str, str]) -> Table:
    body = _posted(settings, sql, parameters, "JSONCompact")
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError as error:
        text = "the query has a FORMAT of its own, or its answer is no JSON"
        raise QueryFailed(errors.NO_CODE, text) from error
    return Table(
        columns=tuple(column.name for column in answer.meta),
        types=tuple(column.type for column in answer.meta),
        rows=answer.data,
    )


def _posted(settings: Settings, sql: str, parameters: Mapping[str, str], form: str) -> bytes:
    target = {f"param_{name}": escape(value) for name, value in parameters.items()} | OUTPUT
    target["default_format"] = form
    host, port = settings.archive_http_host, settings.archive_http_port
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("POST", f"/?{urlencode(target)}", body=sql.encode())
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        message = f"no archive answers at {host}:{port}: {error}"
        raise ArchiveUnavailable(message) from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        text = body.decode(errors="replace").strip()
        raise QueryFailed(errors.code_of(text), text)
    return body


def _natively(settings: Settings, sql: str, parameters: Mapping[str, str]) -> Table:
    data, columns = _executed(settings, sql, parameters)
    return Table(
        columns=tuple(name for name, _ in columns),
        types=tuple(kind for _, kind in columns),
        rows=[[_plain(value) for value in row] for row in data],
    )


def _executed(
    settings: Settings, sql: str, parameters: Mapping[str, str]
) -> tuple[list[tuple[object, ...]], list[tuple[str, str]]]:
    client = Client(
        settings.clickhouse_host,
        port=settings.clickhouse_port,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password,
        database=settings.clickhouse_database,
        connect_timeout=CONNECT_TIMEOUT_S,
        send_receive_timeout=ANSWER_TIMEOUT_S,
        settings={"server_side_params": True},
    )
    try:
        data, columns = client.execute(
            sql, dict(parameters) or None, with_column_types=True, settings={"readonly": 1}
        )
    except driver.ServerException as error:
        raise QueryFailed(error.code, error.message) from error
    except (driver.Error, EOFError, OSError) as error:
        message = f"{type(error).__name__}: {error}"
        raise ArchiveUnavailable(message) from error
    finally:
        client.disconnect()
    return data, columns


def _plain(value: object) -> object:
    return msgspec.to_builtins(value, str_keys=True, enc_hook=str)
