"""From a media part's address to what is said of the file: fetched, then examined in a process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from detectors.media import Examination, File
from schemas.content import MediaPart
from schemas.labels import MediaModality
from schemas.verdicts import Unanswered
from streams import metrics
from streams.fetching.fetched import Fetched
from streams.fetching.limits import MIB, Limits
from streams.fetching.refusals import Refusal
from streams.media.kept import Found, Kept, Key, renamed
from streams.media.listed import Listed
from streams.media.pool import Ended
from streams.media.turns import Hold, Turns

DUE: Final = "deadline_passed"
"""Cause where the lane had no time left for a part."""
FILES_PER_ACTOR: Final = 4
"""Files of one actor that are in hand at once, being fetched or examined."""
LEAST_S: Final = 0.1
"""Least time that an examination is given, where it is begun at all."""
OTHER_MODALITY: Final = "modality_differs"
"""Cause where a file is of a kind that the part's modality does not have."""


class Examining(Protocol):
    """Examines one file, in a process of its own: `streams.media.pool.Pool`."""

    n_processes: int
    timeout_s: float
    """Longest that a file may take."""
    detectors: tuple[str, ...]
    """The ids of what examines, in order."""

    def examine(self, file: File, *, timeout_s: float | None = None) -> Examination | Ended:
        """Gives what is said of a file. Blocks."""


class Fetch(Protocol):
    """Fetches one file: `streams.fetching.fetcher.Fetcher.fetch`."""

    def __call__(
        self,
        uri: str,
        *,
        modality: MediaModality | None = None,
        sha256: str | None = None,
        deadline_s: float | None = None,
    ) -> Awaitable[Fetched | Refusal]:
        """Gives the file at an address, or why there is none."""


class _Ended(Struct, frozen=True):
    """What was said of a file, for all who wait for it."""

    found: Found | None
    """None where its turn did not come in time."""
    is_starved: bool
    """Whether it ended for want of time that others who wait may have, or by an accident."""


