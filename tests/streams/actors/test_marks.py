"""Violations fade, strikes expire, and what is reversed stays so."""

import math
from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.labels import ACTIONS
from streams.actors.marks import ANY, PERSON, Decision, noted, weights
from streams.actors.state import MAX_MARKS, Mark
from streams.policy import Memory

DAY_MS = 86_400_000
NOW_MS = 1_790_000_000_000
RULES = Memory(
    violation_half_life_s=86_400.0, violations={"hold": 1.0, "remove": 2.0}, strike_expiry_s=864_000
)

decisions = st.builds(
    Decision,
    item=st.integers(1, 4),
    revision=st.sampled_from((1, 2)),
    rank=st.integers(1, 6),
    action=st.sampled_from(ACTIONS),
    strike=st.sampled_from((0.0, 1.0, 2.0)),
    noted_ms=st.just(NOW_MS),
)


def note(*given_: Decision, now_ms: int = NOW_MS) -> list[Mark]:
    marks: list[Mark] = []
    for decision in given_:
        found = noted(marks, decision, RULES, now_ms)
        marks = marks if found is None else found
    return marks


def removed(item: int = 1, at_ms: int = NOW_MS, rank: int = 1, revision: int = 1) -> Decision:
    return Decision(
        item=item, revision=revision, rank=rank, action="remove", strike=1.0, noted_ms=at_ms
    )


def cleared(item: int = 1, revision: int = 1, rank: int = PERSON) -> Decision:
    return Decision(
        item=item, revision=revision, rank=rank, action="allow", strike=0.0, noted_ms=NOW_MS
    )


def weigh(marks: list[Mark], at_ms: int) -> tuple[float, float]:
    return weights(marks, 99, 1, at_ms, RULES)


def test_a_violation_halves_and_a_strike_expires() -> None:
    marks = note(removed())
    assert weigh(marks, NOW_MS + DAY_MS) == (1.0, 1.0)
    assert weigh(marks, NOW_MS + 2 * DAY_MS) == (0.5, 1.0)
    assert weigh(marks, NOW_MS + 11 * DAY_MS)[1] == 0.0


def test_what_is_noted_later_or_of_the_item_itself_does_not_count() -> None:
    marks = note(removed(item=7))
    assert weigh(marks, NOW_MS) == (0.0, 0.0)
    assert weights(marks, 7, 1, NOW_MS + 1_000, RULES) == (0.0, 0.0)
    assert weights(marks, 7, 2, NOW_MS + 1_000, RULES)[1] == 1.0


def test_a_reversal_holds_whatever_comes_again() -> None:
    for order in permutations((removed(), removed(rank=2), cleared())):
        marks = note(*order)
        assert weigh(marks, NOW_MS + 1) == (0.0, 0.0)
        assert weigh(note(*order, *order), NOW_MS + 1) == (0.0, 0.0)


def test_a_reversal_of_all_revisions() -> None:
    first, second = removed(), removed(revision=2)
    for order in permutations((first, second, cleared(revision=ANY))):
        assert weigh(note(*order), NOW_MS + 1) == (0.0, 0.0)


def test_an_edit_does_not_undo_the_strike_of_what_stood_before() -> None:
    harmless = Decision(item=1, revision=2, rank=5, action="allow", strike=0.0, noted_ms=NOW_MS + 1)
    assert weigh(note(removed(), harmless), NOW_MS + 2)[1] == 1.0


def test_a_later_stage_softens() -> None:
    assert weigh(note(removed(), cleared(rank=5)), NOW_MS + 1) == (0.0, 0.0)


@given(st.lists(decisions, max_size=8), st.randoms(use_true_random=False))
def test_order_and_redelivery_of_verdicts_make_no_difference(
    found: list[Decision], random: Random
) -> None:
    shuffled = [*found, *found]
    random.shuffle(shuffled)
    assert weigh(note(*found), NOW_MS + 1) == weigh(note(*shuffled), NOW_MS + 1)


@given(st.lists(st.integers(0, 500), max_size=3 * MAX_MARKS, unique=True))
def test_marks_are_bounded_and_the_latest_stay(items: list[int]) -> None:
    marks = note(*(removed(item=one, at_ms=NOW_MS + one) for one in items))
    assert [mark.item for mark in marks] == sorted(items)[-MAX_MARKS:]


def test_what_weighs_nothing_goes_first() -> None:
    clear = [cleared(item=n) for n in range(MAX_MARKS)]
    marks = note(removed(item=77, at_ms=NOW_MS - 1), *clear, removed(item=78))
    assert {77, 78} <= {mark.item for mark in marks}
    assert len(marks) == MAX_MARKS


def test_what_faded_is_forgotten() -> None:
    faded = Decision(item=1, revision=1, rank=1, action="hold", strike=0.0, noted_ms=NOW_MS)
    marks = note(faded)
    later_ms = NOW_MS + 11 * DAY_MS
    found = noted(marks, removed(item=2, at_ms=later_ms), RULES, later_ms)
    assert found is not None
    assert [mark.item for mark in found] == [2]
    assert math.isclose(weigh(found, later_ms + DAY_MS)[0], 1.0)
