"""Names to addresses, checked before anything connects to them.

Two checks hold the connector: the resolver gives only addresses that may be reached, and each
socket is made for the very address that it then connects to. A name that answers differently the
next time changes nothing: it is not asked between check and connection.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from streams.fetching.addresses import Address, parse

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""Gives a name's addresses. Raises OSError (`socket.gaierror`) where there are none."""
Reachable = Callable[[Address], bool]
"""Whether an address may be connected to."""
_Sockaddr = tuple[int | str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, _Sockaddr]

_MAX_ADDRESSES: Final = 8
"""Of a host's, that are tried; all are checked."""
UNKNOWN_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5)})
"""What `getaddrinfo` says of a name that is not there, as against a server that did not answer."""


class AddressRefused(OSError):
    """A host leads to an address that may not be reached."""


class SystemLookup:
    """The system's resolver in threads of its own, which slow name servers may hold."""

    def __init__(self, n_threads: int) -> None:
        self._threads = ThreadPoolExecutor(n_threads, thread_name_prefix="lookup")

    async def __call__(self, host: str) -> Sequence[str]:
        """Gives the addresses of a full name: no search domain is put behind it."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Ends the threads; one that still waits for a name server ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class CheckedResolver(AbstractResolver):
    """Resolves for aiohttp. One address that may not be reached refuses the whole host."""

    def __init__(self, lookup: Lookup, reachable: Reachable) -> None:
        self._lookup = lookup
        self._reachable = reachable

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Gives the host's addresses, of both families.

        Raises AddressRefused, or the OSError of the lookup.
        """
        addresses = [parse(written) for written in await self._lookup(host)]
        found = [address for address in addresses if address and self._reachable(address)]
        if not addresses or len(found) < len(addresses):
            raise AddressRefused
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in found[:_MAX_ADDRESSES]
        ]

    async def close(self) -> None:
        """Nothing to close: the lookup is its giver's."""


def socket_maker(reachable: Reachable) -> Callable[[_AddrInfo], socket.socket]:
    """Gives what makes aiohttp's sockets, and refuses to for an address that may not be reached."""

    def make(address_info: _AddrInfo) -> socket.socket:
        family, kind, protocol, _, sockaddr = address_info
        address = parse(str(sockaddr[0]))
        if address is None or not reachable(address):
            raise AddressRefused
        return socket.socket(family, kind, protocol)

    return make
