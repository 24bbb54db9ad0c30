"""ClickHouse's HTTP protocol over the embedded archive, read-only.

`GET /?query=...`, `POST /` with the query as body, `GET /ping`; `default_format`, `database`,
`query_id`, `param_name`, output settings; gzip when asked. See
https://clickhouse.com/docs/interfaces/http. There are no users: names and passwords are not looked
at, which is why the port belongs on a loopback address.
"""

import gzip
import logging
import re
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from streams.archive.errors import QueryFailed
from streams.archive.reader import Answer, Reader, refused
from streams.archive.request import Request, bad_request, body_length, check_head, read_request
from streams.connections import BoundedServer

logger = logging.getLogger(__name__)

MAX_DISCARDED_BYTES: Final = 16 << 20
IDLE_TIMEOUT_S: Final = 60.0
LINGER_S: Final = 1.0
GZIP_LEVEL: Final = 3
LOGICAL_ERROR: Final = 49
TIMEOUT_EXCEEDED: Final = 159
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

CONTENT_TYPES: Final = (
    (re.compile(r"JSON.*EachRow.*"), "application/x-ndjson; charset=UTF-8"),
    (re.compile(r"(Pretty)?JSON.*"), "application/json; charset=UTF-8"),
    (re.compile(r"CSVWithNames.*"), "text/csv; charset=UTF-8; header=present"),
    (re.compile(r"CSV.*"), "text/csv; charset=UTF-8; header=absent"),
    (re.compile(r"(TabSeparated|TSV).*"), "text/tab-separated-values; charset=UTF-8"),
    (
        re.compile(r"Native|RowBinary.*|Parquet|ORC|Arrow.*|Avro|MsgPack|Npy|BSON.*|CapnProto"),
        "application/octet-stream",
    ),
)
BAD_REQUEST_CODES: Final = frozenset(
    {6, 26, 27, 36, 38, 41, 43, 50, 53, 62, 70, 72, 117, 376, 427, 456, 457}
)
NOT_FOUND_CODES: Final = frozenset({46, 47, 60, 63, 73, 78, 81, 115})
STATUS_OF_CODE: Final = {
    **dict.fromkeys(BAD_REQUEST_CODES, 400),
    **dict.fromkeys(NOT_FOUND_CODES, 404),
    48: 501,
    62: 400,
    159: 408,
    161: 413,
    202: 503,
    381: 411,
    497: 403,
}
"""HTTP status by error code, after exceptionCodeToHTTPStatus.cpp of ClickHouse; others are 500."""


class QueryServer:
    """Serves a Reader over HTTP, one thread a connection, until closed."""

    def __init__(self, reader: Reader, *, host: str, port: int) -> None:
        """Listens at once; port 0 takes a free one. Raises OSError when it is taken."""
        self._server = _Server((host, port), reader)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="archive-http", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stops listening; queries that run are given up."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(BoundedServer):
    def __init__(self, address: tuple[str, int], reader: Reader) -> None:
        self.reader = reader
        self.is_loopback = address[0] in LOOPBACK
        super().__init__(address, _Exchange)


