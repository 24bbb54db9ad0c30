"""The fetcher: an address to bytes or a refusal, within limits, from the public internet only."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
from msgspec import Struct

from schemas.labels import MEDIA_MODALITIES, MediaModality
from streams.fetching.addresses import is_public
from streams.fetching.fetched import Fetched, receive_bytes
from streams.fetching.files import read_file
from streams.fetching.limits import Limits
from streams.fetching.refusals import TRANSIENT, Refusal
from streams.fetching.resolving import (
    CheckedResolver,
    Lookup,
    Reachable,
    SystemLookup,
    socket_maker,
)
from streams.fetching.responses import Redirect, receive, refusal_of
from streams.fetching.slots import Slots
from streams.fetching.targets import FileTarget, WebTarget, read_redirect, read_target

_HEADERS: Final = {
    "Accept": "image/*, video/*, audio/*",
    "Accept-Encoding": "identity",
    "User-Agent": "tidegate",
}


class _Fetch(Struct):
    """One fetch under way."""

    limits: Limits
    sha256: str | None
    longest_until_s: float
    """Until when it may last, all in all; loop time, like `until_s`."""
    until_s: float
    """Until when it may last, but for waiting for a place: that puts it off."""

    def put_off(self, waited_s: float) -> None:
        """Gives the time back that it waited for a place."""
        self.until_s = min(self.until_s + waited_s, self.longest_until_s)


class Fetcher:
    """Fetches media over connections that it keeps; use it as an async context manager.

    Nothing of the environment leads elsewhere: no proxy, no netrc, no cookies.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        reachable: Reachable = is_public,
        lookup: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Opens nothing yet.

        Args:
            limits: Sizes, times, ports; None: those of production.
            reachable: Which addresses may be connected to. Another than `is_public` is for tests
                with servers of their own.
            lookup: Names to addresses; None: the system's.
            tls: Whose certificates hold; None: the system's authorities.
            pause: Waits, seconds.
            chance: Gives a number in [0, 1), which spreads further attempts.
        """
        self._limits = limits or Limits()
        self._reachable = reachable
        self._own_lookup = SystemLookup(self._limits.n_at_once)
        self._lookup = lookup or self._own_lookup
        self._tls = tls
        self._pause = pause
        self._chance = chance
        self._wanting = {one: self._limits.wanting(one) for one in MEDIA_MODALITIES}
        self._slots = Slots(self._limits.n_at_once, self._limits.n_per_site)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Makes ready to connect."""
        self._session = self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
        self._own_lookup.close()

    async def fetch(
        self,
        uri: str,
        *,
        modality: MediaModality | None = None,
        sha256: str | None = None,
        deadline_s: float | None = None,
    ) -> Fetched | Refusal:
        """Gives the file at an address, or why there is none. Raises nothing the other side does.

        Args:
            uri: The address as an actor or a product wrote it.
            modality: What the file should be: one larger than that may be is refused early.
            sha256: What the file's SHA-256 must be, if that is known.
            deadline_s: Longest time for all of it, waiting for a place included; None: as long as
                the limits allow for a fetch.
        """
        target = read_target(uri, self._limits, self._reachable)
        if isinstance(target, Refusal):
            return target
        now_s = asyncio.get_running_loop().time()
        longest_s = self._limits.deadline_s
        under_way = _Fetch(
            limits=self._limits if modality is None else self._wanting[modality],
            sha256=sha256,
            longest_until_s=now_s + (longest_s if deadline_s is None else deadline_s),
            until_s=now_s + (longest_s if deadline_s is None else min(deadline_s, longest_s)),
        )
        if isinstance(target, FileTarget):
            return await self._fetch_file(target, under_way)
        return await self._fetch_web(target, under_way)

    async def _fetch_web(self, target: WebTarget, under_way: _Fetch) -> Fetched | Refusal:
        """Tries until there is an answer that asking again would not change, or no time."""
        backoff_s = self._limits.backoff_s
        for n_left in reversed(range(self._limits.n_attempts)):
            answer, wait_s = await self._attempt(target, under_way)
            if isinstance(answer, Fetched) or answer.code not in TRANSIENT or not n_left:
                break
            wait_s = max(wait_s, backoff_s * (1 + self._chance()))
            if asyncio.get_running_loop().time() + wait_s >= under_way.until_s:
                break
            await self._pause(wait_s)
            backoff_s *= 2
        return answer

    async def _attempt(
        self, target: WebTarget, under_way: _Fetch
    ) -> tuple[Fetched | Refusal, float]:
        """Follows redirects to an answer, and to how long the server wants to be left alone."""
        for _ in range(self._limits.n_redirects + 1):
            answer, wait_s = await self._ask(target, under_way)
            if not isinstance(answer, Redirect):
                return answer, wait_s
            following = read_redirect(target, answer.location, self._limits, self._reachable)
            if isinstance(following, Refusal):
                return following, 0.0
            target = following
        return Refusal("redirects_exceeded"), 0.0

    async def _ask(
        self, target: WebTarget, under_way: _Fetch
    ) -> tuple[Fetched | Refusal | Redirect, float]:
        is_in = False
        clock = asyncio.get_running_loop().time
        asked_s = clock()
        try:
            async with self._slots.hold(target.site, under_way.longest_until_s):
                is_in = True
                under_way.put_off(clock() - asked_s)
                until_s = under_way.until_s
                async with (
                    asyncio.timeout_at(min(until_s, clock() + self._limits.answer_s)) as limit,
                    self._opened().get(target.url, allow_redirects=False) as response,
                ):
                    limit.reschedule(until_s)
                    return await receive(response, under_way.limits, under_way.sha256)
        except aiohttp.ConnectionTimeoutError:
            return Refusal("unreachable"), 0.0
        except TimeoutError:
            return Refusal("too_slow" if is_in else "busy"), 0.0
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return refusal_of(error), 0.0

    async def _fetch_file(self, target: FileTarget, under_way: _Fetch) -> Fetched | Refusal:
        root = self._limits.files_root
        if root is None:
            return Refusal("scheme_refused")
        until_s = under_way.longest_until_s
        try:
            async with self._slots.hold("file:", until_s), asyncio.timeout_at(until_s):
                return await asyncio.to_thread(
                    _receive_file, target, root, under_way.limits, under_way.sha256
                )
        except TimeoutError:
            return Refusal("too_slow")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            message = "a Fetcher is used inside `async with`"
            raise RuntimeError(message)
        return self._session

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(self._lookup, self._reachable),
            use_dns_cache=False,  # what was checked is what is connected to, each time
            socket_factory=socket_maker(self._reachable),
            ssl=self._tls or True,
            limit=0,  # the slots limit, by site and not by host
            keepalive_timeout=self._limits.keep_s,
        )
        limits = self._limits
        return aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=limits.connect_s, sock_read=limits.idle_s
            ),
            max_line_size=limits.header_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.n_headers,
        )


def _receive_file(
    target: FileTarget, root: Path, limits: Limits, sha256: str | None
) -> Fetched | Refusal:
    content = read_file(target, root, max(limits.sizes().values()))
    if isinstance(content, Refusal):
        return content
    return receive_bytes(content, limits, sha256)
