"""What a verdict or a person's label decides on an item, as it weighs on its actor. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from schemas import headers as names
from schemas.labels import SEVERITY, Action, Label, Surface
from schemas.records import HumanLabel
from schemas.strikes import Strike
from schemas.topics import HUMAN_LABELS, STRIKES
from schemas.verdicts import Reason, Verdict
from streams.actors.arrivals import identity_of
from streams.actors.labelling import Decision, bits
from streams.actors.marks import ANY
from streams.actors.summing import PERSON
from streams.policy import CompiledPolicy
from streams.record import Outgoing

_ENCODER: Final = msgspec.json.Encoder()
REVERSED: Final = "reversed: "
"""Begins the note of a reversal in the archive's labels."""
MAX_NOTE_CHARS: Final = 1_000
_ACTING: Final = frozenset({"enforce", "canary"})
_UNJUDGED: Final = ("on_missing.", "on_pending.")
"""Rules of what nobody has judged: held against nobody."""
_FIRST: Final = frozenset({"fast", "image", "av"})
"""Stages before whose verdicts no other is final."""


def strike_of(verdict: Verdict, policy: CompiledPolicy) -> Strike | None:
    """Gives what a verdict decides; None where it is not final, not enforced, or says nothing new.

    It weighs by the gravest action that a rule asked for and acted on, with the gravest of the
    rules' strikes. A stage after which others were final also tells that there was no violation.
    """
    if verdict.status != "final" or verdict.mode == "shadow":
        return None
    acting = [reason for reason in verdict.reasons if _is_acting(reason)]
    action = max((_action(one, verdict) for one in acting), key=SEVERITY.__getitem__, default=_NONE)
    weight = max((_weight(reason, policy) for reason in acting), default=0.0)
    is_nothing = not weight and not policy.policy.memory.violations.get(action)
    if is_nothing and verdict.stage in _FIRST:
        return None
    return Strike(
        strike_id=str(verdict.verdict_id),
        actor_id=verdict.actor_id,
        item_id=verdict.item_id,
        surface=verdict.surface,
        item_revision=verdict.item_revision,
        verdict_revision=verdict.revision,
        decider="verdict",
        action=action,
        weight=weight,
        labels=_grounds(acting, verdict, policy),
        at=verdict.decided_at,
    )


_NONE: Final[Action] = "allow"


def _grounds(
    acting: Sequence[Reason], verdict: Verdict, policy: CompiledPolicy
) -> tuple[Label, ...]:
    """The labels of the reasons that struck, or else weighed; none where one of these has none."""
    weights = policy.policy.memory.violations
    struck = [one for one in acting if _weight(one, policy)]
    weighed = struck or [one for one in acting if weights.get(_action(one, verdict))]
    labels = [one.label for one in weighed if one.label is not None]
    return tuple(dict.fromkeys(labels)) if len(labels) == len(weighed) else ()


def _is_acting(reason: Reason) -> bool:
    return reason.mode in _ACTING and not reason.rule.startswith(_UNJUDGED)


def _action(reason: Reason, verdict: Verdict) -> Action:
    """Verdicts of before do not tell each rule's action."""
    return reason.action or verdict.action


def _weight(reason: Reason, policy: CompiledPolicy) -> float:
    rule = policy.rules.get(reason.rule)
    return 0.0 if rule is None else rule.strike


def strike_of_label(label: HumanLabel, policy: CompiledPolicy) -> Strike | None:
    """Gives what a person's label tells of an item's revision; None of one without an actor.

    Nor of one without labels. Action and strike are the gravest of the policy's rules on the labels
    that hold, for where no verdict acted on them; what is remembered of the item goes first
    (`streams.actors.labelling`).
    """
    if label.actor_id is None or not (label.present or label.absent):
        return None
    rules = [
        rule
        for rule in policy.policy.rules
        if rule.label in label.present and label.surface in rule.surfaces and rule.mode in _ACTING
    ]
    actions: list[Action] = [rule.action for rule in rules]
    return Strike(
        strike_id=label.label_id,
        actor_id=label.actor_id,
        item_id=label.item_id,
        surface=label.surface,
        item_revision=label.item_revision,
        decider="label",
        action=max(actions, key=SEVERITY.__getitem__, default=_NONE),
        weight=max((rule.strike for rule in rules), default=0.0),
        labels=label.present,
        absent=label.absent,
        at=label.labelled_at,
    )


def reversal(
    *,
    reversal_id: str,
    item_id: str,
    surface: Surface,
    actor_id: str,
    at: datetime,
    by: str | None = None,
    note: str = "",
) -> Strike:
    """Gives the decision that an item, in whatever revision, was no violation, and who made it."""
    return Strike(
        strike_id=reversal_id,
        actor_id=actor_id,
        item_id=item_id,
        surface=surface,
        decider="appeal",
        action=_NONE,
        at=at,
        by=by,
        note=note,
    )


def remark_form(strike: Strike) -> Outgoing:
    """Gives the record by which the archive learns of a reversal: a label that says of no label.

    It decides nothing. Its revision is 1 where the reversal is of all.
    """
    label = HumanLabel(
        label_id=strike.strike_id,
        item_id=strike.item_id,
        surface=strike.surface,
        item_revision=strike.item_revision or 1,
        annotator=strike.by or "unknown",
        labelled_at=strike.at,
        note=f"{REVERSED}{strike.note}"[:MAX_NOTE_CHARS],
        actor_id=strike.actor_id,
    )
    return Outgoing(
        topic=HUMAN_LABELS.name,
        key=strike.item_id.encode(),
        value=_ENCODER.encode(label),
        headers=(
            (names.SCHEMA, HUMAN_LABELS.schema.encode()),
            (names.VERSION, str(HUMAN_LABELS.version).encode()),
            (names.CE_ID, label.label_id.encode()),
        ),
    )


def decision_of(strike: Strike, noted_ms: int) -> Decision:
    """Gives a decision as it is noted of its actor."""
    is_person = strike.decider != "verdict" or strike.verdict_revision is None
    return Decision(
        item=identity_of(strike.surface, strike.item_id),
        revision=strike.item_revision or ANY,
        rank=PERSON if is_person else strike.verdict_revision or 0,
        action=strike.action,
        strike=strike.weight,
        noted_ms=noted_ms,
        labels=bits(strike.labels),
        absent=bits(strike.absent),
    )


def strike_form(strike: Strike) -> Outgoing:
    """Gives the record in which a decision is published, keyed by its actor."""
    return Outgoing(
        topic=STRIKES.name,
        key=strike.actor_id.encode(),
        value=_ENCODER.encode(strike),
        headers=(
            (names.SCHEMA, STRIKES.schema.encode()),
            (names.VERSION, str(STRIKES.version).encode()),
            (names.CE_ID, strike.strike_id.encode()),
        ),
    )
