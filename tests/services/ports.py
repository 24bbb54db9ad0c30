"""TCP ports on 127.0.0.1 that a test server can keep, over restarts too."""

import random
import socket
import time

# Below Linux's ephemeral range (32768 on). In that range a client that keeps trying to reach a
# stopped server may be given the very port it calls, connects to itself, and the server's restart
# finds its port taken.
LOWEST, HIGHEST = 20_000, 32_000


def free_port() -> int:
    """Gives a port nobody listens on now; it is not held, so another process may still take it."""
    choose = random.SystemRandom()
    while True:
        port = choose.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(port: int) -> bool:
    """Says whether something accepts connections on `port`."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_answers(port: int, *, limit_s: float) -> bool:
    """Blocks until `port` accepts connections; False when it still does not after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
