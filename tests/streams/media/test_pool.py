import os
import resource
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from detectors.examiners import Setup
from detectors.media import Examination, File
from streams.media.pool import Ended, ExaminerUnfit, Pool, Upkeep
from tests.streams.media import obedient

MEMORY = 1 << 30
TIMEOUT_S = 3.0


def file(order: str, name: str = "media[0]") -> File:
    return File(name=name, modality="image", content=order.encode())


def opened(n_processes: int = 1, *names: str, timeout_s: float = TIMEOUT_S, **given: Any) -> Pool:
    return Pool(
        Setup(lane="image", names=names),
        n_processes=n_processes,
        timeout_s=timeout_s,
        memory_bytes=MEMORY,
        environment={**os.environ, "TIDEGATE_CLICKHOUSE_PASSWORD": "secret"},
        arguments=("-m", "tests.streams.media.hostile_child"),
        **given,
    )


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = opened()
    yield made
    made.close()


def test_what_is_said_comes_back(pool: Pool) -> None:
    answer = pool.examine(file("fine", "logo[0]"))
    assert isinstance(answer, Examination)
    assert [one.part for one in answer.signals] == ["logo[0]"]
    assert pool.detectors == ("image.obedient@1",)


@pytest.mark.parametrize(
    ("order", "cause", "detail"),
    [
        ("sleep 60", "timed_out", "over 3.0 s"),
        ("crash", "process_ended", "signal SIGSEGV"),
        ("exit 3", "process_ended", "exit code 3"),
        ("allocate 2048", "examining_failed", "MemoryError"),
        ("raise x", "examining_failed", "ValueError"),
    ],
)
def test_a_file_costs_itself_alone(pool: Pool, order: str, cause: str, detail: str) -> None:
    answer = pool.examine(file(order))
    assert isinstance(answer, Ended)
    assert answer.cause == cause
    assert detail in answer.detail
    assert isinstance(pool.examine(file("fine")), Examination)


def test_a_shorter_time_limit_holds(pool: Pool) -> None:
    started_s = time.monotonic()
    answer = pool.examine(file("sleep 60"), timeout_s=0.5)
    assert isinstance(answer, Ended)
    assert answer.cause == "timed_out"
    assert time.monotonic() - started_s < TIMEOUT_S


def test_what_ended_for_want_of_time_may_pass(pool: Pool) -> None:
    hurried = pool.examine(file("sleep 60"), timeout_s=0.5)
    assert isinstance(hurried, Ended)
    assert hurried.may_pass
    slow = pool.examine(file("sleep 60"))
    assert isinstance(slow, Ended)
    assert not slow.may_pass


@pytest.mark.parametrize(
    ("order", "detail"),
    [
        ("beyond", "no answer: ValidationError: Expected `float` <= 1.0"),
        ("long 17", "an answer of 17"),
        ("raw 2000000000", "no answer: OSError: bad message length"),
        ("hang-up", "over 3.0 s"),
    ],
)
def test_a_bad_answer_costs_its_file_alone(pool: Pool, order: str, detail: str) -> None:
    started_s = time.monotonic()
    answer = pool.examine(file(order))
    assert isinstance(answer, Ended)
    assert answer.detail.startswith(detail)
    assert time.monotonic() - started_s < obedient.HELD_S
    assert isinstance(pool.examine(file("fine")), Examination)
    assert len(pool.pids()) == 1


@pytest.mark.parametrize(
    ("order", "cause"),
    [
        ("sleep 60", "timed_out"),
        ("crash", "process_ended"),
        ("raise no", "examining_failed"),
    ],
)
def test_what_was_told_before_the_end_stands(pool: Pool, order: str, cause: str) -> None:
    answer = pool.examine(file(f"tell {order}"))
    assert isinstance(answer, Ended)
    assert answer.cause == cause
    assert answer.so_far is not None
    assert [one.label for one in answer.so_far.signals] == ["child_safety"]
    said = pool.examine(file(order))
    assert isinstance(said, Ended)
    assert said.so_far is None
    whole = pool.examine(file("tell fine"))
    assert isinstance(whole, Examination)
    assert [one.label for one in whole.signals] == ["spam"]


def test_a_file_is_not_condemned_for_what_others_left() -> None:
    made = opened(timeout_s=60.0)
    try:
        assert isinstance(made.examine(file("keep 600")), Examination)
        assert isinstance(made.examine(file("allocate 600")), Examination)
        assert isinstance(made.examine(file("allocate 600")), Examination)
        alone = made.examine(file("allocate 2048"))
        assert alone == Ended(cause="examining_failed", detail="MemoryError")
    finally:
        made.close()


def test_nor_where_its_examiner_says_that_memory_ran_out() -> None:
    made = opened(timeout_s=60.0)
    try:
        alone = made.examine(file("decode 2048"))
        assert isinstance(alone, Examination)
        assert alone.unanswered
        (pid,) = made.pids()
        # Its own fault: nothing was left taken by others, and no process is replaced for it.
        assert made.examine(file("decode 2048")) == alone
        assert made.pids() == (pid,)
        assert isinstance(made.examine(file("keep 600")), Examination)
        assert made.examine(file("decode 600")) == Examination()
        assert made.pids() != (pid,)
    finally:
        made.close()


