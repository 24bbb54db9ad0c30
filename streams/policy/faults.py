"""What is wrong with a policy whose types are right. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from msgspec import Struct

from schemas.labels import MODALITIES, Action, Modality
from streams.policy import conditions, costs, doubts, trying
from streams.policy.conditions import Condition, ConditionInvalid, meant
from streams.policy.document import Policy, Rule
from streams.policy.names import SCORE
from streams.policy.settling import CHILDREN

MAX_RULES: Final = 1_000
"""Of a policy; looking for those that say nothing new takes time by the square of them."""
Path = tuple[str | int, ...]
"""Where in a policy: keys and indices."""
CHILD: Final = "child"
"""Stands in the name of no other label; conditions may ask for its beginning alone."""


class PolicyFault(Struct, frozen=True):
    """What is wrong, and where; `line` and `column` are within a condition's text, 0 elsewhere."""

    path: Path
    message: str
    line: int = 0
    column: int = 0


def concerns_children(rule: Rule, condition: Condition | None) -> bool:
    """Whether a rule is about child_safety: by its label, a score or a text in its condition.

    Such a rule is never limited, sampled or in shadow.
    """
    if rule.label == CHILDREN:
        return True
    return condition is not None and any(
        node.name == f"{SCORE}{CHILDREN}" or (isinstance(node.value, str) and CHILD in node.value)
        for node in condition.tree.nodes()
    )


def faults(
    policy: Policy, *, known: Collection[str], compiled: dict[str, Condition]
) -> Iterator[PolicyFault]:
    """Gives what is wrong, in the order of the policy; compiles conditions into `compiled`."""
    if len(policy.rules) > MAX_RULES:
        told = f"{len(policy.rules)} rules, {MAX_RULES} are the limit"
        yield PolicyFault(("rules", MAX_RULES), told)
        return
    uses = Counter(rule.id for rule in policy.rules)
    repeated = sorted(name for name, n_uses in uses.items() if n_uses > 1)
    if repeated:
        at = max(n for n, rule in enumerate(policy.rules) if rule.id == repeated[0])
        yield PolicyFault(("rules", at, "id"), f"rule ids used twice: {', '.join(repeated)}")
    absent = sorted(set(MODALITIES) - policy.on_missing.keys())
    if absent:
        yield PolicyFault(("on_missing",), f"on_missing lacks {', '.join(absent)}")
    yield from _allowing(policy.on_missing, policy.on_pending, ())
    for surface, terms in policy.surfaces.items():
        yield from _allowing(terms.on_missing, terms.on_pending, ("surfaces", surface))
    if policy.canary_share is not None and policy.mode != "canary":
        yield PolicyFault(("canary_share",), "canary_share needs mode = 'canary'")
    for name in sorted(set(policy.detector_quotas).difference(known)):
        message = f"detector_quotas names no detector: {name}{meant(name, known)}"
        yield PolicyFault(("detector_quotas", name), message)
    n_chars = sum(len(rule.when) for rule in policy.rules)
    if n_chars > conditions.MAX_TOTAL_CHARS:
        limit = conditions.MAX_TOTAL_CHARS
        yield PolicyFault(("rules",), f"conditions of {n_chars} characters, {limit} are the limit")
        return
    for at, rule in enumerate(policy.rules):
        for fault in _of_rule(rule, known, compiled):
            told = f"rule {rule.id}: {fault.message}"
            yield PolicyFault(("rules", at, *fault.path), told, fault.line, fault.column)
    used_by = {rule.when: at for at, rule in enumerate(policy.rules) if rule.when in compiled}
    for text in trying.failing([compiled[text] for text in used_by], policy):
        told = f"rule {policy.rules[used_by[text]].id}: when: it cannot be evaluated on any item"
        yield PolicyFault(("rules", used_by[text], "when"), told)
    n_steps = sum(compiled[rule.when].cost for rule in policy.rules if rule.when in compiled)
    if n_steps > costs.MAX_TOTAL_COST:
        told = f"conditions may take {n_steps} steps an item, {costs.MAX_TOTAL_COST} are the limit"
        yield PolicyFault(("rules",), told)


