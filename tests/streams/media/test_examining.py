import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest

from detectors.media import Examination, File
from schemas.content import MediaPart
from schemas.labels import MediaModality
from schemas.verdicts import Unanswered
from streams.fetching.fetched import Fetched
from streams.fetching.limits import MIB
from streams.fetching.refusals import Refusal
from streams.media.examining import DUE, FILES_PER_ACTOR, Studio
from streams.media.kept import Kept
from streams.media.listed import Edition, Listed
from streams.media.pool import Ended
from tests.streams.samples import signal

STEP_S = 0.2
LATER = timedelta(seconds=60)


class Slow:
    """Examines for `STEP_S` a file, and says when it did."""

    detectors: tuple[str, ...] = ("image.slow@1",)
    timeout_s = 30.0

    def __init__(self, n_processes: int = 1) -> None:
        self.n_processes = n_processes
        self.order: list[str] = []
        self.n_at_once = self.most_at_once = 0
        self._lock = Lock()

    def examine(self, file: File, *, timeout_s: float | None = None) -> Examination | Ended:
        with self._lock:
            self.order.append(file.name)
            self.n_at_once += 1
            self.most_at_once = max(self.most_at_once, self.n_at_once)
        time.sleep(min(STEP_S, timeout_s or STEP_S))
        with self._lock:
            self.n_at_once -= 1
        if timeout_s is not None and timeout_s < STEP_S:
            return Ended(cause="timed_out", detail=f"over {timeout_s} s", may_pass=True)
        return Examination()


class Files:
    """Gives for an address its own text as a picture, after a while."""

    def __init__(self, wait_s: float = 0.0, n_bytes: int = 100) -> None:
        self.wait_s = wait_s
        self.n_bytes = n_bytes
        self.n_at_once = self.most_at_once = 0

    async def __call__(
        self,
        uri: str,
        *,
        modality: MediaModality | None = None,
        sha256: str | None = None,
        deadline_s: float | None = None,
    ) -> Fetched | Refusal:
        self.n_at_once += 1
        self.most_at_once = max(self.most_at_once, self.n_at_once)
        await asyncio.sleep(self.wait_s)
        self.n_at_once -= 1
        content = uri.encode().ljust(self.n_bytes)
        return Fetched(content=content, sha256=hashlib.sha256(content).hexdigest(), kind="png")


def now() -> datetime:
    return datetime.now(UTC)


def part(name: str, uri: str | None = None) -> MediaPart:
    return MediaPart(name=name, modality="image", uri=uri or f"https://cdn.example/{name}")


def causes(examination: Examination) -> list[str]:
    return [one.cause for one in examination.unanswered]


def run(
    work: Callable[[Studio], Awaitable[list[Examination]]], studio: Studio
) -> list[Examination]:
    async def all_of_it() -> list[Examination]:
        return await work(studio)

    try:
        return asyncio.run(all_of_it())
    finally:
        studio.close()


@pytest.fixture
def pool() -> Slow:
    return Slow()


def test_the_deadline_holds_while_files_queue(pool: Slow) -> None:
    studio = Studio("image", Files(), pool, Kept(100), now)
    due_at = now() + timedelta(seconds=3 * STEP_S)

    async def work(studio: Studio) -> list[Examination]:
        wanted = (studio.examine(part(f"p{n}"), due_at, f"actor {n}") for n in range(30))
        return await asyncio.gather(*wanted)

    started_s = time.monotonic()
    found = run(work, studio)
    told = [one for one in found if causes(one) == [DUE]]
    assert len(told) >= 30 - 5
    assert told[0].unanswered == (
        Unanswered(detector="image.*", part=told[0].unanswered[0].part, cause=DUE),
    )
    assert len(pool.order) <= 5
    # All thirty would take 6 s.
    assert time.monotonic() - started_s < 30 * STEP_S


def test_actors_have_their_turns_one_after_the_other(pool: Slow) -> None:
    studio = Studio("image", Files(), pool, Kept(100), now)

    async def work(studio: Studio) -> list[Examination]:
        many = [studio.examine(part(f"many-{n}"), now() + LATER, "many") for n in range(12)]
        few = [studio.examine(part(f"few-{n}"), now() + LATER, f"few {n}") for n in range(2)]
        return await asyncio.gather(*many, *few)

    run(work, studio)
    assert len(pool.order) == 14
    assert set(pool.order[:4]) >= {"few-0", "few-1"}


def test_an_actor_has_few_files_in_hand() -> None:
    files = Files(wait_s=0.01)
    studio = Studio("image", files, Slow(4), Kept(100), now)

    async def work(studio: Studio) -> list[Examination]:
        return await asyncio.gather(
            *(
                studio.examine(part(f"p{n}", "https://cdn.example/"), now() + LATER, "actor")
                for n in range(20)
            )
        )

    run(work, studio)
    assert files.most_at_once == FILES_PER_ACTOR


