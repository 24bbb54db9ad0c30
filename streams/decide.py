"""Deciding: from an item, its signals and what is missing to a verdict. Pure."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1
from typing import Final
from uuid import UUID

from msgspec import Struct

from schemas.content import Item
from schemas.features import Features
from schemas.signals import Signal
from schemas.verdicts import Stage, StageTime, Unanswered, Verdict
from streams.capacity import strongest
from streams.features import features_of
from streams.policy import CompiledPolicy, Given, fire
from streams.shadowing import shadow_of

NAMESPACE: Final = UUID("8f1f9d1e-6a50-5c9e-9a3e-5d2f0c6b7a11")
"""Namespace of verdict ids; changing it would break redelivery."""
_NAMESPACE_BYTES: Final = NAMESPACE.bytes

SIGNAL_FLOOR: Final = 0.01
"""Signals with a lower score are not recorded: no policy threshold may lie there."""

REVISIONS: Final[dict[Stage, int]] = {
    "fast": 1,
    "image": 2,
    "av": 3,
    "judge": 4,
    "campaign": 5,
    "review": 20,
}
"""The verdict revision that each stage publishes; of a campaign that changes further ones follow,
lower than that of a person's review."""


class Judged(Struct, frozen=True, kw_only=True):
    """What detectors said of an item. `missing` names those that gave no answer.

    `pending` names what a later stage will judge, `unanswered` why something is missing, if known.

    `together` are the signals on its text joined with earlier ones: `streams.joining.told` takes
    from them into `signals` what is to count, and a verdict knows no others.
    """

    signals: tuple[Signal, ...] = ()
    together: tuple[Signal, ...] = ()
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    stages: tuple[StageTime, ...] = ()


class Circumstances(Struct, frozen=True, kw_only=True):
    """What a verdict depends on besides the item: where, by what, and when it is decided."""

    stage: Stage
    policy: CompiledPolicy
    detectors: tuple[str, ...]
    now: datetime


def identify(
    item: Item,
    stage: Stage,
    policy_hash: str,
    detectors: Sequence[str],
    marks: Sequence[str] = (),
) -> UUID:
    """Gives the verdict's id: the same for a redelivered event, whoever judges it.

    A policy in shadow beside the one that decides is no part of it: what that asks for makes no
    other verdict, which consumers would carry out again. `marks` are what is missing, and rules
    that are limited: where something of these is there that was not before, it is another verdict
    with another id.
    """
    name = "\x1f".join(
        (item.surface, item.item_id, str(item.revision), stage, policy_hash, *sorted(detectors))
    )
    if marks:
        name = "\x1e".join((name, *sorted(marks)))
    # uuid.uuid5 does the same and looks its parts up each time: 5 us against 3.
    digest = sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


def decide(
    item: Item,
    judged: Judged,
    trace: str,
    given: Circumstances,
    features: Features | None = None,
) -> Verdict:
    """Gives the verdict on an item; depends on nothing but its arguments.

    It is `partial` where something is pending. `features` are the item's own where none are given.
    Where not all signals are recorded, the detectors whose signals were left out are `missing`.
    Rules see the time in whole milliseconds, as the archive keeps it.
    """
    now = given.now.replace(microsecond=given.now.microsecond // 1_000 * 1_000)
    signals, cut = strongest([one for one in judged.signals if one.score >= SIGNAL_FLOOR])
    missing = (*judged.missing, *(name for name in cut if name not in judged.missing))
    known = features or features_of(item)
    seen = Given(
        surface=item.surface,
        now=now,
        signals=signals,
        missing=missing,
        pending=judged.pending,
        features=known,
        item_id=item.item_id,
        actor_id=item.actor_id,
    )
    fired = fire(seen, given.policy)
    marks = (*missing, *known.limited)
    return Verdict(
        verdict_id=identify(item, given.stage, given.policy.hash, given.detectors, marks),
        item_id=item.item_id,
        surface=item.surface,
        actor_id=item.actor_id,
        item_revision=item.revision,
        revision=REVISIONS[given.stage],
        stage=given.stage,
        status="partial" if judged.pending else "final",
        action=fired.action,
        actor_action=fired.actor_action,
        queue=fired.queue,
        priority=fired.priority,
        reasons=fired.reasons,
        signals=signals,
        missing=missing,
        pending=judged.pending,
        unanswered=judged.unanswered,
        stages=judged.stages,
        mode=fired.mode,
        would=fired.would,
        shadow=shadow_of(seen, given.policy.beside),
        policy_hash=given.policy.hash,
        detectors=given.detectors,
        features=known,
        occurred_at=item.created_at,
        decided_at=now,
        trace_id=trace,
    )
