"""What an actor's items were decided to be: violations that fade, strikes that expire. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from schemas.labels import ACTIONS, SEVERITY, Action
from streams.actors.state import MAX_MARKS, Mark
from streams.policy import Memory

PERSON: Final = 100
"""The rank of a person's decision: above the revisions of all verdicts."""
ANY: Final = 0
"""Instead of an item's revision: all of them."""
HALF_LIVES: Final = 10
"""A violation that faded for so long weighs a thousandth, and is forgotten."""
DIGITS: Final = 4


class Decision(Struct, frozen=True, kw_only=True, gc=False):
    """What is final of one revision of an item, or of all with revision `ANY`."""

    item: int
    """`hash64` of its surface and id."""
    revision: int
    rank: int
    action: Action
    """`allow` where it was no violation."""
    strike: float
    noted_ms: int
    """When it is to begin to count, in Kafka's time."""


def noted(
    marks: Sequence[Mark], decision: Decision, rules: Memory, now_ms: int
) -> list[Mark] | None:
    """Gives an actor's marks with a decision, the oldest first; None where it changes nothing.

    A decision takes the place of those of lower rank on the same revision, of equal rank where it
    is graver; a person's that of earlier people. One on all revisions settles each. What weighs
    nothing any more at `now_ms` is left out, and so are the oldest of more than `MAX_MARKS`.
    """
    if any(_stands(mark, decision) for mark in marks):
        return None
    new = Mark(
        decision.item,
        decision.revision,
        decision.rank,
        SEVERITY[decision.action],
        decision.strike,
        decision.noted_ms,
    )
    kept = [
        mark for mark in marks if not _replaces(decision, mark) and _counts(mark, rules, now_ms)
    ]
    kept.append(new)
    kept.sort(key=_age)
    excess = len(kept) - MAX_MARKS
    if excess > 0:
        # Those that were settled as no violation go first: they only guard against stragglers.
        spare = {id(mark) for mark in [one for one in kept if not _weighs(one)][:excess]}
        kept = [mark for mark in kept if id(mark) not in spare][-MAX_MARKS:]
    return kept


def _age(mark: Mark) -> int:
    return mark.noted_ms


def _weighs(mark: Mark) -> bool:
    return mark.action > 0 or mark.strike > 0


def _stands(mark: Mark, decision: Decision) -> bool:
    """Whether a mark already says more than a decision on the same, or a part of the same."""
    if mark.item != decision.item:
        return False
    if mark.revision == decision.revision:
        if mark.rank != decision.rank:
            return mark.rank > decision.rank
        old, new = (mark.action, mark.strike), (SEVERITY[decision.action], decision.strike)
        return old == new if decision.rank == PERSON else old >= new
    return mark.revision == ANY and mark.rank > decision.rank


def _replaces(decision: Decision, mark: Mark) -> bool:
    if mark.item != decision.item:
        return False
    return mark.revision == decision.revision or (
        decision.revision == ANY and mark.rank <= decision.rank
    )


def _counts(mark: Mark, rules: Memory, now_ms: int) -> bool:
    """Whether a mark still weighs something, or guards against what may still arrive."""
    age_s = (now_ms - mark.noted_ms) / 1000
    if age_s <= rules.strike_expiry_s and (mark.strike > 0 or not _weighs(mark)):
        return True
    return age_s <= HALF_LIVES * rules.violation_half_life_s


def weights(
    marks: Sequence[Mark], item: int, revision: int, at_ms: int, rules: Memory
) -> tuple[float, float]:
    """Gives an actor's violations and strikes as they stood when an item arrived.

    What was decided on the item's own revision does not count, nor what was not noted before.
    """
    violations = strikes = 0.0
    for mark in marks:
        age_s = (at_ms - mark.noted_ms) / 1000
        if age_s <= 0 or (mark.item == item and mark.revision in {revision, ANY}):
            continue
        if mark.action:
            weight = rules.violations.get(ACTIONS[mark.action], 0.0)
            violations += weight * 0.5 ** (age_s / rules.violation_half_life_s)
        if mark.strike and age_s <= rules.strike_expiry_s:
            strikes += mark.strike
    return round(violations, DIGITS), round(strikes, DIGITS)
