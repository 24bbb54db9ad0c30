"""Hostile files through fetching and through a process that examines them."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from detectors.examiners import LaneName, Setup
from detectors.media import File
from schemas.labels import MediaModality
from streams.fetching.fetched import Fetched
from streams.fetching.fetcher import Fetcher
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from streams.media.pool import Ended, Pool
from tests.hostile import outcome
from tests.hostile.file import HostileFile
from tests.hostile.memory import Watch


class Ran(Struct, frozen=True, kw_only=True):
    """What became of a file, and what it cost the process that examined it."""

    name: str
    modality: MediaModality
    about: str
    n_bytes: int
    fetched: str
    examined: str
    cause: str
    is_as_wanted: bool
    has_survived: bool
    """Whether the process is the same as before."""
    cpu_s: float
    resident_mb: float
    private_mb: float


def lane_of(modality: MediaModality) -> LaneName:
    """Gives the lane that examines a modality."""
    return "image" if modality == "image" else "av"


@contextmanager
def opened(
    lane: LaneName, names: tuple[str, ...], *, memory_mb: int, timeout_s: float, threads: int = 1
) -> Iterator[Pool]:
    """Gives a pool of one process."""
    setup = Setup(lane=lane, names=names, threads=threads)
    pool = Pool(setup, n_processes=1, timeout_s=timeout_s, memory_bytes=memory_mb << 20)
    try:
        yield pool
    finally:
        pool.close()


def run(files: Iterable[HostileFile], pool: Pool, folder: Path) -> Iterator[Ran]:
    """Gives what becomes of each file, one after the other.

    A file is fetched from the folder, and examined whatever fetching says.
    """
    for file in files:
        path = folder / file.name
        path.write_bytes(file.content)
        answer = asyncio.run(_fetch(path, folder))
        path.unlink()
        yield _examined(file, answer, pool)


async def _fetch(path: Path, folder: Path) -> Fetched | Refusal:
    async with Fetcher(Limits(files_root=folder, deadline_s=60.0)) as fetcher:
        return await fetcher.fetch(path.as_uri())


def _examined(file: HostileFile, answer: Fetched | Refusal, pool: Pool) -> Ran:
    before = await_process(pool)
    kind = answer.kind if isinstance(answer, Fetched) else ""
    with Watch(pool) as watch:
        found = pool.examine(
            File(name="media[0]", modality=file.modality, content=file.content, kind=kind)
        )
    has_ended = isinstance(found, Ended) and found.cause != "examining_failed"
    also = f" and {', '.join(answer.also)}" if isinstance(answer, Fetched) and answer.also else ""
    return Ran(
        name=file.name,
        modality=file.modality,
        about=file.about,
        n_bytes=len(file.content),
        fetched=outcome.fetched(answer) + also,
        examined=outcome.examined(found, file.modality),
        cause=outcome.cause(found),
        is_as_wanted=outcome.is_as(file, answer, found),
        has_survived=not has_ended and await_process(pool) == before,
        cpu_s=watch.cpu_s,
        resident_mb=watch.resident_kb / 1024,
        private_mb=watch.private_kb / 1024,
    )


def await_process(pool: Pool) -> tuple[int, ...]:
    """Gives the pool's process, as soon as one that ended has been replaced."""
    while not (pids := pool.pids()):
        time.sleep(0.05)
    return pids
