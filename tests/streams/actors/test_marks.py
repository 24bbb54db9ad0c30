"""Violations fade, strikes expire, and what is reversed stays so."""

import math
from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.labels import ACTIONS
from streams.actors.labelling import Decision
from streams.actors.marks import ANY, noted, weights
from streams.actors.state import MAX_GUARDS, MAX_MARKS, MAX_STRIKES, MAX_SUMS, State, decode, encode
from streams.actors.summing import PERSON, SETTLED_MS
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


def note(*given_: Decision, now_ms: int = NOW_MS) -> State:
    state = State()
    for decision in given_:
        noted(state, decision, RULES, now_ms)
    return state


def removed(item: int = 1, at_ms: int = NOW_MS, rank: int = 1, revision: int = 1) -> Decision:
    return Decision(
        item=item, revision=revision, rank=rank, action="remove", strike=1.0, noted_ms=at_ms
    )


def cleared(item: int = 1, revision: int = 1, rank: int = PERSON) -> Decision:
    return Decision(
        item=item, revision=revision, rank=rank, action="allow", strike=0.0, noted_ms=NOW_MS
    )


def weigh(state: State, at_ms: int) -> tuple[float, float]:
    return weights(state, 99, 1, at_ms, RULES)


def test_a_violation_halves_and_a_strike_expires() -> None:
    state = note(removed())
    assert weigh(state, NOW_MS + DAY_MS) == (1.0, 1.0)
    assert weigh(state, NOW_MS + 2 * DAY_MS) == (0.5, 1.0)
    assert weigh(state, NOW_MS + 11 * DAY_MS)[1] == 0.0


def test_what_is_noted_later_or_of_the_item_itself_does_not_count() -> None:
    state = note(removed(item=7))
    assert weigh(state, NOW_MS) == (0.0, 0.0)
    assert weights(state, 7, 1, NOW_MS + 1_000, RULES) == (0.0, 0.0)
    assert weights(state, 7, 2, NOW_MS + 1_000, RULES)[1] == 1.0


def test_a_reversal_holds_whatever_comes_again() -> None:
    for order in permutations((removed(), removed(rank=2), cleared())):
        state = note(*order)
        assert weigh(state, NOW_MS + 1) == (0.0, 0.0)
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
    state = note(*(removed(item=one, at_ms=NOW_MS + one) for one in items))
    assert [mark.item for mark in state.marks] == sorted(items)[-MAX_STRIKES:]


def test_what_weighs_nothing_goes_first() -> None:
    clear = [cleared(item=n) for n in range(MAX_MARKS)]
    state = note(removed(item=77, at_ms=NOW_MS - 1), *clear, removed(item=78))
    assert {77, 78} <= {mark.item for mark in state.marks}
    assert len(state.marks) == MAX_MARKS + 2


def test_what_faded_is_forgotten() -> None:
    faded = Decision(item=1, revision=1, rank=1, action="hold", strike=0.0, noted_ms=NOW_MS)
    state = note(faded)
    later_ms = NOW_MS + 11 * DAY_MS
    assert noted(state, removed(item=2, at_ms=later_ms), RULES, later_ms)
    assert [mark.item for mark in state.marks] == [2]
    assert math.isclose(weigh(state, later_ms + DAY_MS)[0], 1.0)


def limited(item: int, at_ms: int) -> Decision:
    return Decision(item=item, revision=1, rank=1, action="limit", strike=0.0, noted_ms=at_ms)


def noted_each(*given_: Decision) -> State:
    """Notes each at its own time, as they arrive."""
    state = State()
    for decision in given_:
        noted(state, decision, RULES, decision.noted_ms)
    return state


def test_no_number_of_mild_posts_washes_a_strike_away() -> None:
    first = structs.replace(removed(item=9_999), strike=3.0)
    for action in ("allow", "limit", "hold"):
        posts = (
            structs.replace(limited(n, NOW_MS + 1_000 * (n + 1)), action=action, rank=5)
            for n in range(5 * MAX_MARKS)
        )
        state = noted_each(first, *posts)
        assert weigh(state, NOW_MS + DAY_MS)[1] == 3.0
        assert len(state.marks) == MAX_MARKS + 1


