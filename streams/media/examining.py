"""From a media part's address to what is said of the file: fetched, then examined in a process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, Protocol

from detectors.media import Examination, File
from schemas.content import MediaPart
from schemas.verdicts import Unanswered
from streams import metrics
from streams.fetching.fetched import Fetched
from streams.fetching.refusals import Refusal
from streams.media.kept import Found, Kept, Key, renamed
from streams.media.pool import Ended

DUE: Final = "deadline_passed"
"""Cause where the lane had no time left for a part."""
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
        self, uri: str, *, sha256: str | None = None, deadline_s: float | None = None
    ) -> Awaitable[Fetched | Refusal]:
        """Gives the file at an address, or why there is none."""


class Studio:
    """Fetches and examines parts. The same content in hand twice is examined once.

    Used from one event loop.
    """

    def __init__(
        self, lane: str, fetch: Fetch, pool: Examining, kept: Kept, clock: Callable[[], datetime]
    ) -> None:
        """Takes the lane's name for metrics, and what fetches, examines, keeps and tells time."""
        self._lane = lane
        self._fetch = fetch
        self._pool = pool
        self._kept = kept
        self._clock = clock
        self._executor = ThreadPoolExecutor(pool.n_processes, f"{lane}-examine")
        self._in_hand: dict[Key, asyncio.Task[Found]] = {}

    async def examine(self, part: MediaPart, due_at: datetime) -> Examination:
        """Gives what is said of a part by `due_at`; where nothing is, why.

        Raises ExaminerUnfit when no process examines any more.
        """
        if self._left_s(due_at) <= 0:
            return unanswered(part, DUE)
        started_s = time.perf_counter()
        fetched = await self._fetch(part.uri, sha256=part.sha256, deadline_s=self._left_s(due_at))
        metrics.FETCH_SECONDS.observe(time.perf_counter() - started_s)
        outcome = fetched.code if isinstance(fetched, Refusal) else "fetched"
        metrics.FETCHES.labels(outcome).inc()
        if isinstance(fetched, Refusal):
            return unanswered(part, fetched.code)
        if not fits(part, fetched):
            return unanswered(part, f"{OTHER_MODALITY}: the file is {fetched.kind}")
        if self._left_s(due_at) <= 0:
            return unanswered(part, DUE)
        found = await self._examined(part, fetched, due_at)
        if isinstance(found, Ended):
            return unanswered(part, f"{found.cause}: {found.detail}")
        return found

    def close(self) -> None:
        """Waits for what is being examined."""
        self._executor.shutdown()

    def _left_s(self, due_at: datetime) -> float:
        return (due_at - self._clock()).total_seconds()

    async def _examined(
        self, part: MediaPart, fetched: Fetched, due_at: datetime
    ) -> Examination | Ended:
        key = (fetched.sha256, part.modality)
        kept = self._kept.get(key)
        task = self._in_hand.get(key)
        if kept is None and task is None:
            task = asyncio.create_task(self._begin(key, part, fetched, due_at))
            self._in_hand[key] = task
            task.add_done_callback(lambda _: self._in_hand.pop(key, None))
            _, found = await task
            return found
        metrics.EXAMINATIONS.labels(self._lane, "kept").inc()
        if kept is None and task is not None:
            kept = await asyncio.shield(task)
        if kept is None:
            message = "neither kept nor in hand"
            raise RuntimeError(message)
        return renamed(*kept, part.name)

    async def _begin(self, key: Key, part: MediaPart, fetched: Fetched, due_at: datetime) -> Found:
        file = File(
            name=part.name, modality=part.modality, content=fetched.content, kind=fetched.kind
        )
        limit_s = max(self._left_s(due_at), 0.1)
        found = await asyncio.get_running_loop().run_in_executor(
            self._executor, lambda: self._pool.examine(file, timeout_s=limit_s)
        )
        outcome = found.cause if isinstance(found, Ended) else "examined"
        metrics.EXAMINATIONS.labels(self._lane, outcome).inc()
        # What ended for want of time left may do with more of it.
        if outcome != "timed_out" or limit_s >= self._pool.timeout_s:
            self._kept.put(key, (part.name, found))
        return part.name, found


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
