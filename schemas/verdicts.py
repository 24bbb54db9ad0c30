"""The verdict: our recorded answer to one content item at one stage."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from schemas.bounds import (
    Count,
    Id,
    ItemId,
    Milliseconds,
    PolicyHash,
    Revision,
    Score,
    Time,
    TraceId,
)
from schemas.features import Features
from schemas.labels import Action, Label, Surface
from schemas.signals import Signal

Status = Literal["partial", "final"]
Stage = Literal["fast", "image", "av", "judge", "review", "campaign"]
Mode = Literal["enforce", "shadow", "canary"]
Sanction = Literal["none", "warn", "mute", "suspend"]
Priority = Literal["low", "normal", "high", "urgent"]
"""How soon a review queue should come to an item, from last to first."""
RuleMode = Literal["enforce", "canary", "shadow", "review"]
"""How a rule that fired counts. `enforce` and `canary` act; `canary` is a rule that acts on a share
of the actors. `shadow` acts on nothing, `review` (a rule over its quota, or braked) asks for no
more than that a person looks."""


class ActorAction(Struct, frozen=True, kw_only=True, gc=False):
    """What the verdict asks to be done about the actor; `duration_s` None is without end."""

    kind: Sanction = "none"
    duration_s: Count | None = None


class Reason(Struct, frozen=True, kw_only=True, gc=False):
    """A rule that fired. `label` and `score` are those that fired it, if any.

    `action` is what the rule asks for by itself, whether it counted or not: `mode` says that.
    """

    code: str
    rule: str
    policy_version: str
    label: Label | None = None
    score: Score | None = None
    mode: RuleMode = "enforce"
    action: Action | None = None


class Would(Struct, frozen=True, kw_only=True, gc=False):
    """What a verdict would have asked for, had the rules in `shadow` counted too.

    `reasons` are those of these rules alone.
    """

    action: Action
    actor_action: ActorAction = ActorAction()
    queue: str | None = None
    reasons: tuple[Reason, ...] = ()


class Shadow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a second policy asks for, which runs in shadow beside the one that decides.

    It saw what that one saw. `reasons` are the rules that count in it; what is in shadow in it too
    leaves nothing here. `mode` is that of the verdict that it would have made: `shadow` where
    nobody would have acted on it. Nothing of this is to be enforced.
    """

    policy_hash: PolicyHash
    action: Action
    actor_action: ActorAction = ActorAction()
    queue: str | None = None
    priority: Priority | None = None
    reasons: tuple[Reason, ...] = ()
    mode: Mode = "enforce"


class StageTime(Struct, frozen=True, kw_only=True, gc=False):
    """How long a stage took, in milliseconds; batch stages give the whole batch's time."""

    name: str
    ms: Milliseconds


class Unanswered(Struct, frozen=True, kw_only=True, gc=False):
    """Why something gave no answer on a part, or not a whole one.

    `detector` is as in `missing`; `cause` begins with a closed word (`too_large`, `timed_out`) and
    quotes nothing of the content.
    """

    detector: str
    part: str
    cause: str


class Verdict(Struct, frozen=True, kw_only=True):
    """The answer to one item at one stage.

    `verdict_id` is the same for a redelivered event. `item_revision` is the content's own, and
    `revision` orders the verdicts on it: consumers apply the highest (item_revision, revision) of
    an item and ignore the rest.
    `missing` names the detectors that gave no answer (`modality.*` where none is loaded) or not a
    whole one, or whose signals do not all stand here; it is never silently an `allow`: the
    policy's `on_missing` decided. `unanswered` says why, where that is known of a media part.
    A `partial` verdict names in `pending` what a later revision will say more of (`image.*`); until
    then the policy's `on_pending` decided. In `shadow` mode the action is recorded and must not be
    enforced. `shadow` is what another policy would have asked for, where one runs beside.
    """

    verdict_id: UUID
    item_id: ItemId
    surface: Surface
    actor_id: Id
    item_revision: Revision
    revision: Revision
    stage: Stage
    status: Status
    action: Action
    actor_action: ActorAction = ActorAction()
    queue: str | None = None
    priority: Priority | None = None
    reasons: tuple[Reason, ...] = ()
    signals: tuple[Signal, ...] = ()
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    stages: tuple[StageTime, ...] = ()
    mode: Mode = "enforce"
    would: Would | None = None
    shadow: Shadow | None = None
    policy_hash: PolicyHash
    detectors: tuple[str, ...] = ()
    features: Features | None = None
    occurred_at: Time
    decided_at: Time
    trace_id: TraceId
