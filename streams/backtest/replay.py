"""Deciding a recorded verdict again. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from schemas.features import Features
from schemas.labels import Action
from schemas.signals import Signal
from streams.backtest.history import Recorded, RecordedSignal
from streams.policy import CompiledPolicy, Fired, Given, fire
from streams.policy.firing import ESCALATE, KNOWN

BANK: Final = "bank."
BANK_CODE: Final = "known_picture"
_FEATURES: Final = msgspec.json.Decoder(Features)
_NONE: Final = Features()


class Told(Struct, frozen=True):
    """What of a decision is compared. `sanction` is empty for none, `queue` where there is none.

    `rules` and `labels` are those of the reasons that counted, in order.
    """

    action: Action
    sanction: str
    queue: str
    rules: tuple[str, ...]
    labels: tuple[str, ...]


ALLOWED: Final = Told("allow", "", "", (), ())
"""Where nothing fires."""


class Cause(Struct, frozen=True, omit_defaults=True):
    """A reason in a report."""

    rule: str
    code: str
    label: str = ""
    score: float | None = None
    mode: str = ""
    action: str = ""


def features_of(row: Recorded) -> Features | None:
    """Gives the recorded features; None where none were recorded. Raises ValueError."""
    return _FEATURES.decode(row.features) if row.features else None


def given_of(row: Recorded, signals: Sequence[Signal], features: Features | None) -> Given:
    """Gives what a policy sees of a recorded verdict."""
    return Given(
        surface=row.surface,
        now=datetime.fromtimestamp(row.decided_ms / 1_000, UTC),
        signals=_with_banks(row, signals) if BANK_CODE in row.codes else signals,
        missing=row.missing,
        pending=row.pending,
        features=_NONE if features is None else features,
        item_id=row.item_id,
        actor_id=row.actor_id,
    )


def decide_again(row: Recorded, signals: Sequence[Signal], policy: CompiledPolicy) -> Fired:
    """Gives what a policy says of a recorded verdict's item at that time. Raises ValueError."""
    return fire(given_of(row, signals, features_of(row)), policy)


def is_same(row: Recorded, fired: Fired) -> bool:
    """Whether a policy says exactly what was recorded: all that it decides, in order."""
    if not fired.reasons and fired.would is None:
        return told_then(row) is ALLOWED and row.mode == fired.mode and not row.would_action
    return (
        row.action == fired.action
        and row.rules == tuple([one.rule for one in fired.reasons])
        and row.queue == (fired.queue or "")
        and row.priority == (fired.priority or "")
        and row.mode == fired.mode
        and row.actor_action == fired.actor_action.kind
        and row.actor_action_duration_s == fired.actor_action.duration_s
        and (not row.rules or _has_reasons(row, fired))
        and _has_would(row, fired)
    )


def _has_reasons(row: Recorded, fired: Fired) -> bool:
    said = [
        (one.code, one.policy_version, one.label or "", one.score, one.mode, one.action or "")
        for one in fired.reasons
    ]
    columns = (row.codes, row.versions, row.labels, row.scores, row.modes, row.actions)
    return said == list(zip(*columns, strict=False))


def _has_would(row: Recorded, fired: Fired) -> bool:
    would = fired.would
    if would is None:
        return not row.would_action
    said = [
        (one.code, one.rule, one.label or "", one.score, one.action or "") for one in would.reasons
    ]
    columns = (
        row.would_codes,
        row.would_rules,
        row.would_labels,
        row.would_scores,
        row.would_actions,
    )
    return (
        row.would_action == would.action
        and row.would_queue == (would.queue or "")
        and row.would_actor_action == would.actor_action.kind
        and row.would_actor_action_duration_s == would.actor_action.duration_s
        and said == list(zip(*columns, strict=False))
    )


def told_then(row: Recorded) -> Told:
    """Gives what was decided then."""
    if row.action == "allow" and not row.rules and not row.queue and row.actor_action == "none":
        return ALLOWED
    return Told(
        row.action,
        sanction(row.actor_action, row.actor_action_duration_s),
        row.queue,
        row.rules,
        row.labels,
    )


def told_now(fired: Fired) -> Told:
    """Gives what a policy says."""
    reasons = fired.reasons
    if not reasons:
        return ALLOWED
    return Told(
        fired.action,
        sanction(fired.actor_action.kind, fired.actor_action.duration_s),
        fired.queue or "",
        tuple([one.rule for one in reasons]),
        tuple([one.label or "" for one in reasons]),
    )


@lru_cache(maxsize=4_096)
def sanction(kind: str, duration_s: int | None) -> str:
    """Gives what is done about the actor in words: `mute 86400 s`, and nothing for none."""
    if kind == "none":
        return ""
    return kind if duration_s is None else f"{kind} {duration_s} s"


def causes_then(row: Recorded) -> tuple[Cause, ...]:
    """Gives the recorded reasons."""
    n = len(row.rules)
    modes, actions = (*row.modes, *[""] * n), (*row.actions, *[""] * n)
    return tuple(
        Cause(row.rules[at], row.codes[at], row.labels[at], row.scores[at], modes[at], actions[at])
        for at in range(n)
    )


def causes_now(fired: Fired) -> tuple[Cause, ...]:
    """Gives a policy's reasons."""
    return tuple(
        Cause(one.rule, one.code, one.label or "", one.score, one.mode, one.action or "")
        for one in fired.reasons
    )


def _with_banks(row: Recorded, signals: Sequence[Signal]) -> list[Signal]:
    """The signals, with what banks of known pictures asked for.

    That stands in the reasons: it is no policy's, and evidence is kept for 90 days alone. A bank
    that escalates asks for a hold there, in the queue of its label: it is told by that queue.
    """
    asked = [
        (row.labels[at], row.scores[at], row.rules[at].removeprefix(BANK), _asked(row, at))
        for at in range(min(len(row.rules), len(row.actions)))
        if row.codes[at] == BANK_CODE and row.rules[at].startswith(BANK)
    ]
    found: list[Signal] = []
    for signal in signals:
        known: Signal = signal
        if asked and signal.detector.startswith(KNOWN):
            label, score, bank, action = asked[0]
            if (signal.label, signal.score) == (label, score):
                del asked[0]
                known = RecordedSignal(
                    label=signal.label,
                    score=signal.score,
                    detector=signal.detector,
                    part=signal.part,
                    evidence={"bank": bank, "action": action},
                )
        found.append(known)
    return found


def _asked(row: Recorded, at: int) -> str:
    """What the bank behind a reason asked for."""
    action, label = row.actions[at], row.labels[at]
    is_escalated = action == "hold" and label in {row.queue, "child_safety"}
    return ESCALATE if is_escalated else action
