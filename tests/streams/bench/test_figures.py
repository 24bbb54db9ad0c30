import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Source
from streams.bench.figures import drain_per_s, latencies_ms, percentiles, ratios, spread


def place(offset: int) -> Source:
    return Source(topic="chatroom.messages.v1", partition=0, offset=offset)


def test_spread() -> None:
    found = spread([3.0, 1.0, 2.0])
    assert (found.median, found.low, found.high, found.n) == (2.0, 1.0, 3.0, 3)


def test_ratios_compare_within_a_round() -> None:
    found = ratios([10.0, 4.0, 9.0], [5.0, 4.0, 3.0])
    assert (found.median, found.low, found.high) == (2.0, 1.0, 3.0)


def test_ratios_need_as_many_rounds_of_both() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0], [1.0, 2.0])


def test_percentiles_are_nearest_rank() -> None:
    found = percentiles([float(n) for n in range(1, 101)])
    assert (found.p50, found.p95, found.p99, found.highest, found.n) == (50, 95, 99, 100, 100)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_percentiles_are_values_in_order(values: list[float]) -> None:
    found = percentiles(values)
    assert {found.p50, found.p95, found.p99, found.highest} <= set(values)
    assert found.p50 <= found.p95 <= found.p99 <= found.highest == max(values)


def test_percentiles_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentiles([])


def test_drain_rate_lasts_until_the_last_answer() -> None:
    assert drain_per_s(1_000, [1_500, 2_000, 1_200, 3_000]) == 2.0


@pytest.mark.parametrize("answered", [[], [1_000], [900]])
def test_drain_without_time_has_no_rate(answered: list[int]) -> None:
    with pytest.raises(ValueError, match="give no rate"):
        drain_per_s(1_000, answered)


def test_latency_counts_the_first_answer_of_each_event() -> None:
    produced = {place(0): 100, place(1): 110}
    answered = [(place(1), 150), (place(0), 130), (place(0), 120), (place(7), 999)]
    assert sorted(latencies_ms(produced, answered)) == [20, 40]
