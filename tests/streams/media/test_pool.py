import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from detectors.examiners import Setup
from detectors.media import Examination, File
from streams.media.pool import Ended, ExaminerUnfit, Pool

MEMORY = 1 << 30
TIMEOUT_S = 3.0


def file(order: str, name: str = "media[0]") -> File:
    return File(name=name, modality="image", content=order.encode())


def opened(n_processes: int = 1, *names: str, timeout_s: float = TIMEOUT_S) -> Pool:
    return Pool(
        Setup(lane="image", names=names),
        n_processes=n_processes,
        timeout_s=timeout_s,
        memory_bytes=MEMORY,
        environment={**os.environ, "TIDEGATE_CLICKHOUSE_PASSWORD": "secret"},
        arguments=(str(Path(__file__).with_name("hostile_child.py")),),
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


def test_a_process_knows_no_settings(pool: Pool) -> None:
    (pid,) = pool.pids()
    inherited = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
    assert "TIDEGATE" not in inherited


def test_what_cannot_be_loaded_is_told() -> None:
    with pytest.raises(ExaminerUnfit, match="there is no such file"):
        opened(1, "unfit")


def test_processes_end_with_the_pool() -> None:
    made = opened(2)
    pids = made.pids()
    made.close()
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