def _allowing(
    on_missing: Mapping[Modality, Action], on_pending: Mapping[Modality, Action], path: Path
) -> Iterator[PolicyFault]:
    for key, table, what in (
        ("on_missing", on_missing, "was not judged"),
        ("on_pending", on_pending, "is not judged yet"),
    ):
        passed = sorted(name for name, action in table.items() if action == "allow")
        if passed:
            message = f"{key} may not allow what {what}: {', '.join(passed)}"
            yield PolicyFault((*path, key, passed[0]), message)


def _of_rule(
    rule: Rule, known: Collection[str], compiled: dict[str, Condition]
) -> Iterator[PolicyFault]:
    yield from _of_gate(rule, known)
    if rule.when and rule.when not in compiled:
        try:
            compiled[rule.when] = conditions.compiled(rule.when)
        except ConditionInvalid as error:
            for one in error.faults:
                yield PolicyFault(("when",), f"when: {one.message}", one.line, one.column)
    condition = compiled.get(rule.when)
    if condition is not None:
        for told in doubts.strange_detectors(condition, known):
            yield PolicyFault(("when",), f"when: {told}")
    if rule.canary_share is not None and rule.mode != "canary":
        yield PolicyFault(("canary_share",), "canary_share needs mode = 'canary'")
    if rule.mode == "canary" and rule.canary_share is None:
        yield PolicyFault(("mode",), "mode = 'canary' needs canary_share, the share of actors")
    if concerns_children(rule, condition):
        yield from _of_children(rule)
    kind, length = rule.actor_action.kind, rule.actor_action.duration_s
    if length is not None and kind in {"none", "warn"}:
        message = f"actor_action {kind} has no duration; mute and suspend have"
        yield PolicyFault(("actor_action", "duration_s"), message)
    if length == 0 and kind in {"mute", "suspend"}:
        message = f"actor_action {kind} for 0 s does nothing; leave duration_s out for no end"
        yield PolicyFault(("actor_action", "duration_s"), message)


def _of_children(rule: Rule) -> Iterator[PolicyFault]:
    """What concerns a child's safety is never let through, never sampled, and has its people."""
    if rule.action not in {"hold", "remove"}:
        yield PolicyFault(("action",), "what concerns child_safety is held or removed")
    if rule.queue is None:
        key = "label" if rule.label == CHILDREN else "when"
        yield PolicyFault((key,), "what concerns child_safety needs a queue")
    if rule.mode != "enforce":
        yield PolicyFault(("mode",), f"what concerns child_safety is not in {rule.mode}")
    if rule.sample < 1.0:
        yield PolicyFault(("sample",), "what concerns child_safety is not sampled")
    if rule.daily_quota is not None:
        yield PolicyFault(("daily_quota",), "what concerns child_safety has no quota")


def _of_gate(rule: Rule, known: Collection[str]) -> Iterator[PolicyFault]:
    if not rule.surfaces:
        yield PolicyFault(("surfaces",), "surfaces is empty: it applies nowhere")
    if rule.label is None:
        for key in ("threshold", "thresholds", "languages", "detectors"):
            if getattr(rule, key):
                yield PolicyFault((key,), f"{key} needs a label")
        if not rule.when and rule.sample == 1.0:
            yield PolicyFault((), "it needs a label with a threshold, or when, or sample")
    elif rule.threshold is None:
        yield PolicyFault(("label",), "a label needs a threshold")
    stray = sorted(set(rule.thresholds) - set(rule.surfaces))
    if stray:
        cause = f"has thresholds for surfaces it skips: {', '.join(stray)}"
        yield PolicyFault(("thresholds", stray[0]), cause)
    unknown = sorted(set(rule.detectors).difference(known))
    if unknown:
        cause = f"names no detector: {', '.join(unknown)}{meant(unknown[0], known)}"
        yield PolicyFault(("detectors",), cause)