def test_bytes_in_hand_are_bounded() -> None:
    files = Files(wait_s=0.01)
    # A picture may have 20 MiB: two fit while they are fetched, and more once they are known small.
    studio = Studio("image", files, Slow(1), Kept(100), now, held_bytes=45 * MIB)

    async def work(studio: Studio) -> list[Examination]:
        return await asyncio.gather(
            *(
                studio.examine(part(f"p{n}", "https://cdn.example/"), now() + LATER, f"a{n}")
                for n in range(20)
            )
        )

    found = run(work, studio)
    assert files.most_at_once == 2
    assert not any(map(causes, found))


def test_a_twin_with_more_time_is_examined_again(pool: Slow) -> None:
    studio = Studio("image", Files(), pool, Kept(100), now)
    same = "https://cdn.example/same"

    async def work(studio: Studio) -> list[Examination]:
        hurried = studio.examine(part("a", same), now() + timedelta(seconds=STEP_S / 2), "a")
        first = asyncio.create_task(hurried)
        await asyncio.sleep(0)
        return list(
            await asyncio.gather(first, studio.examine(part("b", same), now() + LATER, "b"))
        )

    hurried, patient = run(work, studio)
    assert causes(hurried)[0].startswith(("timed_out", DUE))
    assert causes(patient) == []
    assert pool.order[-1] == "b"


def test_what_ended_for_want_of_time_is_not_kept(pool: Slow) -> None:
    studio = Studio("image", Files(), pool, Kept(100), now)

    async def work(studio: Studio) -> list[Examination]:
        due_at = now() + timedelta(seconds=STEP_S / 2)
        hurried = await studio.examine(part("a", "https://cdn.example/"), due_at, "a")
        return [
            hurried,
            await studio.examine(part("b", "https://cdn.example/"), now() + LATER, "a"),
        ]

    hurried, patient = run(work, studio)
    assert causes(hurried)[0].startswith("timed_out")
    assert causes(patient) == []


def test_what_may_pass_is_not_kept(pool: Slow) -> None:
    studio = Studio("image", Files(), pool, Kept(100), now)
    accident = Ended(cause="process_ended", detail="signal SIGKILL", may_pass=True)
    answers = iter([accident, Examination()])

    async def work(studio: Studio) -> list[Examination]:
        pool.examine = lambda file, timeout_s=None: next(answers)  # type: ignore[method-assign,misc,assignment]
        return [
            await studio.examine(part(name, "https://cdn.example/"), now() + LATER, "a")
            for name in "ab"
        ]

    first, again = run(work, studio)
    assert causes(first) == ["process_ended: signal SIGKILL"]
    assert causes(again) == []


def test_what_took_too_long_with_all_its_time_is_kept() -> None:
    pool = Slow()
    pool.timeout_s = STEP_S / 4
    studio = Studio("image", Files(), pool, Kept(100), now)

    async def work(studio: Studio) -> list[Examination]:
        pool.examine = lambda file, timeout_s=None: Ended(cause="timed_out", detail="")  # type: ignore[method-assign,misc]
        return [
            await studio.examine(part(name, "https://cdn.example/"), now() + LATER, "a")
            for name in "ab"
        ]

    first, again = run(work, studio)
    assert causes(first) == causes(again)
    assert again.unanswered[0].part == "b"


class Settled(Listed):
    """Lists of which the test says how they stand."""

    def __init__(self) -> None:
        super().__init__(())
        self.now: Edition | None = (1,)

    def edition(self) -> Edition | None:
        return self.now


def test_what_was_said_by_other_lists_is_not_kept(pool: Slow) -> None:
    lists = Settled()
    studio = Studio("image", Files(), pool, Kept(100), now, listed=lists)

    async def work(studio: Studio) -> list[Examination]:
        for edition in ((1,), (1,), None, None, (2,), (2,), (1,)):
            lists.now = edition
            await studio.examine(part("p"), now() + LATER, "a")
        return []

    run(work, studio)
    assert len(pool.order) == 4


class Telling(Slow):
    """Says something of a file, and ends."""

    def examine(self, file: File, *, timeout_s: float | None = None) -> Examination | Ended:
        super().examine(file, timeout_s=timeout_s)
        so_far = Examination(signals=(signal("spam", 0.5, part=file.name),))
        return Ended(cause="timed_out", detail="over 15.0 s", so_far=so_far)


def test_what_was_said_before_the_end_is_said_of_each_copy() -> None:
    studio = Studio("image", Files(), Telling(), Kept(100), now)

    async def work(studio: Studio) -> list[Examination]:
        uri = "https://cdn.example/same"
        return [await studio.examine(part(name, uri), now() + LATER, "a") for name in ("p", "q")]

    found = run(work, studio)
    assert [[one.part for one in each.signals] for each in found] == [["p"], ["q"]]
    assert [causes(each) for each in found] == [["timed_out: over 15.0 s"]] * 2
    assert [each.unanswered[0].detector for each in found] == ["image.*"] * 2
