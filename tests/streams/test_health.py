import json
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from urllib.error import HTTPError

import pytest

from streams import health, metrics
from streams.connections import MAX_CONNECTIONS
from streams.health import HealthServer, PortTaken, Report


@contextmanager
def serving(report: Report) -> Iterator[str]:
    server = HealthServer("127.0.0.1", 0, report)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()


def get(url: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
            return answer.status, answer.headers["Content-Type"], answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


@pytest.mark.parametrize(("healthy", "status"), [(True, 200), (False, 503)])
def test_health(healthy: bool, status: int) -> None:
    with serving(lambda: {"healthy": healthy, "assigned_partitions": 3}) as url:
        code, kind, body = get(f"{url}/health")
    assert (code, kind) == (status, "application/json")
    assert json.loads(body) == {"healthy": healthy, "assigned_partitions": 3}


def test_report_without_a_word_on_health_is_unhealthy() -> None:
    with serving(dict) as url:
        assert get(f"{url}/health")[0] == 503


def test_report_that_fails_is_unhealthy() -> None:
    def failing() -> Mapping[str, object]:
        message = "no consumer yet"
        raise RuntimeError(message)

    with serving(failing) as url:
        code, _, body = get(f"{url}/health")
        assert code == 503
        assert json.loads(body) == {"healthy": False, "error": "RuntimeError"}
        assert get(f"{url}/metrics")[0] == 200


def test_report_may_hold_any_value() -> None:
    with serving(lambda: {"healthy": True, "detectors": {"set"}}) as url:
        assert get(f"{url}/health")[0] == 200


def test_metrics() -> None:
    metrics.CONSUMED.labels("square.posts.v1", "0")
    with serving(dict) as url:
        code, kind, body = get(f"{url}/metrics")
    assert code == 200
    assert kind.startswith("text/plain")
    assert b"tidegate_consumed_total" in body


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics/x", "/%ff"])
def test_other_paths(path: str) -> None:
    with serving(dict) as url:
        code, _, body = get(f"{url}{path}")
    assert (code, body) == (404, b"only /metrics and /health\n")


def test_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}: Address already in use"):
            HealthServer("127.0.0.1", port, dict)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("192.0.2.1", 0)])
def test_address_that_cannot_be_listened_on(host: str, port: int) -> None:
    with pytest.raises(PortTaken, match=f"{host}:{port}"):
        HealthServer(host, port, dict)


def test_a_client_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "IDLE_TIMEOUT_S", 0.1)
    server = HealthServer("127.0.0.1", 0, dict)
    for begun in (b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: x\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as silent:
            silent.sendall(begun)
            assert silent.recv(1) == b""
    server.close()


def test_connections_beyond_the_most_are_told_so() -> None:
    server = HealthServer("127.0.0.1", 0, lambda: {"healthy": True})
    address = ("127.0.0.1", server.port)
    with ExitStack() as held:
        for _ in range(MAX_CONNECTIONS):
            held.enter_context(socket.create_connection(address, timeout=30))
        with socket.create_connection(address, timeout=30) as refused:
            assert refused.recv(1 << 10).startswith(b"HTTP/1.1 503 ")
    for _ in range(100):
        if get(f"http://127.0.0.1:{server.port}/health")[0] == 200:
            break
        time.sleep(0.1)
    else:
        pytest.fail("it does not recover")
    server.close()


def test_closing_frees_the_port() -> None:
    first = HealthServer("127.0.0.1", 0, dict)
    port = first.port
    first.close()
    HealthServer("127.0.0.1", port, dict).close()
