"""Which of an actor's decisions are known by themselves, and which are added up. Pure.

A decision never takes the place of what weighs more: nobody's strike is washed away by posts.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from schemas.labels import ACTIONS
from streams.actors.state import MAX_GUARDS, MAX_MARKS, MAX_STRIKES, MAX_SUMS, Mark, State, Sum
from streams.policy import Memory

PERSON: Final = 100
"""The rank of a person's decision: above the revisions of all verdicts."""
HALF_LIVES: Final = 10
"""A violation that faded for so long weighs a thousandth, and is forgotten."""
SETTLED_MS: Final = 3_600_000
"""What is added up is this old: before, it may come again, and would count twice."""


def weighs(mark: Mark) -> bool:
    """Whether a decision was one against the actor."""
    return mark.action > 0 or mark.strike > 0


def faded(mark: Mark | Sum, at_ms: int, rules: Memory) -> float:
    """Gives what is left of a violation's weight."""
    weight = rules.violations.get(ACTIONS[mark.action], 0.0) if mark.action else 0.0
    return weight * _left(at_ms - mark.noted_ms, rules)


def is_live(mark: Mark | Sum, at_ms: int, rules: Memory) -> bool:
    """Whether there is a strike that has not expired."""
    return mark.strike > 0 and at_ms - mark.noted_ms <= 1000 * rules.strike_expiry_s


def bound(state: State, rules: Memory, now_ms: int) -> None:
    """Lets go of the marks that are too many, and adds up those of them that still weigh.

    Apart: of strikes the oldest are added up, or the least go while none is settled. Of the others
    those that weigh nothing go first, then violations by what is left of them. `MAX_GUARDS`
    reversals go last, since they guard against what may still arrive.
    """
    state.sums = [one for one in state.sums if _counts(one, rules, now_ms)]
    live = [mark for mark in state.marks if is_live(mark, now_ms, rules)]
    rest = [mark for mark in state.marks if not is_live(mark, now_ms, rules)]
    gone = _excess_strikes(live, now_ms) + _excess_others(rest, rules, now_ms)
    if not gone:
        return
    spare = {id(mark) for mark in gone}
    state.marks = [mark for mark in state.marks if id(mark) not in spare]
    settled = [mark for mark in gone if now_ms - mark.noted_ms >= SETTLED_MS]
    state.sums = _summed(state.sums, settled, rules, now_ms)


def _excess_strikes(live: Sequence[Mark], now_ms: int) -> list[Mark]:
    excess = len(live) - MAX_STRIKES
    if excess <= 0:
        return []
    settled = [mark for mark in live if now_ms - mark.noted_ms >= SETTLED_MS][:excess]
    known = {id(mark) for mark in settled}
    young = sorted(
        (mark for mark in live if id(mark) not in known),
        key=lambda mark: (mark.strike, mark.noted_ms),
    )
    return settled + young[: excess - len(settled)]


def _excess_others(rest: Sequence[Mark], rules: Memory, now_ms: int) -> list[Mark]:
    excess = len(rest) - MAX_MARKS
    if excess <= 0:
        return []
    guards = [mark for mark in rest if mark.rank == PERSON and not weighs(mark)]
    known = {id(mark) for mark in guards}
    others = [(faded(mark, now_ms, rules), mark) for mark in rest if id(mark) not in known]
    weightless = [mark for left, mark in others if not left]
    violations = sorted(
        ((left, mark) for left, mark in others if left),
        key=lambda pair: (pair[0], pair[1].noted_ms),
    )
    spare_guards = guards[: max(0, len(guards) - MAX_GUARDS)]
    return [*weightless, *spare_guards, *(mark for _, mark in violations)][:excess]


def _summed(sums: Iterable[Sum], marks: Iterable[Mark], rules: Memory, now_ms: int) -> list[Sum]:
    """Sums with marks added: violations by action, as they fade; strikes by when they expire."""
    violations = {one.action: one for one in sums if one.action}
    strikes = [one for one in sums if not one.action]
    for mark in marks:
        if mark.action:
            new = Sum(mark.action, 1.0, 0.0, mark.noted_ms)
            old = violations.get(mark.action)
            violations[mark.action] = new if old is None else _both(old, new, rules)
        if is_live(mark, now_ms, rules):
            strikes.append(Sum(0, 0.0, mark.strike, mark.noted_ms))
    strikes.sort(key=lambda one: one.noted_ms)
    while len(strikes) > MAX_SUMS:
        # Two expire together, with the later: none too soon, and as little as can be too late.
        late = [(one.noted_ms - old.noted_ms) * old.strike for old, one in pairwise(strikes)]
        n = late.index(min(late))
        strikes[n : n + 2] = [_both(strikes[n], strikes[n + 1], rules)]
    return [*violations.values(), *strikes]


def _both(one: Sum, other: Sum, rules: Memory) -> Sum:
    noted_ms = max(one.noted_ms, other.noted_ms)
    n = sum(each.n * _left(noted_ms - each.noted_ms, rules) for each in (one, other))
    return Sum(one.action, n, one.strike + other.strike, noted_ms)


def _left(age_ms: int, rules: Memory) -> float:
    return float(0.5 ** (age_ms / 1000 / rules.violation_half_life_s))


def _counts(one: Sum, rules: Memory, now_ms: int) -> bool:
    if one.action:
        return now_ms - one.noted_ms <= 1000 * HALF_LIVES * rules.violation_half_life_s
    return is_live(one, now_ms, rules)
