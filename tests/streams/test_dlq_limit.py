import logging
from pathlib import Path

import pytest

from streams.dlq_limit import DlqLimit, DlqLimitExceeded

GOOD, BAD = False, True


def limit(
    max_consecutive: int = 5, max_ratio: float = 0.5, window: int = 10, memory: Path | None = None
) -> DlqLimit:
    return DlqLimit(
        max_consecutive=max_consecutive, max_ratio=max_ratio, window=window, memory=memory
    )


def test_bad_records_in_a_row() -> None:
    watched = limit()
    watched.observe([BAD] * 4)
    with pytest.raises(DlqLimitExceeded, match="5 bad records in a row"):
        watched.observe([BAD])


def test_good_record_begins_a_new_row() -> None:
    watched = limit(max_ratio=1.0)
    for _ in range(20):
        watched.observe([BAD, BAD, BAD, BAD, GOOD])


def test_share_counts_once_the_window_is_full() -> None:
    watched = limit(max_consecutive=100)
    watched.observe([BAD, GOOD] * 2 + [BAD, BAD, GOOD, BAD, GOOD])
    with pytest.raises(DlqLimitExceeded, match="6 of the last 10 records were bad"):
        watched.observe([BAD])


def test_share_at_the_limit_passes() -> None:
    watched = limit(max_consecutive=100)
    for _ in range(50):
        watched.observe([BAD, GOOD])


def test_old_records_leave_the_window() -> None:
    watched = limit(max_consecutive=100)
    watched.observe([BAD, GOOD] * 5)
    watched.observe([GOOD] * 10)
    watched.observe([BAD] * 5)
    with pytest.raises(DlqLimitExceeded):
        watched.observe([BAD])


def test_no_records() -> None:
    limit().observe([])


def test_ratio_of_one_never_stops_by_share() -> None:
    watched = limit(max_consecutive=1_000, max_ratio=1.0)
    watched.observe([BAD] * 999)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "state" / "topic.json"


def test_a_restart_does_not_begin_anew(memory: Path) -> None:
    with pytest.raises(DlqLimitExceeded, match="5 bad records in a row"):
        limit(memory=memory).observe([BAD] * 5)
    for n_bad in range(6, 9):
        with pytest.raises(DlqLimitExceeded, match=f"{n_bad} bad records in a row"):
            limit(memory=memory).observe([BAD])


def test_nor_does_the_share(memory: Path) -> None:
    mixed = [BAD, GOOD, BAD] * 4
    with pytest.raises(DlqLimitExceeded, match="of the last 10"):
        limit(memory=memory).observe(mixed)
    with pytest.raises(DlqLimitExceeded, match="of the last 10"):
        limit(memory=memory).observe(mixed[2:])


def test_a_good_record_after_the_restart_ends_the_row_for_good(memory: Path) -> None:
    with pytest.raises(DlqLimitExceeded):
        limit(max_ratio=1.0, memory=memory).observe([BAD] * 5)
    limit(max_ratio=1.0, memory=memory).observe([GOOD])
    limit(max_ratio=1.0, memory=memory).observe([BAD] * 4)
    with pytest.raises(DlqLimitExceeded):
        limit(max_ratio=1.0, memory=memory).observe([BAD])


def test_a_larger_limit_lets_them_pass_and_a_window_without_a_stop_is_forgiven(
    memory: Path,
) -> None:
    with pytest.raises(DlqLimitExceeded):
        limit(memory=memory).observe([BAD] * 5)
    limit(max_consecutive=1_000, max_ratio=1.0, memory=memory).observe([BAD] * 9)
    assert memory.exists()
    with pytest.raises(DlqLimitExceeded):
        limit(memory=memory).observe([BAD])
    limit(max_consecutive=1_000, max_ratio=1.0, memory=memory).observe([BAD] * 5 + [GOOD] * 5)
    assert not memory.exists()
    limit(memory=memory).observe([BAD] * 4)
    assert [*memory.parent.iterdir()] == []


def test_nothing_is_kept_of_a_worker_that_did_not_stop(memory: Path) -> None:
    limit(memory=memory).observe([BAD] * 4 + [GOOD])
    assert not memory.parent.exists()


@pytest.mark.parametrize("held", [b"", b"{", b"[]", b'{"n_consecutive": "9"}', b"\xff"])
def test_a_broken_memory_is_none(
    memory: Path, held: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    memory.parent.mkdir()
    memory.write_bytes(held)
    limit(memory=memory).observe([BAD] * 4)
    assert "begins anew" in caplog.text


def test_a_memory_that_cannot_be_written_stops_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING), pytest.raises(DlqLimitExceeded):
        limit(memory=tmp_path / "file" / "topic.json").observe([BAD] * 5)
    assert "cannot be kept" in caplog.text
