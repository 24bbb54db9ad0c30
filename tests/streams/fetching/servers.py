"""Servers on loopback that answer as they are told, and a fetcher that may reach 127.0.0.1 only."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from streams.fetching.addresses import Address
from streams.fetching.fetched import Fetched
from streams.fetching.fetcher import Fetcher
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from streams.fetching.resolving import Lookup

TLS = Path(__file__).parent / "tls"
LOOPBACK = "127.0.0.1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(120)
NEVER_S = 60.0
"""Longer than any test waits."""


@dataclass
class Asked:
    """A request, and the way back."""

    path: str
    head: bytes
    n: int
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()


Respond = Callable[[Asked], Awaitable[None]]


@dataclass
class Server:
    port: int = 0
    n_connections: int = 0
    paths: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)


def response(
    body: bytes = PNG, status: int = 200, headers: Sequence[str] = (), n_bytes: int | None = None
) -> bytes:
    length = f"Content-Length: {len(body) if n_bytes is None else n_bytes}"
    lines = [f"HTTP/1.1 {status} Status", length, *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Respond:
    """Each request gets the next; those that follow, the last. The connection stays open."""

    async def respond(asked: Asked) -> None:
        await asked.send(answers[min(asked.n, len(answers) - 1)])

    return respond


def closing(*answers: bytes) -> Respond:
    """Like `answering`, and hangs up after each."""

    async def respond(asked: Asked) -> None:
        await answering(*answers)(asked)
        asked.writer.close()

    return respond


@asynccontextmanager
async def serving(
    respond: Respond, *, certificate: str = "", host: str = LOOPBACK
) -> AsyncIterator[Server]:
    server = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.n_connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                asked = Asked(path, head, len(server.paths), writer)
                server.paths.append(path)
                server.heads.append(head)
                await respond(asked)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(asyncio.CancelledError):
                await talk(reader, writer)
        finally:
            tasks.discard(task)
            writer.transport.abort()

    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / f"{certificate}.pem")
    listener = await asyncio.start_server(connected, host, 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0)


def only_loopback(address: Address) -> bool:
    return str(address) == LOOPBACK


def names(**addresses: Sequence[str]) -> Lookup:
    """Every name leads to 127.0.0.1 unless its first label is given."""

    async def look_up(host: str) -> Sequence[str]:
        await asyncio.sleep(0)
        return addresses.get(host.split(".", maxsplit=1)[0], [LOOPBACK])

    return look_up


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=TLS / "authority.pem")


@dataclass
class Pauses:
    """Does not wait; keeps for how long it should have."""

    waited_s: list[float] = field(default_factory=list)

    async def __call__(self, pause_s: float) -> None:
        self.waited_s.append(pause_s)
        await asyncio.sleep(0)


def limits_for(*ports: int, **changes: object) -> Limits:
    given = {"is_http_allowed": True, "ports": (443, *ports), "backoff_s": 0.5, **changes}
    return Limits(**given)  # type: ignore[arg-type]


def fetcher(
    limits: Limits, *, lookup: Lookup | None = None, pause: Pauses | None = None
) -> Fetcher:
    return Fetcher(
        limits,
        reachable=only_loopback,
        lookup=lookup or names(),
        tls=trusting(),
        pause=pause or Pauses(),
        chance=lambda: 0.0,
    )


@dataclass
class Outcome:
    answer: Fetched | Refusal
    server: Server
    pauses: Pauses

    @property
    def code(self) -> str:
        return self.answer.code if isinstance(self.answer, Refusal) else "fetched"


def fetch(
    respond: Respond,
    path: str = "/file",
    *,
    sha256: str | None = None,
    lookup: Lookup | None = None,
    certificate: str = "",
    changes: Mapping[str, object] | None = None,
    **more: object,
) -> Outcome:
    """One fetch of `media.test`, served by a server of its own."""

    async def run() -> Outcome:
        pauses = Pauses()
        async with serving(respond, certificate=certificate) as server:
            limits = limits_for(server.port, **{**(changes or {}), **more})
            scheme = "https" if certificate else "http"
            async with fetcher(limits, lookup=lookup, pause=pauses) as opened:
                url = f"{scheme}://media.test:{server.port}{path}"
                answer = await opened.fetch(url, sha256=sha256)
        return Outcome(answer, server, pauses)

    return asyncio.run(run())
