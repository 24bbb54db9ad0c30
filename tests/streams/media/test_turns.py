import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.media.turns import Turns


def run_all(turns: Turns, wanted: Sequence[tuple[str, int]]) -> tuple[list[str], int, Counter[str]]:
    """Has each owner's wishes fulfilled; gives the order, the most held at once, and by whom."""
    order: list[str] = []
    held: Counter[str] = Counter()
    most: Counter[str] = Counter()
    n_held = n_most = 0

    async def one(owner: str, units: int) -> None:
        nonlocal n_held, n_most
        async with turns.take(owner, units) as hold:
            order.append(owner)
            held[owner] += 1
            n_held += hold.n_units
            n_most = max(n_most, n_held)
            most[owner] = max(most[owner], held[owner])
            await asyncio.sleep(0)
            n_held -= hold.n_units
            held[owner] -= 1

    async def every() -> None:
        await asyncio.gather(*(one(*wish) for wish in wanted))

    asyncio.run(every())
    return order, n_most, most


@given(
    wanted=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 12)), max_size=30),
    n_units=st.integers(1, 10),
    n_per_owner=st.integers(1, 3),
)
def test_everybody_has_a_turn_within_the_bounds(
    wanted: list[tuple[str, int]], n_units: int, n_per_owner: int
) -> None:
    turns = Turns(n_units, n_per_owner)
    order, n_most, most = run_all(turns, wanted)
    assert Counter(order) == Counter(owner for owner, _ in wanted)
    assert n_most <= n_units
    assert all(n <= n_per_owner for n in most.values())
    assert turns._n_free == n_units
    assert not turns._waiting
    assert not turns._n_had


def test_one_with_many_wishes_lets_others_in_between() -> None:
    order, _, _ = run_all(Turns(1, 1), [("many", 1)] * 6 + [("few", 1), ("other", 1)])
    assert order[:3] == ["many", "few", "other"]


def test_what_is_not_needed_is_given_back_at_once() -> None:
    async def run() -> None:
        turns = Turns(10, 2)
        async with turns.take("a", 10) as hold:
            hold.shrink(3)
            async with asyncio.timeout(60), turns.take("b", 7) as other:
                assert (hold.n_units, other.n_units) == (3, 7)

    asyncio.run(run())


def test_a_large_wish_is_not_passed_over_for_ever() -> None:
    order, _, _ = run_all(Turns(4, 4), [("a", 2), ("b", 4), ("c", 1), ("d", 1)])
    assert order == ["a", "b", "c", "d"]


@pytest.mark.parametrize("is_granted", [False, True])
def test_who_gives_up_holds_nothing(is_granted: bool) -> None:
    async def run() -> Turns:
        turns = Turns(1, 1)

        async def wish() -> None:
            async with turns.take("b"):
                pass

        async with turns.take("a"):
            waiting = asyncio.create_task(wish())
            await asyncio.sleep(0)
            if not is_granted:
                waiting.cancel()
        if is_granted:
            # Its turn has come, and it does not know yet.
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return turns

    turns = asyncio.run(run())
    assert turns._n_free == 1
    assert not turns._waiting
    assert not +turns._n_holding
