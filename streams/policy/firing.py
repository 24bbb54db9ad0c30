"""Firing: what a policy says of an item. Pure.

It depends on nothing but what a verdict records, so history can be decided again from the archive.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

from msgspec import Struct

from schemas.labels import SEVERITY, Action, Label, Modality, Surface
from schemas.signals import Signal
from schemas.verdicts import ActorAction, Mode, Priority, Reason, RuleMode, Would
from streams.policy.compiled import CompiledPolicy, Entry, Plan
from streams.policy.document import Policy, Rule
from streams.policy.facts import Facts, Given
from streams.policy.settling import UNJUDGED, Hit, settled
from streams.policy.shares import falls_in

KNOWN: Final = "image.hash@"
"""Signals of known pictures, whose bank says what to do."""
ESCALATE: Final = "escalate"
"""A bank's action that holds the item for the people of its label's own queue, rule or no rule."""
RULE_ERROR: Final = "rule_error"
"""The reason code where a condition could not be evaluated."""
DETECTOR: Final = "detector:"
"""Begins the name of a detector among what is limited."""
LIMITED: Final = "limited"
"""The queue of rules that ask for review alone and name none."""


class Fired(Struct, frozen=True, kw_only=True):
    """What a policy says of one item. `strike` is the gravest of the rules that acted."""

    action: Action
    actor_action: ActorAction
    queue: str | None
    reasons: tuple[Reason, ...]
    priority: Priority | None = None
    mode: Mode = "enforce"
    would: Would | None = None
    strike: float = 0.0


_NOTHING: Final[dict[Mode, Fired]] = {
    mode: Fired(action="allow", actor_action=ActorAction(), queue=None, reasons=(), mode=mode)
    for mode in get_args(Mode)
}
"""What is said where no rule fires and all was judged, as of most items."""


def fire(given: Given, policy: CompiledPolicy) -> Fired:
    """Applies a policy: the most severe action wins, every reason is kept.

    Depends on nothing but its arguments. Where no rule has a condition, raising a signal's score
    never softens the action.
    """
    hits = _hits(given, policy.plans[given.surface])
    if not hits and not given.missing and not given.pending:
        return nothing(policy.policy, given.actor_id)
    mode = mode_of(policy.policy, given.actor_id)
    unjudged = list(_unjudged(given, policy.plans[given.surface]))
    shadowed = [hit for hit in hits if hit.mode == "shadow"]
    acting = [hit for hit in hits if hit.mode != "shadow"] if shadowed else hits
    asked = settled(acting, unjudged)
    version = policy.policy.version
    would = None
    if shadowed:
        other = settled(hits, unjudged)
        would = Would(
            action=other.action,
            actor_action=other.actor_action,
            queue=other.queue,
            reasons=tuple(_reason(hit, version) for hit in shadowed),
        )
    return Fired(
        action=asked.action,
        actor_action=asked.actor_action,
        queue=asked.queue,
        priority=asked.priority,
        reasons=(
            *[_reason(hit, version) for hit in acting],
            *[
                Reason(
                    code=code, rule=f"on_{code}.{modality}", policy_version=version, action=action
                )
                for code, modality, action in unjudged
            ],
        ),
        mode=mode,
        would=would,
        strike=max((hit.rule.strike for hit in acting if not hit.is_mild), default=0.0),
    )


def nothing(policy: Policy, actor_id: str) -> Fired:
    """Gives what a policy says where no rule fires and all was judged."""
    return _NOTHING[mode_of(policy, actor_id)]


def mode_of(policy: Policy, actor_id: str) -> Mode:
    """Gives the mode of verdicts on an actor's items: a canary's are in shadow for the others."""
    if policy.mode != "canary" or policy.canary_share is None:
        return policy.mode
    return "canary" if falls_in(policy.canary_share, "policy", actor_id) else "shadow"


def _hits(given: Given, plan: Plan) -> list[Hit]:
    highest: dict[Label, float] = {}
    for signal in given.signals:
        if signal.score > highest.get(signal.label, 0.0):
            highest[signal.label] = signal.score
    facts = Facts(given, plan, highest)
    hits: list[Hit] = []
    for label, top in highest.items():
        for entry in plan.gated.get(label, ()):
            if top >= entry.threshold or entry.languages:  # most are lower: spares a call
                _add_gated(hits, entry, top, given, facts)
    if plan.ungated:
        for entry, holds in facts.of_ungated():
            if _is_drawn(entry.rule, given):
                is_limited = _is_limited(entry, given, None)
                _add(hits, entry, holds, given, None, is_limited=is_limited)
    told = (signal for signal in given.signals if signal.evidence is not None)
    hits.extend(known for signal in told if (known := _known(signal)) is not None)
    return hits


def _add_gated(hits: list[Hit], entry: Entry, top: float, given: Given, facts: Facts) -> None:
    """Adds a rule whose label has `top` as its highest score, if the rule fires."""
    rule = entry.rule
    threshold = entry.threshold
    if entry.languages:
        threshold = entry.languages.get(given.features.item.language, threshold)
    if top < threshold:
        return
    score = highest_of(rule, given.signals) if rule.detectors else top
    if score < threshold:
        return
    if entry.is_plain and not given.features.limited:
        hits.append(Hit(rule, rule.action, rule.queue, score))
    elif _is_drawn(rule, given):
        is_limited = _is_limited(entry, given, threshold)
        _add(hits, entry, facts.holds(entry), given, score, is_limited=is_limited)


def _is_drawn(rule: Rule, given: Given) -> bool:
    """Whether an item is in a rule's sample."""
    return falls_in(rule.sample, f"sample\x1f{rule.id}", given.item_id)