class Studio:
    """Fetches and examines parts. The same content in hand twice is examined once.

    Actors have their turns one after the other, at fetching and at examining: one with many slow
    files keeps nobody else waiting for all of them. Used from one event loop.
    """

    def __init__(
        self,
        lane: str,
        fetch: Fetch,
        pool: Examining,
        kept: Kept,
        clock: Callable[[], datetime],
        *,
        held_bytes: int = 512 * MIB,
        limits: Limits | None = None,
        listed: Listed | None = None,
    ) -> None:
        """Opens nothing.

        Args:
            lane: The lane's name, for metrics.
            fetch: What fetches.
            pool: What examines.
            kept: What keeps examinations.
            clock: What tells the time, with its offset from UTC.
            held_bytes: Most bytes of files in hand, from the first byte of each until it has been
                examined; a file that is being fetched counts as the largest that it may be.
            limits: Those of `fetch`; None: those of production.
            listed: The lists that are examined by; None: none that change.
        """
        self._lane = lane
        self._fetch = fetch
        self._pool = pool
        self._kept = kept
        self._listed = listed or Listed(())
        self._clock = clock
        self._sizes = (limits or Limits()).sizes()
        self._holding = Turns(held_bytes, FILES_PER_ACTOR)
        self._examining = Turns(pool.n_processes, pool.n_processes)
        self._executor = ThreadPoolExecutor(pool.n_processes, f"{lane}-examine")
        self._in_hand: dict[Key, asyncio.Task[_Ended]] = {}

    async def examine(self, part: MediaPart, due_at: datetime, actor: str) -> Examination:
        """Gives what is said of an actor's part by `due_at`; where nothing is, why.

        Raises ExaminerUnfit when no process examines any more.
        """
        async with AsyncExitStack() as turn:
            hold = await self._turn(turn, self._holding, actor, due_at, self._sizes[part.modality])
            if hold is None:
                return unanswered(part, DUE)
            fetched = await self._fetched(part, due_at)
            if isinstance(fetched, Refusal):
                return unanswered(part, fetched.code)
            hold.shrink(len(fetched.content))
            if not fits(part, fetched):
                return unanswered(part, f"{OTHER_MODALITY}: the file is {fetched.kind}")
            found = await self._examined(part, fetched, due_at, actor)
        if found is None:
            return unanswered(part, DUE)
        _, said = found
        return _ended(part, said) if isinstance(said, Ended) else said

    def close(self) -> None:
        """Waits for what is being examined."""
        self._executor.shutdown()

    def _left_s(self, due_at: datetime) -> float:
        return (due_at - self._clock()).total_seconds()

    async def _turn(
        self, stack: AsyncExitStack, turns: Turns, actor: str, due_at: datetime, n_units: int = 1
    ) -> Hold | None:
        """Has a turn taken until the stack ends; None where none came in time."""
        left_s = self._left_s(due_at)
        if left_s <= 0:
            return None
        try:
            async with asyncio.timeout(left_s):
                hold = await stack.enter_async_context(turns.take(actor, n_units))
        except TimeoutError:
            return None
        return hold if self._left_s(due_at) > 0 else None

    async def _fetched(self, part: MediaPart, due_at: datetime) -> Fetched | Refusal:
        started_s = time.perf_counter()
        fetched = await self._fetch(
            part.uri,
            modality=part.modality,
            sha256=part.sha256,
            deadline_s=self._left_s(due_at),
        )
        metrics.FETCH_SECONDS.observe(time.perf_counter() - started_s)
        metrics.FETCHES.labels(fetched.code if isinstance(fetched, Refusal) else "fetched").inc()
        if isinstance(fetched, Fetched):
            for other in fetched.also:
                metrics.POLYGLOTS.labels(fetched.kind, other).inc()
        return fetched

    async def _examined(
        self, part: MediaPart, fetched: Fetched, due_at: datetime, actor: str
    ) -> Found | None:
        edition = self._listed.edition()
        key = (fetched.sha256, part.modality, edition)
        while self._left_s(due_at) > 0:
            kept = None if edition is None else self._kept.get(key)
            task = self._in_hand.get(key)
            if kept is None and task is None:
                task = asyncio.create_task(self._begin(key, part, fetched, due_at, actor))
                self._in_hand[key] = task
                task.add_done_callback(lambda _: self._in_hand.pop(key, None))
                return (await task).found
            if kept is None and task is not None:
                ended = await asyncio.shield(task)
                kept = None if ended.is_starved else ended.found
            if kept is not None:
                metrics.EXAMINATIONS.labels(self._lane, "kept").inc()
                return part.name, renamed(*kept, part.name)
        return None

    async def _begin(
        self, key: Key, part: MediaPart, fetched: Fetched, due_at: datetime, actor: str
    ) -> _Ended:
        file = File(
            name=part.name, modality=part.modality, content=fetched.content, kind=fetched.kind
        )
        async with AsyncExitStack() as turn:
            if await self._turn(turn, self._examining, actor, due_at) is None:
                metrics.EXAMINATIONS.labels(self._lane, DUE).inc()
                return _Ended(None, is_starved=True)
            limit_s = max(self._left_s(due_at), LEAST_S)
            found = await asyncio.get_running_loop().run_in_executor(
                self._executor, lambda: self._pool.examine(file, timeout_s=limit_s)
            )
        outcome = found.cause if isinstance(found, Ended) else "examined"
        metrics.EXAMINATIONS.labels(self._lane, outcome).inc()
        # What ended for want of time left may do with more of it.
        is_starved = isinstance(found, Ended) and found.may_pass
        if not is_starved and key[2] is not None:
            self._kept.put(key, (part.name, found))
        return _Ended((part.name, found), is_starved)


def _ended(part: MediaPart, ended: Ended) -> Examination:
    """What was said of a part before its examination ended, and that no more will be."""
    why = unanswered(part, f"{ended.cause}: {ended.detail}")
    so_far = ended.so_far
    if so_far is None:
        return why
    return replace(so_far, unanswered=(*so_far.unanswered, *why.unanswered))


def unanswered(part: MediaPart, cause: str) -> Examination:
    """Gives the examination of a part of which nothing can be said, and why."""
    one = Unanswered(detector=f"{part.modality}.*", part=part.name, cause=cause)
    return Examination(unanswered=(one,))


def fits(part: MediaPart, fetched: Fetched) -> bool:
    """Whether a file is of the part's modality, as far as its kind tells."""
    if fetched.modality == part.modality:
        return True
    # Containers of clips hold recordings too.
    return {part.modality, fetched.modality} == {"audio", "video"}
