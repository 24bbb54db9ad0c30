"""Turns at something scarce, shared fairly by owners: who has had fewest is next.

One item with many slow files keeps others waiting for a turn or two, not for all of its own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager

from msgspec import Struct


class Hold(Struct):
    """What a turn holds of the whole; `shrink` gives back what it turned out not to need."""

    turns: "Turns"
    n_units: int

    def shrink(self, n_units: int) -> None:
        """Keeps so many units, if that is fewer."""
        kept = min(self.n_units, n_units)
        freed, self.n_units = self.n_units - kept, kept
        self.turns._give_back(freed)


class Turns:
    """`n_units` of something, of which an owner has at most `n_per_owner` turns at a time.

    Used from one event loop.
    """

    def __init__(self, n_units: int, n_per_owner: int) -> None:
        self._n_units = n_units
        self._n_free = n_units
        self._n_per_owner = n_per_owner
        self._n_arrived = 0
        self._n_holding: Counter[Hashable] = Counter()
        self._n_had: Counter[Hashable] = Counter()
        """Turns that owners with a turn or waiting for one have had; others are forgotten."""
        self._waiting: dict[Hashable, list[tuple[int, int, asyncio.Future[None]]]] = {}
        """By owner, in the order of arrival: number, units, and what wakes it."""

    @asynccontextmanager
    async def take(self, owner: Hashable, n_units: int = 1) -> AsyncIterator[Hold]:
        """Holds a turn; what is more than all there is counts as all there is."""
        units = min(n_units, self._n_units)
        await self._wait(owner, units)
        hold = Hold(self, units)
        try:
            yield hold
        finally:
            self._n_holding[owner] -= 1
            self._give_back(hold.n_units)
            self._forget(owner)

    async def _wait(self, owner: Hashable, units: int) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (self._n_arrived, units, woken)
        self._n_arrived += 1
        self._waiting.setdefault(owner, []).append(entry)
        self._wake()
        try:
            await woken
        except asyncio.CancelledError:
            if woken.cancelled():
                self._drop(owner, entry)
                self._wake()
            else:
                self._n_holding[owner] -= 1
                self._give_back(units)
            self._forget(owner)
            raise

    def _drop(self, owner: Hashable, entry: tuple[int, int, asyncio.Future[None]]) -> None:
        queue = self._waiting.get(owner, [])
        if entry in queue:
            queue.remove(entry)
        if not queue:
            self._waiting.pop(owner, None)

    def _give_back(self, units: int) -> None:
        self._n_free += units
        self._wake()

    def _wake(self) -> None:
        """Wakes whose turn it is, until one does not fit: large ones are not passed over."""
        while entry := min(self._able(), default=None):
            _, number, owner = entry
            _, units, woken = self._waiting[owner][0]
            if woken.cancelled():
                self._drop(owner, self._waiting[owner][0])
                continue
            if units > self._n_free:
                return
            self._n_free -= units
            self._n_holding[owner] += 1
            self._n_had[owner] += 1
            self._drop(owner, (number, units, woken))
            woken.set_result(None)

    def _able(self) -> Iterator[tuple[int, int, Hashable]]:
        """Whose turn it may be: turns had, number of arrival (which no two share), owner."""
        for owner, queue in self._waiting.items():
            if self._n_holding[owner] < self._n_per_owner:
                yield self._n_had[owner], queue[0][0], owner

    def _forget(self, owner: Hashable) -> None:
        if owner not in self._waiting and self._n_holding[owner] <= 0:
            del self._n_holding[owner]
            del self._n_had[owner]