def _is_limited(entry: Entry, given: Given, threshold: float | None) -> bool:
    """Whether a rule asks for review alone: it is limited, or the detectors that it fires by are.

    What concerns child_safety is never limited.
    """
    limited = given.features.limited
    if not limited or entry.is_of_children:
        return False
    rule = entry.rule
    if rule.id in limited:
        return True
    blocked = {name.removeprefix(DETECTOR) for name in limited if name.startswith(DETECTOR)}
    if not blocked or threshold is None:
        return False
    others = [one for one in given.signals if one.detector.partition("@")[0] not in blocked]
    return _highest(rule, others) < threshold


def _highest(rule: Rule, signals: Sequence[Signal]) -> float:
    if rule.detectors:
        return highest_of(rule, signals)
    return max((one.score for one in signals if one.label == rule.label), default=0.0)


def _add(
    hits: list[Hit],
    entry: Entry,
    holds: bool | None,
    given: Given,
    score: float | None,
    *,
    is_limited: bool,
) -> None:
    """Adds a rule whose condition holds, or (`holds` is None) cannot be evaluated.

    Such a rule asks for what it would, but for no more than a hold, and of the actor nothing.
    """
    if holds is False:
        return
    rule = entry.rule
    mode: RuleMode = rule.mode
    if mode == "canary" and not falls_in(rule.canary_share or 1.0, rule.id, given.actor_id):
        mode = "shadow"
    if mode != "shadow" and is_limited:
        hits.append(Hit(rule, "allow", rule.queue or LIMITED, score, "review"))
    elif holds is None:
        action: Action = "hold" if SEVERITY[rule.action] > SEVERITY["hold"] else rule.action
        queue = rule.queue or (UNJUDGED if action == "hold" else None)
        hits.append(Hit(rule, action, queue, score, mode, is_error=True))
    else:
        hits.append(Hit(rule, rule.action, rule.queue, score, mode))


def _reason(hit: Hit, version: str) -> Reason:
    rule = hit.rule
    return Reason(
        code=RULE_ERROR if hit.is_error else rule.reason,
        rule=rule.id,
        policy_version=version,
        label=rule.label,
        score=hit.score,
        mode=hit.mode,
        action=rule.action,
    )


def _known(signal: Signal) -> Hit | None:
    """The rule that a bank of known pictures is: each bank has an action of its own."""
    evidence = signal.evidence or {}
    wanted = evidence.get("action")
    is_escalated = wanted == ESCALATE
    action = "hold" if is_escalated else wanted
    if not signal.detector.startswith(KNOWN) or action not in SEVERITY:
        return None
    queue = signal.label if is_escalated else "known_pictures"
    rule = Rule(
        id=f"bank.{evidence.get('bank', '')}"[:200],
        label=signal.label,
        threshold=1.0,
        action=action,
        reason="known_picture",
        queue=queue if action == "hold" else None,
        priority="urgent" if is_escalated else "normal",
    )
    return Hit(rule, rule.action, rule.queue, signal.score, is_escalated=is_escalated)


def _unjudged(
    given: Given, plan: Plan
) -> Iterator[tuple[Literal["missing", "pending"], Modality, Action]]:
    """What is asked for the modalities that are missing, and for others that are pending."""
    absent = dict.fromkeys(_modality(name.partition(".")[0]) for name in given.missing)
    for modality in absent:
        yield "missing", modality, plan.on_missing[modality]
    for modality in dict.fromkeys(_modality(name.partition(".")[0]) for name in given.pending):
        if modality not in absent:
            yield (
                "pending",
                modality,
                plan.on_pending.get(modality, plan.on_missing[modality]),
            )


def reached(
    surface: Surface, signal: Signal, policy: CompiledPolicy, *, language: str = ""
) -> frozenset[str]:
    """Gives the ids of the rules that a signal fires by itself, whatever else is known.

    That is rules without condition or sample that are in force: for those with one, or in shadow,
    no signal is enough. `language` is the item's, for rules whose thresholds differ by it.
    """
    return frozenset(
        entry.rule.id
        for entry in policy.plans[surface].gated.get(signal.label, ())
        if entry.is_plain
        and signal.score >= entry.languages.get(language, entry.threshold)
        and (not entry.rule.detectors or signal.detector.partition("@")[0] in entry.rule.detectors)
    )


def highest_of(rule: Rule, signals: Sequence[Signal]) -> float:
    """Gives the highest score of the rule's label among the signals of its detectors."""
    scores = (
        signal.score
        for signal in signals
        if signal.label == rule.label and signal.detector.partition("@")[0] in rule.detectors
    )
    return max(scores, default=0.0)


def _modality(name: str) -> Modality:
    """The modality a detector id belongs to; detectors named otherwise judge text.

    Those of any file (`media.provenance`) count as the pictures'.
    """
    known: dict[str, Literal["image", "video", "audio"]] = {
        "image": "image",
        "media": "image",
        "video": "video",
        "audio": "audio",
    }
    return known.get(name, "text")
