"""ClickHouse's HTTP protocol, as clickhouse-connect, curl and a bare socket speak it."""

import gzip
import http.client
import json
import logging
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from streams.archive.archive import ArchiveUnavailable, Rows
from streams.archive.errors import QueryFailed
from streams.archive.http import QueryServer
from streams.archive.query import query
from streams.archive.request import MAX_BODY_BYTES
from streams.connections import MAX_CONNECTIONS
from streams.settings import Settings
from tests import archives
from tests.streams.archive.samples import archived, verdict


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryServer]:
    archive = archives.migrated(tmp_path_factory.mktemp("archive"))
    rows = tuple(archived(verdict(f"item-{i}"), i) for i in range(3))
    archive.write(Rows(verdicts=rows), token="a")  # noqa: S106
    serving = QueryServer(archive.reader(), host="127.0.0.1", port=0)
    yield serving
    serving.close()
    archive.close()


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = dict(response.getheaders())
        self.body = response.read()


def ask(
    server: QueryServer,
    body: str | None = None,
    *,
    path: str = "/",
    headers: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    target = f"{path}?{urlencode(parameters)}" if parameters else path
    method = "GET" if body is None else "POST"
    connection.request(method, target, body=body, headers=headers or {})
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def test_clickhouse_connect_reads(server: QueryServer) -> None:
    client = clickhouse_connect.get_client(host="127.0.0.1", port=server.port, database="tidegate")
    found = client.query(
        "SELECT item_id, revision, reasons.score, decided_at FROM verdicts FINAL "
        "WHERE item_id != {x:String} ORDER BY item_id",
        parameters={"x": "item-1"},
    )
    assert found.column_names == ("item_id", "revision", "reasons.score", "decided_at")
    assert [row[:2] for row in found.result_rows] == [("item-0", 1), ("item-2", 1)]
    odd = "a\tb'\\\n\u00e9"
    assert client.query("SELECT {x:String}", parameters={"x": odd}).result_rows == [(odd,)]
    frame = client.query_df("SELECT surface, count() AS n FROM verdicts FINAL GROUP BY surface")
    assert frame.to_dict("records") == [{"surface": "chatroom", "n": 3}]
    assert client.command("SELECT count() FROM verdicts") == 3
    with pytest.raises(DatabaseError, match="READONLY"):
        client.command("DROP TABLE verdicts")
    client.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_reads(server: QueryServer) -> None:
    address = f"http://127.0.0.1:{server.port}"

    def curl(*arguments: str) -> str:
        command = ["curl", "-sS", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert curl(f"{address}/ping") == "Ok.\n"
    assert curl(f"{address}/?query=SELECT%20count()%20FROM%20verdicts") == "3\n"
    assert curl(address, "--data-binary", "SELECT 1 AS x FORMAT JSONEachRow") == '{"x":1}\n'
    parameters = f"{address}/?param_item=item-1"
    by_item = "SELECT action FROM verdicts FINAL WHERE item_id = {item:String}"
    assert curl(parameters, "--data-binary", by_item) == "hold\n"
    compressed = f"{address}/?enable_http_compression=1"
    assert curl("--compressed", compressed, "-d", "SELECT 'x'") == "x\n"


def test_an_answer_has_clickhouse_headers(server: QueryServer) -> None:
    answer = ask(
        server,
        parameters={"query": "SELECT 1 AS x", "default_format": "JSON", "query_id": "mine-1"},
    )
    assert answer.status == 200
    assert answer.headers["X-ClickHouse-Format"] == "JSON"
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine-1"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["result_rows"], summary["written_rows"]) == ("1", "0")
    assert json.loads(answer.body)["data"] == [{"x": 1}]


@pytest.mark.parametrize(
    ("parameters", "body", "wanted"),
    [
        ({"query": "SELECT 1, 'a'"}, None, b"1\ta\n"),
        ({}, "SELECT 1, 'a'", b"1\ta\n"),
        ({"query": "SELECT 1,"}, " 'a'", b"1\ta\n"),
        ({"default_format": "CSV"}, "SELECT 1, 'a'", b'1,"a"\n'),
        ({"default_format": "CSV"}, "SELECT 1, 'a' FORMAT TSV;", b"1\ta\n"),
        ({"database": "information_schema"}, "SELECT count() > 0 FROM tables", b"1\n"),
        ({"param_x": "4"}, "SELECT {x:UInt8} + 1", b"5\n"),
        ({"query": "SELECT 'привет 你好'"}, None, "привет 你好\n".encode()),
        ({"output_format_csv_crlf_end_of_line": "1"}, "SELECT 1 FORMAT CSV", b"1\r\n"),
    ],
)
def test_ways_to_ask(
    server: QueryServer, parameters: dict[str, str], body: str | None, wanted: bytes
) -> None:
    answer = ask(server, body, parameters=parameters)
    assert (answer.status, answer.body) == (200, wanted)


@pytest.mark.parametrize(
    ("query_text", "status", "code"),
    [
        ("SELECT FROM WHERE", 400, "62"),
        ("SELECT nope", 404, "47"),
        ("SELECT * FROM nope", 404, "60"),
        ("SELECT nope(1)", 404, "46"),
        ("SELECT 1 FORMAT Nope", 404, "73"),
        ("SELECT throwIf(1)", 500, "395"),
        ("DROP TABLE verdicts", 500, "164"),
        ("SELECT * FROM url('http://127.0.0.1:9/')", 403, "497"),
        ("SELECT 1 AS x INTO OUTFILE '/tmp/evil'", 500, "164"),
    ],
)
def test_failures_look_like_clickhouse(
    server: QueryServer, query_text: str, status: int, code: str
) -> None:
    answer = ask(server, query_text)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.body.decode().startswith(f"Code: {code}. DB::Exception: ")


def test_gzip_comes_when_asked_for(server: QueryServer) -> None:
    accepts = {"Accept-Encoding": "gzip, deflate"}
    asks = {"enable_http_compression": "1"}
    body = "SELECT repeat('x', 1000)"
    packed = ask(server, body, headers=accepts, parameters=asks)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == b"x" * 1000 + b"\n"
    assert "Content-Encoding" not in ask(server, body, headers=accepts).headers
    assert "Content-Encoding" not in ask(server, body, parameters=asks).headers


def test_a_connection_serves_several_queries(server: QueryServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for i in range(5):
        connection.request("POST", "/", body=f"SELECT {i}")
        assert connection.getresponse().read() == f"{i}\n".encode()
        connection.request("POST", "/", body="SELECT nope")
        assert connection.getresponse().read().startswith(b"Code: 47.")
    connection.close()


def test_what_is_no_query_is_refused(server: QueryServer) -> None:
    assert ask(server).body == b"Ok.\n"
    assert ask(server, path="/ping").body == b"Ok.\n"
    assert ask(server, path="/play").status == 404
    assert ask(server, "SELECT 1", headers={"Host": "evil.example"}).status == 403
    assert ask(server, "SELECT 1", headers={"Host": "localhost:1"}).status == 200
    assert ask(server, "SELECT 1", headers={"Content-Encoding": "gzip"}).status == 411
    assert ask(server, "SELECT 1", parameters={"compress": "1"}).status == 501
    assert ask(server, "SELECT 1", parameters={"max_threads": "9"}).status == 500
    assert ask(server, f"SELECT '{'x' * MAX_BODY_BYTES}'").status == 413


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
REFUSED = (
    (b"GET http://[::1 HTTP/1.1\r\nConnection: close\r\n\r\n", {400}),
    (b"GET / HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n", {400}),
    (b"GET /?query=%ff HTTP/1.1\r\nConnection: close\r\n\r\n", {400}),
    (b"GET / HTTP/1.1 and more\r\n\r\n", {400}),
    (b"GET / HTTP/x\r\n\r\n", {400}),
    (b"\r\n\r\n", {400}),
    (b"\xff\xfe\x00\x01\r\n\r\n", {400}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", {501}),
    (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", {414}),
    (HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n", {431}),
    (HEAD + b"X: a\r\n" * 20_000 + b"\r\n", {431}),
    (HEAD + b"no header\r\nContent-Length: 8\r\n\r\nSELECT 1", {400}),
    (HEAD + b"Content-Length : 8\r\n\r\nSELECT 1", {400}),
    (HEAD + b"\r\n", {411}),
    (HEAD + b"Content-Length: -1\r\n\r\n", {400}),
    (HEAD + b"Content-Length: +8\r\n\r\nSELECT 1", {400}),
    (HEAD + b"Content-Length: 0x8\r\n\r\nSELECT 1", {400}),
    (HEAD + b"Content-Length: \xb2\r\n\r\n", {400}),
    (HEAD + b"Content-Length:\r\n\r\n", {400}),
    (HEAD + b"Content-Length: 8\r\nContent-Length: 9\r\n\r\nSELECT 1", {400}),
    (HEAD + b"Content-Length: 99999999999\r\n\r\nSELECT 1", {413}),
    (HEAD + b"Content-Length: " + b"9" * 10_000 + b"\r\n\r\n", {413}),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n8\r\nSELECT 1\r\n0\r\n\r\n", {411}),
    (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 8\r\n\r\nSELECT 1", {400}),
    (b"GET /?query=SELECT+1 HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", {411}),
    (b"GET /?query=SELECT+1 HTTP/1.1\r\nContent-Length: 8\r\n\r\nSELECT 1", {400}),
)


def speak(server: QueryServer, said: bytes, *, is_all: bool = False) -> bytes:
    """Gives everything that the server answers until it ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(said)
        if is_all:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


@pytest.mark.parametrize(("said", "wanted"), REFUSED, ids=lambda value: repr(value)[:60])
def test_what_is_no_request_is_answered(
    server: QueryServer,
    said: bytes,
    wanted: set[int],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = speak(server, said)
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    assert int(answer.split()[1]) in wanted, answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1  # what follows is no second request
    assert ask(server, "SELECT 1").body == b"1\n"
    assert "Traceback" not in capfd.readouterr().err
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_body_that_ends_early_is_no_query(server: QueryServer) -> None:
    answer = speak(server, HEAD + b"Content-Length: 80\r\n\r\nSELECT 1", is_all=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"8 of 80 bytes" in answer


def test_a_refusal_reaches_a_client_that_is_still_sending(server: QueryServer) -> None:
    body = b"x" * (8 * MAX_BODY_BYTES)
    answer = speak(server, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_goes_away_leaves_no_traceback(
    server: QueryServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            query = b"SELECT repeat('x', 1000) FROM numbers(20000)"
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(query) + query)
            lingering = struct.pack("ii", 1, 0)  # a reset at once
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    assert ask(server, "SELECT 1").body == b"1\n"
    assert "Traceback" not in capfd.readouterr().err
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_connections_beyond_the_most_are_told_so(server: QueryServer) -> None:
    own = QueryServer(server._server.reader, host="127.0.0.1", port=0)
    address = ("127.0.0.1", own.port)
    with ExitStack() as held:
        for _ in range(MAX_CONNECTIONS):
            idle = held.enter_context(socket.create_connection(address, timeout=30))
            idle.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert idle.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        with socket.create_connection(address, timeout=30) as refused:
            assert refused.recv(1 << 16).startswith(b"HTTP/1.1 503 ")
    for _ in range(100):
        if speak(own, b"GET /ping HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 "):
            break
        time.sleep(0.1)
    else:
        pytest.fail("it does not recover")
    own.close()


def test_a_connection_is_kept_or_ended_as_the_client_wants(server: QueryServer) -> None:
    asked = b"GET /ping HTTP/%b\r\nHost: localhost\r\n%b\r\n"
    for version, header in ((b"1.0", b""), (b"1.1", b"Connection: close\r\n")):
        answer = speak(server, asked % (version, header))
        assert answer.endswith(b"Ok.\n")
        assert b"Connection: close" in answer
    twice = speak(server, asked % (b"1.1", b"") + asked % (b"1.1", b"Connection: close\r\n"))
    assert twice.count(b"Ok.\n") == 2


def test_an_id_that_fits_no_header_is_replaced(server: QueryServer) -> None:
    answer = ask(server, parameters={"query": "SELECT 1", "query_id": "ключ"})
    assert (answer.status, answer.body) == (200, b"1\n")
    assert len(answer.headers["X-ClickHouse-Query-Id"]) == 36


def test_a_taken_port_is_an_error(server: QueryServer) -> None:
    reader = None
    with pytest.raises(OSError, match="in use"):
        QueryServer(reader, host="127.0.0.1", port=server.port)  # type: ignore[arg-type]


def test_the_query_command_asks_over_http(server: QueryServer) -> None:
    settings = Settings(archive="embedded", archive_http_port=server.port)
    by_item = "SELECT item_id, toUInt64(7) AS n FROM verdicts FINAL WHERE item_id = {x:String}"
    table = query(settings, by_item, {"x": "item-1"})
    assert table.columns == ("item_id", "n")
    assert table.types == ("String", "UInt64")
    assert table.rows == [["item-1", 7]]
    odd = "a\tb'\\\n\u00e9"
    assert query(settings, "SELECT {x:String}", {"x": odd}).rows == [[odd]]
    for broken, code in (("DROP TABLE verdicts", 164), ("SELECT nope", 47)):
        with pytest.raises(QueryFailed) as caught:
            query(settings, broken)
        assert caught.value.code == code
    with pytest.raises(QueryFailed, match="FORMAT"):
        query(settings, "SELECT 1 FORMAT CSV")
    with pytest.raises(ArchiveUnavailable):
        query(Settings(archive="embedded", archive_http_port=1), "SELECT 1")