def test_a_file_is_not_condemned_where_its_process_is_killed_from_outside() -> None:
    made = opened(timeout_s=60.0)
    try:
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(made.examine, file("sleep 3"))
            time.sleep(1.0)
            os.kill(made.pids()[0], signal.SIGKILL)
            assert isinstance(answer.result(), Examination)
        # Nor where there is no time to try again; but one that is killed each time is.
        hurried = made.examine(file("kill"), timeout_s=0.4)
        assert isinstance(hurried, Ended)
        assert hurried.may_pass
        again = made.examine(file("kill"))
        assert again == Ended(cause="process_ended", detail="signal SIGKILL")
    finally:
        made.close()


def test_a_process_examines_so_many_files() -> None:
    made = opened(timeout_s=60.0, upkeep=Upkeep(n_files=3))
    try:
        pids = [process_of(made.examine(file("fine"))) for _ in range(7)]
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]
    finally:
        made.close()


def test_a_process_whose_memory_is_high_examines_fewer() -> None:
    made = opened(timeout_s=60.0, upkeep=Upkeep(n_files_heavy=3))
    try:
        orders = ["fine", "keep 600", "fine", "fine", "fine", "fine"]
        pids = [process_of(made.examine(file(order))) for order in orders]
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3]
    finally:
        made.close()


def process_of(answer: Examination | Ended) -> str:
    assert isinstance(answer, Examination)
    return (answer.signals[0].evidence or {})["pid"]


def test_a_replacement_that_fails_is_tried_again() -> None:
    made = opened(upkeep=Upkeep(pauses_s=(0.2,) * 50))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        # As where the system has no more of something: no process can be started.
        lowest_free = next(n for n in count() if not Path(f"/proc/self/fd/{n}").is_symlink())
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
        try:
            assert isinstance(made.examine(file("crash")), Ended)
            time.sleep(0.6)
            assert made.pids() == ()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert isinstance(made.examine(file("fine")), Examination)
    finally:
        made.close()


def test_whoever_waits_hears_that_there_is_no_replacement(tmp_path: Path) -> None:
    needed = tmp_path / "needed"
    needed.touch()
    made = opened(1, f"needs:{needed}", upkeep=Upkeep(pauses_s=(0.1,)))
    try:
        needed.unlink()
        assert isinstance(made.examine(file("crash")), Ended)
        for _ in range(2):
            with pytest.raises(ExaminerUnfit, match="there is no such file"):
                made.examine(file("fine"))
    finally:
        made.close()


def test_one_waits_for_a_process_no_longer_than_asked() -> None:
    made = opened(timeout_s=60.0)
    try:
        with ThreadPoolExecutor(1) as threads:
            slow = threads.submit(made.examine, file("sleep 6"))
            time.sleep(0.5)
            answer = made.examine(file("fine"), timeout_s=0.5)
            assert not slow.done()
        assert isinstance(answer, Ended)
        assert (answer.cause, answer.may_pass) == ("timed_out", True)
        assert isinstance(made.examine(file("fine"), timeout_s=30.0), Examination)
    finally:
        made.close()


def test_others_go_on_while_one_hangs() -> None:
    # Long enough that a busy machine examines the others within it.
    both = opened(2, timeout_s=20.0)
    try:
        with ThreadPoolExecutor(2) as threads:
            slow = threads.submit(both.examine, file("sleep 60"))
            quick = [both.examine(file("fine")) for _ in range(5)]
            assert not slow.done()
        assert all(isinstance(one, Examination) for one in quick)
        assert isinstance(slow.result(), Ended)
    finally:
        both.close()


def test_what_cannot_be_loaded_is_told() -> None:
    with pytest.raises(ExaminerUnfit, match="there is no such file"):
        opened(1, "needs:/nowhere")


def test_closing_closes_nothing_twice() -> None:
    # Descriptors that are closed are given out again at once: to the other pool, and to files.
    for _ in range(3):
        made, other = opened(2), opened()
        with ThreadPoolExecutor(4) as threads:
            crashes = [threads.submit(made.examine, file("crash")) for _ in range(2)]
            closings = [threads.submit(made.close) for _ in range(2)]
            assert isinstance(other.examine(file("fine")), Examination)
            for one in closings:
                one.result()
            for crash in crashes:
                assert crash.exception() is None or isinstance(crash.exception(), ExaminerUnfit)
        assert isinstance(other.examine(file("fine")), Examination)
        other.close()
        with pytest.raises(ExaminerUnfit, match="closed"):
            made.examine(file("fine"))


def test_processes_end_with_the_pool() -> None:
    made = opened(2)
    pids = made.pids()
    made.close()
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
