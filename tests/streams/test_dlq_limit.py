import pytest

from streams.dlq_limit import DlqLimit, DlqLimitExceeded

GOOD, BAD = False, True


def limit(max_consecutive: int = 5, max_ratio: float = 0.5, window: int = 10) -> DlqLimit:
    return DlqLimit(max_consecutive=max_consecutive, max_ratio=max_ratio, window=window)


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
