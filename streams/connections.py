"""An HTTP server with a bound on its connections; each takes a thread."""

import logging
import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

logger = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 64
"""At once; their time-out is that of the server's handler."""
BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 21\r\n\r\n"
    b"Too many connections\n"
)

_Socket = socket.socket | tuple[bytes, socket.socket]


class BoundedServer(ThreadingHTTPServer):
    """Answers each connection in a thread, and those that are too many with 503."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, handler)

    def process_request(self, request: _Socket, client_address: object) -> None:
        """Begins an exchange in a thread, unless there are too many."""
        if not self._free.acquire(blocking=False):
            if isinstance(request, socket.socket):
                with suppress(OSError):
                    request.sendall(BUSY)
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: _Socket, client_address: object) -> None:
        """Has the exchange."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Logs what ended a connection; that a client has gone is nothing to log loudly."""
        error = sys.exception()
        level = logging.DEBUG if isinstance(error, OSError) else logging.ERROR
        logger.log(level, "connection ended", exc_info=error)
