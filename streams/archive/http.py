"""ClickHouse's HTTP protocol over the embedded archive, read-only.

`GET /?query=...`, `POST /` with the query as body, `GET /ping`; `default_format`, `database`,
`query_id`, `param_name`, output settings; gzip when asked. See
https://clickhouse.com/docs/interfaces/http. There are no users: names and passwords are not looked
at, which is why the port belongs on a loopback address.
"""

import gzip
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import msgspec

from streams.archive.reader import Answer, QueryFailed, Reader, refused

MAX_BODY_BYTES: Final = 1 << 20
MAX_DISCARDED_BYTES: Final = 16 << 20
IDLE_TIMEOUT_S: Final = 60.0
GZIP_LEVEL: Final = 3
DEFAULT_FORMAT: Final = "TabSeparated"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

FORMAT_CLAUSE: Final = re.compile(r"\bFORMAT\s+(\w+)\s*(?:SETTINGS\s[^;]*)?;?\s*\Z", re.IGNORECASE)
FORMAT_NAME: Final = re.compile(r"\w{1,60}")
QUERY_ID: Final = re.compile(r"[\w.:-]{1,100}")
PROTOCOL_PARAMETERS: Final = frozenset(
    {
        "query",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "user",
        "password",
        "role",
        "quota_key",
        "client_protocol_version",
        "enable_http_compression",
        "http_zlib_compression_level",
        "wait_end_of_query",
        "buffer_size",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "cancel_http_readonly_queries_on_client_close",
        "readonly",
    }
)
"""What the protocol has beside settings. Those that do not apply to a reader are passed over."""

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], reader: Reader) -> None:
        self.reader = reader
        self.is_loopback = address[0] in LOOPBACK
        super().__init__(address, _Exchange)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for."""

    sql: str
    form: str
    database: str | None
    query_id: str
    parameters: dict[str, str]
    settings: dict[str, str]


def read_request(target: str, body: str, format_header: str | None) -> Request:
    """Reads a request's address and body. Raises QueryFailed."""
    given = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True, errors="strict"))
    if given.pop("compress", "0") != "0" or given.pop("decompress", "0") != "0":
        text = "compress and decompress are not served, enable_http_compression is"
        raise refused(48, text, "NOT_IMPLEMENTED")
    sql = "\n".join(piece for piece in (given.get("query", ""), body) if piece)
    clause = FORMAT_CLAUSE.search(sql)
    form = clause[1] if clause else given.get("default_format") or format_header or DEFAULT_FORMAT
    if not FORMAT_NAME.fullmatch(form):
        raise refused(73, f"Unknown format {form!r}", "UNKNOWN_FORMAT")
    query_id = given.get("query_id", "")
    return Request(
        sql=sql,
        form=form,
        database=given.get("database") or None,
        query_id=query_id if QUERY_ID.fullmatch(query_id) else str(uuid4()),
        parameters={
            name.removeprefix("param_"): value
            for name, value in given.items()
            if name.startswith("param_")
        },
        settings={
            name: value
            for name, value in given.items()
            if name not in PROTOCOL_PARAMETERS and not name.startswith("param_")
        },
    )


class _Exchange(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    server_version = "ClickHouse-embedded"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_S

    def do_GET(self) -> None:
        """Answers a query in the address, or a ping."""
        self.close_connection = self.command == "POST"  # until its body was read
        if not self._is_for_us():
            self._send(403, b"Not the host of this server.\n", {})
            return
        address = urlsplit(self.path)
        if address.path in {"/ping", "/replicas_status"}:
            self._send(200, b"Ok.\n", {"Content-Type": "text/plain; charset=UTF-8"})
        elif address.path != "/":
            self._send(404, f"There is no handler {address.path}\n".encode(), {})
        elif not address.query and self.command != "POST":
            self._send(200, b"Ok.\n", {"Content-Type": "text/plain; charset=UTF-8"})
        else:
            self._answer_query()

    do_HEAD = do_GET  # noqa: N815 - the names are those of http.server
    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Writes no access log."""

    def _is_for_us(self) -> bool:
        """Keeps a web page that points its own name at the loopback address from reading."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        return not self.server.is_loopback or host is None or host in LOOPBACK

    def _answer_query(self) -> None:
        try:
            request = read_request(self.path, self._body(), self.headers.get("X-ClickHouse-Format"))
            answer = self.server.reader.query(
                request.sql,
                form=request.form,
                parameters=request.parameters,
                database=request.database or self.headers.get("X-ClickHouse-Database"),
                settings=request.settings,
            )
        except QueryFailed as failure:
            self._send_failure(failure)
            return
        except UnicodeDecodeError as error:
            self._send_failure(refused(62, f"not UTF-8: {error.reason}", "SYNTAX_ERROR"))
            return
        self._send_answer(request, answer)

    def _body(self) -> str:
        if self.command != "POST":
            return ""
        length = self.headers.get("Content-Length")
        if length is None or not length.isdecimal() or self.headers.get("Content-Encoding"):
            text = "a body needs a Content-Length and no Content-Encoding"
            raise refused(381, text, "HTTP_LENGTH_REQUIRED")
        if int(length) > MAX_BODY_BYTES:
            self._discard(int(length))
            text = f"a query may have {MAX_BODY_BYTES} bytes"
            raise refused(161, text, "QUERY_IS_TOO_LARGE")
        body = self.rfile.read(int(length))
        self.close_connection = self.headers.get("Connection", "").lower() == "close"
        return body.decode()

    def _discard(self, n_bytes: int) -> None:
        """Reads on for a while: a client that is still sending would not hear the refusal."""
        left = min(n_bytes, MAX_DISCARDED_BYTES)
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 16))):
            left -= len(piece)

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
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
