"""Rules that can never change anything, and rules that contradict each other. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, Literal, get_args

from msgspec import Struct, structs

from schemas.labels import SEVERITY
from schemas.verdicts import Priority
from streams.policy.conditions import Condition
from streams.policy.conjuncts import conjuncts
from streams.policy.document import Policy, Rule
from streams.policy.doubts import doubts
from streams.policy.faults import MAX_RULES, Path, concerns_children
from streams.policy.never import always, never
from streams.policy.settling import gravity

_RANKS: Final = get_args(Priority)
"""From the lowest."""


class Remark(Struct, frozen=True):
    """What should be otherwise; an `error` can only be a mistake, a `warning` may be meant."""

    path: Path
    message: str
    level: Literal["error", "warning"] = "error"


def remarks(policy: Policy, compiled: Mapping[str, Condition]) -> Iterator[Remark]:
    """Gives what is wrong with rules that each may stand by themselves."""
    for at, rule in enumerate(policy.rules):
        condition = compiled.get(rule.when)
        if condition:
            yield from _of_condition(rule, condition, ("rules", at, "when"))
        for key, doubt in doubts(rule, condition):
            yield Remark(("rules", at, key), f"rule {rule.id!a}: {doubt}")
        if _asks_nothing(rule):
            told = f"rule {rule.id} asks for nothing: no action, no queue, nothing of the actor"
            yield Remark(("rules", at, "action"), told, "warning")
        is_of_children = concerns_children(rule, condition)
        if rule.action == "hold" and not rule.queue and not is_of_children:
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
        yield from _together([_limited(rule, compiled.get(rule.when)) for rule in policy.rules])


def _limited(rule: Rule, condition: Condition | None) -> Rule:
    """The rule as it is limited: what concerns children, or is in shadow, has no brake."""
    is_free = rule.mode == "shadow" or concerns_children(rule, condition)
    return structs.replace(rule, brake=False, daily_quota=None) if is_free else rule


def _of_condition(rule: Rule, condition: Condition, path: Path) -> Iterator[Remark]:
    why = never(rule, condition)
    if why:
        yield Remark(path, f"rule {rule.id} never fires: {why}")
    elif not condition.names:
        told = f"rule {rule.id}: the condition asks of nothing, so it is always the same"
        yield Remark(path, told)
    else:
        for what in always(rule, condition):
            told = f"rule {rule.id}: {what} is true of every item that it applies to"
            yield Remark(path, told, "warning")


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
        others = dict(one for gate in _gates(rule, when) for one in gates[gate])
        otherwise = {m: other for m, other in others.items() if _contradicts(rule, other)}
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


def _contradicts(one: Rule, other: Rule) -> bool:
    """Whether of two rules that fire together the milder never has a say in the action."""
    if one.action == other.action:
        return False
    milder, graver = sorted((one, other), key=lambda rule: SEVERITY[rule.action])
    if _is_look(milder) and graver.queue is None:
        return False
    return not _outlasts(milder, graver)


def _is_look(rule: Rule) -> bool:
    """Whether a rule asks that a person looks, and nothing is done to the item."""
    return rule.action == "allow" and rule.queue is not None


def _outlasts(one: Rule, other: Rule) -> bool:
    """Whether a rule still acts where another that fires whenever it does is limited.

    Quotas of detectors do not tell them apart: both fire by the same signals.
    """
    if other.daily_quota is not None and (
        one.daily_quota is None or one.daily_quota > other.daily_quota
    ):
        return True
    return other.brake and not one.brake


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
        if rule.brake != other.brake and _are_alike(rule, other, whens):
            continue  # one is what stays of the other once it is braked
        is_wider = _asks_no_less(other, rule) and _covers(other, rule, whens)
        if is_wider and not (m > at and _asks_no_less(rule, other) and _covers(rule, other, whens)):
            return m, other
    return None


def _are_alike(one: Rule, other: Rule, whens: Mapping[str, tuple[str, ...]]) -> bool:
    return _fires_with(one, other, whens) and _fires_with(other, one, whens)


def _covers(wide: Rule, narrow: Rule, whens: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a rule fires and acts whenever another does."""
    return _fires_with(wide, narrow, whens) and not _outlasts(narrow, wide)


def _fires_with(wide: Rule, narrow: Rule, whens: Mapping[str, tuple[str, ...]]) -> bool:
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
    if narrow.queue is None:
        is_seen = True
    elif harder > 0:
        is_seen = wide.queue is not None or not _is_look(narrow)
    else:
        is_urgent = _RANKS.index(narrow.priority) > _RANKS.index(wide.priority)
        is_seen = narrow.queue == wide.queue and not is_urgent
    return (
        harder >= 0
        and is_seen
        and gravity(wide.actor_action) >= gravity(narrow.actor_action)
        and wide.strike >= narrow.strike
    )


def _threshold(rule: Rule, surface: str) -> float:
    return next(
        (value for name, value in rule.thresholds.items() if name == surface), rule.threshold or 0.0
    )
