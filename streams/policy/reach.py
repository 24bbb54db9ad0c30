"""Rules that can never change anything, and rules that contradict each other. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Literal

from msgspec import Struct

from schemas.labels import SEVERITY
from streams.policy.conditions import Condition
from streams.policy.document import Policy, Rule
from streams.policy.faults import Path
from streams.policy.never import never
from streams.policy.settling import gravity


class Remark(Struct, frozen=True):
    """What should be otherwise; an `error` can only be a mistake, a `warning` may be meant."""

    path: Path
    message: str
    level: Literal["error", "warning"] = "error"


def remarks(policy: Policy, compiled: Mapping[str, Condition]) -> Iterator[Remark]:
    """Gives what is wrong with rules that each may stand by themselves."""
    for at, rule in enumerate(policy.rules):
        condition = compiled.get(rule.when)
        why = never(rule, condition) if condition else None
        if why:
            yield Remark(("rules", at, "when"), f"rule {rule.id} never fires: {why}")
        elif condition and not condition.names:
            told = f"rule {rule.id}: the condition asks of nothing, so it is always the same"
            yield Remark(("rules", at, "when"), told)
        if _asks_nothing(rule):
            told = f"rule {rule.id} asks for nothing: no action, no queue, nothing of the actor"
            yield Remark(("rules", at, "action"), told, "warning")
        if rule.reason not in policy.reasons and policy.reasons:
            close = get_close_matches(rule.reason, list(policy.reasons), n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            told = f"rule {rule.id}: no [reasons.{rule.reason}] says what stands behind it{meant}"
            yield Remark(("rules", at, "reason"), told, "warning")
        if policy.queues and rule.queue and rule.queue not in policy.queues:
            close = get_close_matches(rule.queue, policy.queues, n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            told = f"rule {rule.id}: queues do not list {rule.queue}{meant}"
            yield Remark(("rules", at, "queue"), told)
    used = {rule.reason for rule in policy.rules}
    for code in policy.reasons:
        if code not in used:
            yield Remark(("reasons", code), f"no rule has the reason {code}", "warning")
    yield from _together(policy.rules)


def _asks_nothing(rule: Rule) -> bool:
    is_mild = rule.action == "allow" and rule.actor_action.kind == "none"
    return is_mild and not rule.queue and not rule.strike


def _together(rules: Sequence[Rule]) -> Iterator[Remark]:
    """Remarks on rules that ask the same of the same label, or by the same condition."""
    alike: dict[object, list[tuple[int, Rule]]] = defaultdict(list)
    for at, rule in enumerate(rules):
        alike[rule.label or " ".join(rule.when.split())].append((at, rule))
    for group in alike.values():
        for n, (at, rule) in enumerate(group):
            told = next(filter(None, (_beside(rule, n, group, m) for m in range(len(group)))), None)
            if told:
                yield Remark(("rules", at), f"rule {rule.id} {told}")


def _beside(rule: Rule, n: int, group: Sequence[tuple[int, Rule]], m: int) -> str | None:
    """What is wrong with a rule beside another of its group; of two it is told of the later."""
    other = group[m][1]
    if m == n:
        return None
    if _is_same_gate(rule, other) and rule.action != other.action:
        told = f"contradicts {other.id}: the same gate, but {rule.action} in place of "
        return f"{told}{other.action}" if m < n else None
    if _covers(other, rule) and not (m > n and _covers(rule, other)):
        return f"never changes anything: {other.id} fires whenever it does, and asks for no less"
    return None


def _is_same_gate(one: Rule, other: Rule) -> bool:
    is_same = all(
        getattr(one, key) == getattr(other, key)
        for key in ("label", "languages", "sample", "mode", "canary_share")
    ) and set(one.detectors) == set(other.detectors)
    shared = set(one.surfaces) & set(other.surfaces)
    return (
        is_same
        and " ".join(one.when.split()) == " ".join(other.when.split())
        and any(_threshold(one, each) == _threshold(other, each) for each in shared)
    )


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether a rule fires whenever another does and asks for no less, in the same words."""
    is_free = wide.sample == 1.0 and wide.mode == "enforce" and wide.daily_quota is None
    same_when = " ".join(wide.when.split()) == " ".join(narrow.when.split())
    if not is_free or (wide.when and not same_when) or wide.reason != narrow.reason:
        return False
    if not set(narrow.surfaces) <= set(wide.surfaces) or wide.label != narrow.label:
        return False
    if wide.detectors and not (narrow.detectors and set(narrow.detectors) <= set(wide.detectors)):
        return False
    if not _asks_no_less(wide, narrow):
        return False
    languages = {*wide.languages, *narrow.languages, ""}
    return all(
        wide.languages.get(language, _threshold(wide, surface))
        <= narrow.languages.get(language, _threshold(narrow, surface))
        for surface in narrow.surfaces
        for language in languages
    )


def _asks_no_less(wide: Rule, narrow: Rule) -> bool:
    harder = SEVERITY[wide.action] - SEVERITY[narrow.action]
    return (
        (harder > 0 or (harder == 0 and narrow.queue in {None, wide.queue}))
        and gravity(wide.actor_action) >= gravity(narrow.actor_action)
        and wide.strike >= narrow.strike
    )


def _threshold(rule: Rule, surface: str) -> float:
    return next(
        (value for name, value in rule.thresholds.items() if name == surface), rule.threshold or 0.0
    )
