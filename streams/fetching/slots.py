"""How many fetch at once, in all and from one site."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Places for fetches. Who waits for a site's holds none of those in all."""

    def __init__(self, n_at_once: int, n_per_site: int) -> None:
        self._all = asyncio.Semaphore(n_at_once)
        self._n_per_site = n_per_site
        self._sites: dict[str, asyncio.Semaphore] = {}
        self._n_users: Counter[str] = Counter()
        """By site: who holds or awaits a place; a site that has none is forgotten."""

    @asynccontextmanager
    async def hold(self, site: str, until_s: float) -> AsyncIterator[None]:
        """Holds a place. Raises TimeoutError if none becomes free before `until_s` (loop time)."""
        gate = self._sites.setdefault(site, asyncio.Semaphore(self._n_per_site))
        self._n_users[site] += 1
        try:
            async with asyncio.timeout_at(until_s):
                await gate.acquire()
            try:
                async with asyncio.timeout_at(until_s):
                    await self._all.acquire()
                try:
                    yield
                finally:
                    self._all.release()
            finally:
                gate.release()
        finally:
            self._n_users[site] -= 1
            if not self._n_users[site]:
                del self._n_users[site], self._sites[site]