def test_strikes_that_are_too_many_are_added_up_and_expire() -> None:
    n = 10 * MAX_STRIKES
    gap_ms = 2 * DAY_MS // n
    state = noted_each(*(removed(item=at, at_ms=NOW_MS + at * gap_ms) for at in range(n)))
    last_ms = NOW_MS + n * gap_ms
    young = SETTLED_MS // gap_ms
    assert young < MAX_STRIKES
    assert weigh(state, last_ms)[1] == n
    plain = sum(2.0 * 0.5 ** ((last_ms - NOW_MS - at * gap_ms) / DAY_MS) for at in range(n))
    assert math.isclose(weigh(state, last_ms)[0], plain, rel_tol=1e-4)
    assert len(state.marks) == MAX_STRIKES
    assert len([one for one in state.sums if one.strike]) == MAX_SUMS
    assert decode(encode(state)) == state
    left = weigh(state, NOW_MS + 10 * DAY_MS + DAY_MS)[1]
    assert n / 2 <= left <= n / 2 + 2 * n / MAX_SUMS
    assert weigh(state, last_ms + 10 * DAY_MS + 1)[1] == 0.0


def test_a_burst_of_strikes_counts_those_that_are_gravest_and_nothing_twice() -> None:
    burst = [
        structs.replace(removed(item=n, at_ms=NOW_MS + n), strike=float(n % 7)) for n in range(500)
    ]
    once = noted_each(*burst)
    assert once.sums == []
    assert weigh(once, NOW_MS + 1_000)[1] == 6.0 * MAX_STRIKES
    assert weigh(noted_each(*burst, *burst), NOW_MS + 1_000) == weigh(once, NOW_MS + 1_000)


def test_graver_violations_stay_and_milder_ones_are_added_up() -> None:
    held = structs.replace(limited(9_999, NOW_MS), action="hold")
    rules = structs.replace(RULES, violations={"limit": 0.25, "hold": 1.0})
    state = State()
    noted(state, held, rules, NOW_MS)
    for n in range(3 * MAX_MARKS):
        at_ms = NOW_MS + n * 600_000
        noted(state, limited(n, at_ms), rules, at_ms)
    assert 9_999 in {mark.item for mark in state.marks}
    end_ms = NOW_MS + 3 * MAX_MARKS * 600_000
    times = [NOW_MS + n * 600_000 for n in range(3 * MAX_MARKS)]
    plain = sum(0.25 * 0.5 ** ((end_ms - at) / DAY_MS) for at in times)
    plain += 0.5 ** ((end_ms - NOW_MS) / DAY_MS)
    assert math.isclose(weights(state, 1, 9, end_ms, rules)[0], plain, rel_tol=1e-4)


def test_reversals_are_not_the_first_to_go() -> None:
    guards = [cleared(item=1_000 + n) for n in range(MAX_GUARDS)]
    posts = [limited(n, NOW_MS + 1 + n) for n in range(3 * MAX_MARKS)]
    verdicts = [cleared(item=2_000 + n, rank=5) for n in range(MAX_MARKS)]
    heavy = structs.replace(RULES, violations={"limit": 1.0})
    state = State()
    for decision in (*guards, *posts, *verdicts):
        noted(state, decision, heavy, decision.noted_ms)
    assert {1_000 + n for n in range(MAX_GUARDS)} <= {mark.item for mark in state.marks}
    again = [removed(item=1_000 + n) for n in range(MAX_GUARDS)]
    assert not any(noted(state, one, heavy, NOW_MS) for one in again)


@given(st.lists(st.tuples(decisions, st.integers(0, 3 * DAY_MS)), max_size=40))
def test_another_strike_never_lessens_strikes(found: list[tuple[Decision, int]]) -> None:
    state, at_ms, before = State(), NOW_MS, 0.0
    for n, (decision, gap_ms) in enumerate(found):
        at_ms += gap_ms // 40
        struck = structs.replace(decision, item=n, strike=1.0, noted_ms=at_ms)
        noted(state, struck, RULES, at_ms)
        after = weights(state, -1, 1, at_ms + 1, RULES)[1]
        assert after >= before
        before = after
