"""TCP ports of 127.0.0.1: free ones, taken ones, and whether somebody listens."""

import random
import socket
from typing import Final

from streams.health import PortTaken

LOWEST: Final = 20_000
HIGHEST: Final = 32_000
"""Free ports are sought below Linux's ephemeral range (32768 on).

In that range a client that keeps trying to reach a stopped server may be given the very port it
calls, connects to itself, and the server's restart finds its port taken.
"""


def free_port() -> int:
    """Gives a port nobody listens on now; it is not held, so another process may still take it."""
    choose = random.SystemRandom()
    while True:
        port = choose.randint(LOWEST, HIGHEST)
        try:
            require_free(port, "a server")
        except PortTaken:
            continue
        return port


def is_listening(port: int) -> bool:
    """Tells whether something accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free(port: int, what: str) -> None:
    """Raises PortTaken when a port cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"{what} cannot listen on 127.0.0.1:{port}: {error.strerror}"
            raise PortTaken(message) from error
