"""Hostile addresses through the fetcher, with a look at where it connects to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from streams.fetching.addresses import Address, is_public
from streams.fetching.fetcher import Fetcher
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from tests.hostile.urls import FETCHED, PUBLIC, HostileUrl, looking_up
from tests.streams.fetching.servers import Pauses, Server, answering, response, serving, trusting


class Asked(Struct, frozen=True, kw_only=True):
    """What became of an address."""

    code: str
    n_requests: int
    """That reached the server."""
    connected: frozenset[str]
    """IP addresses to which a connection was begun."""

    def is_as(self, url: HostileUrl) -> bool:
        """Whether that is what must become of it: nothing else was connected to either."""
        is_said = self.code in url.code.split("|")
        return is_said and self.n_requests == url.n_requests and self.connected <= {PUBLIC}


def may_reach(address: Address) -> bool:
    """Whether an address is public, or the one that stands for such."""
    return str(address) == PUBLIC or is_public(address)


def ask(url: HostileUrl, root: Path) -> Asked:
    """Fetches an address."""
    return asyncio.run(_ask(url, root))


async def _ask(url: HostileUrl, root: Path) -> Asked:
    respond = url.respond or answering(response())
    async with serving(respond, certificate="valid") as server:
        with _watched() as connected:
            code = await _fetched(url, root, server)
    return Asked(code=code, n_requests=len(server.paths), connected=frozenset(connected))


async def _fetched(url: HostileUrl, root: Path, server: Server) -> str:
    limits = Limits(
        ports=(443, server.port) if url.respond else (443,),
        files_root=root if url.has_files else None,
    )
    reachable = may_reach if url.respond else is_public
    async with Fetcher(
        limits,
        reachable=reachable,
        lookup=looking_up(url.answers),
        tls=trusting(),
        pause=Pauses(),
    ) as fetcher:
        uri = url.uri.replace("{port}", str(server.port)).replace("{root}", str(root))
        answer = await fetcher.fetch(uri)
    return answer.code if isinstance(answer, Refusal) else FETCHED


@contextmanager
def _watched() -> Iterator[set[str]]:
    """Notes where sockets connect to, and lets none leave this machine."""
    connected: set[str] = set()
    connect = socket.socket.connect

    def watched(self: socket.socket, address: tuple[str, int]) -> None:
        connected.add(str(address[0]))
        if address[0] != PUBLIC:
            message = f"a connection to {address[0]} was begun"
            raise ConnectionRefusedError(message)
        connect(self, address)

    socket.socket.connect = watched  # type: ignore[method-assign,assignment]
    try:
        yield connected
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