class _Exchange(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    server_version = "ClickHouse-embedded"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # an answer to 0.9, the base's default, has no status
    timeout = IDLE_TIMEOUT_S
    raw_requestline: bytes

    def do_GET(self) -> None:
        """Answers a query in the address or the body, or a ping, whatever the request holds."""
        wants_close = self.close_connection
        self.close_connection = True  # until its body was read
        try:
            body = self._body()
            self.close_connection = wants_close
            self._route(body)
        except QueryFailed as failure:
            self._send_failure(failure)
        except UnicodeDecodeError as error:
            self._send_failure(refused(62, f"not UTF-8: {error.reason}", "SYNTAX_ERROR"))
        except ValueError as error:
            self._send_failure(bad_request(f"no request: {error}"))

    do_HEAD = do_GET  # noqa: N815 - the names are those of http.server
    do_POST = do_GET  # noqa: N815

    def parse_request(self) -> bool:
        """Reads the head; an empty line in its place is answered too."""
        if not self.raw_requestline.strip():
            self.requestline, self.command, self.request_version = "", "", self.protocol_version
            self.close_connection = True
            self.send_error(400, "Bad request syntax")
            return False
        return super().parse_request()

    def finish(self) -> None:
        """Ends the connection so that the client hears the answer, if it is still sending."""
        super().finish()
        # With unread bytes a close would be a reset, which throws the answer away.
        left, until_s = MAX_DISCARDED_BYTES, time.monotonic() + LINGER_S
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER_S)
            while left > 0 and time.monotonic() < until_s:
                piece = self.connection.recv(1 << 16)
                if not piece:
                    return
                left -= len(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Writes no access log."""

    def _route(self, body: str) -> None:
        if not self._is_for_us():
            self._send(403, b"Not the host of this server.\n", {})
            return
        address = urlsplit(self.path)
        if address.path in {"/ping", "/replicas_status"}:
            self._send(200, b"Ok.\n", {"Content-Type": "text/plain; charset=UTF-8"})
        elif address.path not in {"/", ""}:
            self._send(404, f"There is no handler {address.path}\n".encode(), {})
        elif not address.query and self.command != "POST":
            self._send(200, b"Ok.\n", {"Content-Type": "text/plain; charset=UTF-8"})
        else:
            self._answer_query(body)

    def _is_for_us(self) -> bool:
        """Keeps a web page that points its own name at the loopback address from reading."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        return not self.server.is_loopback or host is None or host in LOOPBACK

    def _answer_query(self, body: str) -> None:
        request = read_request(self.path, body, self.headers.get("X-ClickHouse-Format"))
        try:
            answer = self.server.reader.query(
                request.sql,
                form=request.form,
                parameters=request.parameters,
                database=request.database or self.headers.get("X-ClickHouse-Database"),
                settings=request.settings,
            )
        except QueryFailed:
            raise
        except Exception:
            logger.exception("query failed")
            text = "the query could not be run"
            raise refused(LOGICAL_ERROR, text, "LOGICAL_ERROR") from None
        self._send_answer(request, answer)

    def _body(self) -> str:
        check_head(self.headers)
        length = body_length(self.headers, may_have_body=self.command == "POST")
        try:
            body = self.rfile.read(length)
        except TimeoutError as error:
            text = "the body did not arrive"
            raise refused(TIMEOUT_EXCEEDED, text, "TIMEOUT_EXCEEDED") from error
        if len(body) < length:
            text = f"the body ended after {len(body)} of {length} bytes"
            raise bad_request(text)
        return body.decode()

    def _send_answer(self, request: Request, answer: Answer) -> None:
        kinds = (kind for pattern, kind in CONTENT_TYPES if pattern.fullmatch(request.form))
        summary = {
            "read_rows": answer.rows_read,
            "read_bytes": answer.bytes_read,
            "written_rows": 0,
            "written_bytes": 0,
            "total_rows_to_read": 0,
            "result_rows": answer.rows,
            "result_bytes": len(answer.body),
            "elapsed_ns": int(answer.elapsed_s * 1e9),
        }
        texts = {name: str(number) for name, number in summary.items()}
        headers = {
            "Content-Type": next(kinds, "text/plain; charset=UTF-8"),
            "X-ClickHouse-Query-Id": request.query_id,
            "X-ClickHouse-Format": request.form,
            "X-ClickHouse-Timezone": "UTC",
            "X-ClickHouse-Server-Display-Name": "tidegate",
            "X-ClickHouse-Summary": msgspec.json.encode(texts).decode(),
        }
        given = dict(parse_qsl(urlsplit(self.path).query))
        body = answer.body
        if (
            given.get("enable_http_compression", "0") not in {"0", ""}
            and "gzip" in self.headers.get("Accept-Encoding", "")
            and body
        ):
            body = gzip.compress(body, GZIP_LEVEL)
            headers["Content-Encoding"] = "gzip"
        self._send(200, body, headers)

    def _send_failure(self, failure: QueryFailed) -> None:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-ClickHouse-Exception-Code": str(failure.code),
        }
        status = STATUS_OF_CODE.get(failure.code, 500)
        self._send(status, f"{failure}\n".encode(errors="replace"), headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
