"""What a person's label decides, given what is remembered of the item. Pure.

A label in neither of its lists was not looked at: unknown, not negative. So a violation is reversed
where all labels of the reasons that weighed are absent, or all labels that there are.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct, structs

from schemas.labels import LABELS, SEVERITY, Action, Label
from streams.actors.state import Mark
from streams.actors.summing import PERSON, weighs

_BITS: Final[dict[Label, int]] = {label: 1 << n for n, label in enumerate(LABELS)}
"""In written states: a label that is added goes to the end of `LABELS`."""
_VIOLATIONS: Final = sum(_BITS.values()) & ~_BITS["ai_generated"]


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
    labels: int = 0
    """Bits of the labels of the reasons that weighed; 0 where one had none, or nobody told. Of a
    person's label those that hold."""
    absent: int = 0
    """Of a person's label: those that do not hold."""

    @property
    def is_label(self) -> bool:
        """Whether it is a person's label, which depends on what is remembered."""
        return bool(self.rank == PERSON and (self.labels or self.absent))


def bits(labels: Iterable[Label]) -> int:
    """Gives labels as one number."""
    return sum(_BITS[label] for label in set(labels))


def mark_of(decision: Decision) -> Mark:
    """Gives a decision as it is remembered."""
    return Mark(
        decision.item,
        decision.revision,
        decision.rank,
        SEVERITY[decision.action],
        decision.strike,
        decision.noted_ms,
        decision.labels,
    )


def is_partial_guard(mark: Mark) -> bool:
    """Whether a person said of some labels that they do not hold, and of none that it does."""
    return mark.rank == PERSON and not weighs(mark) and mark.labels != 0


def labelled(marks: Sequence[Mark], decision: Decision) -> Mark | None:
    """Gives what a person's label makes of an item's revision; None where that is nothing.

    What confirms a verdict has its weight and its time; the decision's own weight, which is the
    policy's for the labels that hold, is for what no verdict acted on by them.
    """
    found = (m for m in marks if (m.item, m.revision) == (decision.item, decision.revision))
    own = max(found, key=lambda mark: mark.rank, default=None)
    new = mark_of(decision)
    if own is None or not weighs(own):
        return new if weighs(new) else _guard(own, decision)
    if own.labels & decision.labels:
        labels = (own.labels | decision.labels) & ~decision.absent
        return structs.replace(own, rank=PERSON, labels=labels)
    if _is_cleared(own, decision):
        return new if weighs(new) else _guard(None, decision)
    if weighs(new):
        return structs.replace(
            own,
            rank=PERSON,
            action=max(own.action, new.action),
            strike=max(own.strike, new.strike),
            labels=own.labels and own.labels & ~decision.absent | decision.labels,
        )
    left = own.labels & ~decision.absent
    return None if left == own.labels else structs.replace(own, labels=left)


def _is_cleared(own: Mark, decision: Decision) -> bool:
    if _is_all(decision):
        return True
    return bool(own.labels) and not own.labels & ~decision.absent


def _is_all(decision: Decision) -> bool:
    return not _VIOLATIONS & ~decision.absent


def _guard(own: Mark | None, decision: Decision) -> Mark | None:
    """What keeps a verdict that comes later from counting for labels that do not hold."""
    if not decision.absent or (own is not None and own.rank == PERSON and not own.labels):
        return None
    absent = decision.absent
    if own is not None and own.rank == PERSON:
        absent |= own.labels
    return Mark(
        decision.item,
        decision.revision,
        PERSON,
        0,
        0.0,
        decision.noted_ms,
        0 if not _VIOLATIONS & ~absent else absent,
    )
