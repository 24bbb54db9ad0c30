"""The metrics and health port: `/metrics` for Prometheus, `/health` for orchestrators."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.connections import BoundedServer

logger = logging.getLogger(__name__)

IDLE_TIMEOUT_S: Final = 10.0
"""A client that sends or takes nothing for this long is let go."""

Report = Callable[[], Mapping[str, object]]
"""Gives the state of a process; the key `healthy` decides the status code."""


class PortTaken(RuntimeError):
    """A port that we were told to listen on is in use or not ours to take."""


class HealthServer:
    """Serves `/metrics` and `/health` in the background until closed."""

    def __init__(self, host: str, port: int, report: Report) -> None:
        try:
            self._server = BoundedServer((host, port), _handler(report))
        except (OSError, OverflowError) as error:
            cause = error.strerror if isinstance(error, OSError) else str(error)
            message = f"metrics and health cannot listen on {host}:{port}: {cause}"
            raise PortTaken(message) from error
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port in use, also where 0 was asked for."""
        return self._server.server_port

    def close(self) -> None:
        """Stops serving and frees the port."""
        self._server.shutdown()
        self._server.server_close()


def _ask(report: Report) -> dict[str, object]:
    """A process that cannot say how it is, is not well."""
    try:
        return dict(report())
    except Exception as error:
        logger.exception("health report failed")
        return {"healthy": False, "error": type(error).__name__}


def _handler(report: Report) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = IDLE_TIMEOUT_S

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._send(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest())
            elif self.path == "/health":
                state = _ask(report)
                healthy = bool(state.get("healthy"))
                status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
                body = json.dumps(state, default=str).encode()
                self._send(status, "application/json", body)
            else:
                self._send(HTTPStatus.NOT_FOUND, "text/plain", b"only /metrics and /health\n")

        def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - stdlib's name
            """Requests are not logged: probes would drown the log."""

    return Handler
