"""What an actor's items were decided to be: violations that fade, strikes that expire. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from schemas.labels import SEVERITY
from streams.actors.labelling import Decision, is_partial_guard, labelled, mark_of
from streams.actors.state import Mark, State
from streams.actors.summing import HALF_LIVES, PERSON, bound, faded, is_live, weighs
from streams.policy import Memory

ANY: Final = 0
"""Instead of an item's revision: all of them."""
DIGITS: Final = 4


def noted(state: State, decision: Decision, rules: Memory, now_ms: int) -> bool:
    """Notes a decision in an actor's state, the oldest first; whether it changes anything.

    A decision takes the place of those of lower rank on the same revision, of equal rank where it
    is graver; a person's that of earlier people. One on all revisions settles each. What weighs
    nothing any more at `now_ms` is left out; `streams.actors.summing` says what is if there are
    too many, `streams.actors.labelling` what a label decides.
    """
    if decision.is_label:
        new = labelled(state.marks, decision)
        if new is None or new in state.marks:
            return False
    else:
        if any(_stands(mark, decision) for mark in state.marks):
            return False
        new = mark_of(_without(decision, state.marks))
    kept = [
        mark
        for mark in state.marks
        if not _replaces(decision, mark) and _counts(mark, rules, now_ms)
    ]
    state.marks = sorted([*kept, new], key=_age)
    bound(state, rules, now_ms)
    return True


def _age(mark: Mark) -> int:
    return mark.noted_ms


def _stands(mark: Mark, decision: Decision) -> bool:
    """Whether a mark already says more than a decision on the same, or a part of the same."""
    if mark.item != decision.item:
        return False
    if mark.revision == decision.revision:
        if is_partial_guard(mark) and decision.rank < PERSON:
            weighs_yet = decision.action != "allow" or decision.strike > 0
            return not weighs_yet or not _is_beyond(mark, decision)
        if mark.rank != decision.rank:
            return mark.rank > decision.rank
        old, new = (mark.action, mark.strike), (SEVERITY[decision.action], decision.strike)
        return old == new if decision.rank == PERSON else old >= new
    return mark.revision == ANY and mark.rank > decision.rank


def _is_beyond(guard: Mark, decision: Decision) -> bool:
    """Whether a verdict weighs by more than the labels that a person said do not hold."""
    return not decision.labels or bool(decision.labels & ~guard.labels)


def _without(decision: Decision, marks: Sequence[Mark]) -> Decision:
    """A verdict's decision without the labels that a person said do not hold."""
    absent = 0
    for mark in marks:
        if (mark.item, mark.revision) == (decision.item, decision.revision):
            absent |= mark.labels if is_partial_guard(mark) else 0
    return structs.replace(decision, labels=decision.labels & ~absent) if absent else decision


def _replaces(decision: Decision, mark: Mark) -> bool:
    if mark.item != decision.item:
        return False
    return mark.revision == decision.revision or (
        decision.revision == ANY and mark.rank <= decision.rank
    )


def _counts(mark: Mark, rules: Memory, now_ms: int) -> bool:
    """Whether a mark still weighs something, or guards against what may still arrive."""
    age_s = (now_ms - mark.noted_ms) / 1000
    if age_s <= rules.strike_expiry_s and (mark.strike > 0 or not weighs(mark)):
        return True
    return age_s <= HALF_LIVES * rules.violation_half_life_s


def weights(
    state: State, item: int, revision: int, at_ms: int, rules: Memory
) -> tuple[float, float]:
    """Gives an actor's violations and strikes as they stood when an item arrived.

    What was decided on the item's own revision does not count, nor what was not noted before.
    """
    violations = strikes = 0.0
    for mark in state.marks:
        if mark.noted_ms >= at_ms or (mark.item == item and mark.revision in {revision, ANY}):
            continue
        violations += faded(mark, at_ms, rules)
        strikes += mark.strike * is_live(mark, at_ms, rules)
    for one in state.sums:
        if one.noted_ms < at_ms:
            violations += one.n * faded(one, at_ms, rules)
            strikes += one.strike * is_live(one, at_ms, rules)
    return round(violations, DIGITS), round(strikes, DIGITS)
