"""Decisions that weigh on an actor: final verdicts and people's, and their reversal."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.bounds import Id, ItemId, Revision, ShortText, Time
from schemas.labels import Action, Label, Surface

Decider = Literal["verdict", "label", "appeal"]
"""Who decided: a final verdict, a person who labelled the item, a person who heard an appeal."""


class Strike(Struct, frozen=True, kw_only=True, gc=False):
    """What was decided on an item, as it weighs on its actor.

    `strike_id` is the same for the same decision: the verdict's id, the label's, the appeal's.
    With `action` allow and `weight` 0 the item was no violation: what was decided before is
    reversed. But with a person's `labels` or `absent` only where all labels that weighed are
    absent, and what confirms a verdict weighs as that did. Of one item's revision the highest
    `verdict_revision` counts, and what a person decided above all verdicts, the last of several.
    `item_revision` None is every revision. A record without a value has its key, the actor,
    forgotten.
    """

    strike_id: Id
    actor_id: Id
    item_id: ItemId
    surface: Surface
    item_revision: Revision | None = None
    verdict_revision: Revision | None = None
    """None where a person decided."""
    decider: Decider
    action: Action
    """What the violation weighs by: the policy's `[memory]` table says how much."""
    weight: Annotated[float, Meta(ge=0.0, le=100.0)] = 0.0
    """That of the strike; 0 where it is a violation and no strike."""
    labels: tuple[Label, ...] = ()
    """Labels of the reasons that struck, or else weighed; none where one of these has no label. Of
    a person's label those that hold."""
    absent: tuple[Label, ...] = ()
    """Of a person's label those that do not hold; one in neither list was not looked at."""
    at: Time
    """When it was decided."""
    by: Id | None = None
    """Who heard an appeal."""
    note: ShortText = ""
    """Why it was granted."""
