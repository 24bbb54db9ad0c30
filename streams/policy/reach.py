"""Rules that can never change anything, and rules that contradict each other. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Literal

from msgspec import Struct

from schemas.labels import SEVERITY
from streams.policy.conditions import Condition
from streams.policy.conjuncts import conjuncts
from streams.policy.document import Policy, Rule
from streams.policy.doubts import doubts
from streams.policy.faults import MAX_RULES, Path
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
        for key, doubt in doubts(rule, condition):
            yield Remark(("rules", at, key), f"rule {rule.id!a}: {doubt}")
        if _asks_nothing(rule):
            told = f"rule {rule.id} asks for nothing: no action, no queue, nothing of the actor"
            yield Remark(("rules", at, "action"), told, "warning")
        if rule.action == "hold" and not rule.queue and rule.label != "child_safety":
            told = f"rule {rule.id} holds without a queue: nobody is asked to look"
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
    if len(policy.rules) <= MAX_RULES:
        yield from _together(policy.rules)


def _asks_nothing(rule: Rule) -> bool:
    is_mild = rule.action == "allow" and rule.actor_action.kind == "none"
    return is_mild and not rule.queue and not rule.strike


def _together(rules: Sequence[Rule]) -> Iterator[Remark]:
    """Remarks on rules that ask the same of the same label, or by the same condition."""
    whens = {rule.when: _when(rule.when) for rule in rules}
    gates: dict[object, list[tuple[int, Rule]]] = defaultdict(list)
    alike: dict[object, list[tuple[int, Rule]]] = defaultdict(list)
    for at, rule in enumerate(rules):
        for gate in _gates(rule, whens[rule.when]):
            gates[gate].append((at, rule))
        alike[rule.label, rule.reason, whens[rule.when]].append((at, rule))
    for at, rule in enumerate(rules):
        when = whens[rule.when]
        others = [one for gate in _gates(rule, when) for one in gates[gate]]
        otherwise = {m: other for m, other in others if other.action != rule.action}
        earlier = min((m for m in otherwise if m < at), default=None)
        wider = [alike[rule.label, rule.reason, one] for one in dict.fromkeys((when, ()))]
        covering = min(
            filter(None, (_first_covering(at, rule, group, otherwise, whens) for group in wider)),
            key=_place,
            default=None,
        )
        if earlier is not None and (covering is None or earlier < covering[0]):
            other = otherwise[earlier]
            told = f"contradicts {other.id}: the same gate, but {rule.action} in place of "
            yield Remark(("rules", at), f"rule {rule.id} {told}{other.action}")
        elif covering:
            told = f"{covering[1].id} fires whenever it does, and asks for no less"
            yield Remark(("rules", at), f"rule {rule.id} never changes anything: {told}")


def _place(one: tuple[int, Rule]) -> int:
    return one[0]


def _when(text: str) -> tuple[str, ...]:
    """What a condition joins by `&&`, in an order of its own, whatever its layout."""
    return tuple(sorted({" ".join(one.split()) for one in conjuncts(text)})) if text else ()


def _gates(rule: Rule, when: tuple[str, ...]) -> Iterator[object]:
    """What a rule is told apart by on each of its surfaces: rules that share one fire together."""
    same = (
        rule.label,
        tuple(sorted(rule.languages.items())),
        rule.sample,
        rule.mode,
        rule.canary_share,
        tuple(sorted(set(rule.detectors))),
        when,
    )
    for surface in rule.surfaces:
        yield (*same, surface, _threshold(rule, surface))


def _first_covering(
    at: int,
    rule: Rule,
    group: Sequence[tuple[int, Rule]],
    otherwise: Collection[int],
    whens: Mapping[str, tuple[str, ...]],
) -> tuple[int, Rule] | None:
    """The first rule of a group that covers another; of two alike it is told of the later."""
    for m, other in group:
        if m == at or m in otherwise:
            continue
        is_wider = _asks_no_less(other, rule) and _covers(other, rule, whens)
        if is_wider and not (m > at and _asks_no_less(rule, other) and _covers(rule, other, whens)):
            return m, other
    return None


def _covers(wide: Rule, narrow: Rule, whens: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a rule fires whenever another does, in the same words."""
    is_free = wide.sample == 1.0 and wide.mode == "enforce" and wide.daily_quota is None
    same_when = whens[wide.when] == whens[narrow.when]
    if not is_free or (wide.when and not same_when) or wide.reason != narrow.reason:
        return False
    if not set(narrow.surfaces) <= set(wide.surfaces) or wide.label != narrow.label:
        return False
    if wide.detectors and not (narrow.detectors and set(narrow.detectors) <= set(wide.detectors)):
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
