"""Why a policy says what it says of an item: what fired, what nearly did, on which facts. Pure."""

from typing import Final

import msgspec
from msgspec import Struct

from schemas.features import Features
from schemas.labels import Action, Label
from schemas.verdicts import Reason
from streams.policy import conditions
from streams.policy.compiled import CompiledPolicy, Entry
from streams.policy.conjuncts import Guard, conjuncts
from streams.policy.differing import in_words
from streams.policy.facts import Facts, Given
from streams.policy.firing import Fired, fire, highest_of
from streams.policy.names import reading

NEAR_SCORE: Final = 0.1
"""A rule fired nearly where its label's score was so little under its threshold."""
NEAR_SHARE: Final = 0.75
"""And where a count or share was at least this share of what its condition asks for."""


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that fired, or nearly: `why` says what did it, or what was wanting."""

    rule: str
    why: str
    asks: str = ""
    code: str = ""
    mode: str = ""
    policy_text: str = ""


class Explained(Struct, frozen=True, kw_only=True):
    """What a policy says of an item, and why."""

    action: Action
    queue: str
    would: str
    fired: tuple[Said, ...]
    nearly: tuple[Said, ...]
    facts: dict[str, object]
    """Features that say something, and the highest score of each label."""


def explain(given: Given, policy: CompiledPolicy) -> Explained:
    """Gives what a policy says of an item, and why."""
    fired = fire(given, policy)
    highest = _highest(given)
    shadow = fired.would.reasons if fired.would else ()
    reasons = (*fired.reasons, *shadow)
    plan = policy.plans[given.surface]
    names = {reason.rule for reason in reasons}
    entries = [entry for group in plan.gated.values() for entry in group] + list(plan.ungated)
    facts = Facts(given, plan, highest)
    missed = (
        (entry, why)
        for entry in sorted(entries, key=lambda entry: entry.order)
        if entry.rule.id not in names and (why := _wanting(entry, given, highest, facts))
    )
    return Explained(
        action=fired.action,
        queue=fired.queue or "",
        would=_would(fired),
        fired=tuple(_said(reason, policy, facts) for reason in reasons),
        nearly=tuple(
            Said(rule=entry.rule.id, why=why, asks=in_words(entry.rule)) for entry, why in missed
        ),
        facts={**told(given.features), **{f"score.{label}": s for label, s in highest.items()}},
    )


def told(features: Features) -> dict[str, object]:
    """Gives the features that are not as they are where nobody knows, by their names in rules."""
    tables = msgspec.to_builtins(features)
    limited = {"limited": features.limited} if features.limited else {}
    return limited | {
        f"{table}.{name}": value
        for table, own in tables.items()
        if isinstance(own, dict)
        for name, value in own.items()
    }


def _highest(given: Given) -> dict[Label, float]:
    highest: dict[Label, float] = {}
    for signal in given.signals:
        highest[signal.label] = max(signal.score, highest.get(signal.label, 0.0))
    return dict(sorted(highest.items(), key=lambda pair: -pair[1]))


def _would(fired: Fired) -> str:
    return "" if fired.would is None else fired.would.action


def _said(reason: Reason, policy: CompiledPolicy, facts: Facts) -> Said:
    rule = policy.rules.get(reason.rule)
    why = [f"{reason.label} {reason.score:.3f}"] if reason.label and reason.score else []
    if rule is not None and rule.when:
        why += [_known(part, facts) for part in conjuncts(rule.when)]
    if reason.code in {"missing", "pending"}:
        why.append(f"{reason.code}: {reason.rule.partition('.')[2]}")
    ground = policy.policy.reasons.get(reason.code)
    return Said(
        rule=reason.rule,
        why=" and ".join(why),
        asks=in_words(rule) if rule is not None else (reason.action or ""),
        code=reason.code,
        mode=reason.mode,
        policy_text=ground.policy_text if ground else "",
    )


def _wanting(entry: Entry, given: Given, highest: dict[Label, float], facts: Facts) -> str | None:
    """What kept a rule from firing, where it was little; None where it was more."""
    rule = entry.rule
    if rule.label is None:
        return _unmet(entry, facts) if rule.when else None
    threshold = entry.languages.get(given.features.item.language, entry.threshold)
    top = highest.get(rule.label, 0.0)
    score = highest_of(rule, given.signals) if rule.detectors else top
    if score >= threshold:
        return f"{rule.label} {score:.3f} fits, but {_unmet(entry, facts) or 'not its condition'}"
    if score >= threshold - NEAR_SCORE and (not rule.when or facts.holds(entry)):
        return f"{rule.label} {score:.3f}, fires from {threshold:g}"
    return None


def _unmet(entry: Entry, facts: Facts) -> str | None:
    """The one conjunct that does not hold; of a single one, if it is near."""
    pieces = conjuncts(entry.rule.when)
    failed = [piece for piece in pieces if not _holds(piece, facts)]
    if len(failed) != 1:
        return None
    if len(pieces) == 1 and not _is_near(entry, facts):
        return None
    return f"not {_known(failed[0], facts)}"


def _holds(piece: str, facts: Facts) -> bool:
    condition = conditions.compiled(piece)
    return conditions.value(condition.program, facts.named(condition.reading)) is True


def _is_near(entry: Entry, facts: Facts) -> bool:
    """Whether a number is at least most of what is asked for."""
    for guard in _guards(entry):
        value = facts.named(reading([guard.name]))[guard.name]
        if not isinstance(value, int | float) or not isinstance(guard.value, int | float):
            continue
        if guard.compare in {">", ">="} and value > 0 and value >= NEAR_SHARE * guard.value:
            return True
    return False


def _guards(entry: Entry) -> tuple[Guard, ...]:
    return conditions.compiled(entry.rule.when).parts.guards


def _known(piece: str, facts: Facts) -> str:
    """A conjunct with the values of the names in it."""
    condition = conditions.compiled(piece)
    values = facts.named(condition.reading)
    shown = (f"{name} is {values[name]}" for name in condition.names if name != conditions.SIGNALS)
    inside = ", ".join(shown)
    return f"{' '.join(piece.split())}" + (f" ({inside})" if inside else "")
