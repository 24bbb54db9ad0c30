import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backtest.quality import Interval, qualities, wilson

COUNTS = st.lists(st.integers(0, 40), min_size=8, max_size=8).filter(any)


def truths(counts: list[int]) -> dict[tuple[str, str, bool, bool, bool], int]:
    """Counts by truth, old and new, in binary order."""
    return {
        ("square", "scam", bool(n & 4), bool(n & 2), bool(n & 1)): count
        for n, count in enumerate(counts)
    }


@given(COUNTS)
def test_figures_are_the_shares_that_they_say(counts: list[int]) -> None:
    whole, surface = qualities(truths(counts))
    assert (whole.surface, surface.surface) == ("*", "square")
    present, flagged = sum(counts[4:]), sum(counts[1::2])
    hits = counts[5] + counts[7]
    assert surface.n_items == sum(counts)
    assert surface.n_present == present
    for found, of in ((surface.new_recall, present), (surface.new_precision, flagged)):
        assert (found is None) == (of == 0)
        if found is not None:
            assert found.value == pytest.approx(hits / of)
            assert 0 <= found.low <= found.value + 1e-9
            assert found.value - 1e-9 <= found.high <= 1


@given(COUNTS)
def test_a_policy_that_flags_the_same_changes_nothing(counts: list[int]) -> None:
    same = [n if (at & 2) >> 1 == at & 1 else 0 for at, n in enumerate(counts)]
    for found in qualities(truths(same)) if any(same) else ():
        for change in (found.recall_change, found.precision_change):
            assert change in (None, Interval(0.0, 0.0, 0.0))


@given(COUNTS)
def test_old_and_new_exchanged_turn_every_change_round(counts: list[int]) -> None:
    turned = [counts[at & 4 | (at & 1) << 1 | (at & 2) >> 1] for at in range(8)]
    for one, other in zip(qualities(truths(counts)), qualities(truths(turned)), strict=True):
        assert one.old_recall == other.new_recall
        if one.recall_change is not None and other.recall_change is not None:
            assert one.recall_change.value == pytest.approx(-other.recall_change.value)


def test_wilson_is_as_published() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263.
    found = wilson(81, 263)
    assert math.isclose(found.low, 0.2553, abs_tol=1e-4)
    assert math.isclose(found.high, 0.3662, abs_tol=1e-4)
