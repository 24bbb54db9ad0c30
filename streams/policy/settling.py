"""What several rules ask for together. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from schemas.labels import SEVERITY, Action, Modality
from schemas.verdicts import ActorAction, Priority, RuleMode
from streams.policy.document import Rule

UNJUDGED: Final = "unjudged"
"""The queue of what is held for want of an answer alone."""


CHILDREN: Final = "child_safety"


class Hit(Struct, frozen=True):
    """A rule that fired: what it asks for, as it stands."""

    rule: Rule
    action: Action
    queue: str | None
    score: float | None = None
    mode: RuleMode = "enforce"
    is_error: bool = False
    is_escalated: bool = False
    """A bank of known pictures says that the people of its label's own queue must see it."""

    @property
    def actor_action(self) -> ActorAction:
        """What it asks to be done about the actor."""
        return ActorAction() if self.is_mild else self.rule.actor_action

    @property
    def is_mild(self) -> bool:
        """Whether it is held against nobody."""
        return self.is_error or self.mode == "review"


class Asked(Struct, frozen=True):
    """What is asked for in the end; `priority` is the queue's."""

    action: Action
    actor_action: ActorAction
    queue: str | None
    priority: Priority | None


_RANKS: Final[dict[str, int]] = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


def settled(hits: Sequence[Hit], unjudged: Sequence[tuple[str, Modality, Action]]) -> Asked:
    """Gives what is asked for by rules and for what could not be judged, together.

    `unjudged` are code, modality and action.
    """
    action: Action = "allow"
    actor_action, queue = ActorAction(), None
    priority: Priority | None = None
    if hits:
        gravest = max(hits, key=lambda hit: (SEVERITY[hit.action], _RANKS[hit.rule.priority]))
        action, queue, priority = gravest.action, gravest.queue, gravest.rule.priority
        actor_action = max((hit.actor_action for hit in hits), key=gravity)
    for code, _, asked in unjudged:
        if SEVERITY[asked] > SEVERITY[action]:
            # What is pending is no person's work yet.
            action = asked
            if asked == "hold" and code == "missing":
                queue, priority = UNJUDGED, "normal"
    if queue is None:
        # Rules that ask for nothing but that a person looks.
        looks = [hit for hit in hits if hit.action == "allow" and hit.queue]
        if looks:
            first = max(looks, key=lambda hit: _RANKS[hit.rule.priority])
            queue, priority = first.queue, first.rule.priority
    # What may concern a child's safety reaches its own queue, whatever else the item is, and so
    # does what a bank escalates.
    owners = [hit for hit in hits if hit.is_escalated or hit.rule.label == CHILDREN]
    if owners:
        owner = max(owners, key=_claim)
        queue, priority = owner.queue or owner.rule.label, owner.rule.priority
    return Asked(action, actor_action, queue, None if queue is None else priority)


def _claim(hit: Hit) -> tuple[bool, bool, int, int]:
    """How good a hit's claim to the queue is: a child's safety first, then what is escalated."""
    is_childs = hit.rule.label == CHILDREN
    return is_childs, hit.is_escalated, SEVERITY[hit.action], _RANKS[hit.rule.priority]


_SANCTIONS: Final = {"none": 0, "warn": 1, "mute": 2, "suspend": 3}


def gravity(action: ActorAction) -> tuple[int, float]:
    """Gives an order of what is done about actors, from mildest to gravest."""
    length = float("inf") if action.duration_s is None else float(action.duration_s)
    return _SANCTIONS[action.kind], length
