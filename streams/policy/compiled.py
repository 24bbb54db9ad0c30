"""A checked policy, indexed for deciding. Pure."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from cel_expr_python import cel
from msgspec import Struct

from detectors import registry
from schemas.labels import SURFACES, Action, Label, Modality, Surface
from streams.policy import conditions
from streams.policy.conditions import Condition
from streams.policy.conjuncts import Formula, Guard, Value
from streams.policy.document import Policy, Rule
from streams.policy.errors import invalid
from streams.policy.faults import concerns_children, faults
from streams.policy.names import FEATURES, SCORES, SURFACE, Read, Reading, reader, reading

JOINED_FROM: Final = 4
"""So many conditions without gate or more are evaluated as one expression."""

Test = tuple[int, Callable[[Value, Value], bool], Value]
"""A guard, ready to be tried: which value, how to compare it, with what."""


class Entry(Struct, frozen=True):
    """A rule on one surface. `threshold` is 0 for a rule without gate.

    `guards` and `formulas` are conjuncts of its condition that need no CEL; `condition` is None
    where these are all of it. `is_plain`: the rule is its gate, and nothing else.
    """

    rule: Rule
    order: int
    """Which rule of the policy it is."""
    threshold: float
    languages: Mapping[str, float]
    guards: tuple[Test, ...]
    formulas: tuple[Callable[[Sequence[Value]], bool], ...]
    condition: Condition | None
    is_plain: bool
    is_of_children: bool
    """Whether it concerns child_safety, so that it is never limited."""


class Plan(Struct, frozen=True):
    """What a policy does on one surface."""

    gated: dict[Label, tuple[Entry, ...]]
    ungated: tuple[Entry, ...]
    firsts: tuple[tuple[int, Callable[[Value, Value], bool], Value, Entry], ...]
    """Of each rule in `ungated` that has guards the first one: most items fail it."""
    unguarded: tuple[Entry, ...]
    """The rules in `ungated` that have none."""
    closed: tuple[Entry, ...]
    """Of these the rules of which CEL has nothing to tell."""
    n_bare: int
    """How many of the others are nothing but CEL's: on each item it must tell of them."""
    joined: tuple[cel.Expression, Reading] | None
    """All conditions of `open` as one list, and how to read the names in it."""
    open: tuple[Entry, ...]
    """The rules in `ungated` of which CEL must tell."""
    read: Read
    """Gives the features that guards look at, in their order; `labels` are the scores' after."""
    labels: tuple[Label, ...]
    on_missing: dict[Modality, Action]
    on_pending: dict[Modality, Action]


class CompiledPolicy(Struct, frozen=True, kw_only=True):
    """A checked policy, ready to decide."""

    policy: Policy
    hash: str
    plans: dict[Surface, Plan]
    rules: dict[str, Rule]
    """By id."""
    asks: dict[str, frozenset[str]]
    """Which of `item`, `actor`, `campaign` the condition of a rule asks of, by the rule's id."""
    beside: "CompiledPolicy | None" = None
    """The policy that runs in shadow beside it, where it decides."""


def compile_policy(
    policy: Policy, *, where: str = "policy", known: Collection[str] = registry.NAMES
) -> CompiledPolicy:
    """Checks what types cannot say and builds the index. Raises PolicyInvalid."""
    conditions_: dict[str, Condition] = {}
    for fault in faults(policy, known=known, compiled=conditions_):
        raise invalid(where, fault.message)
    return CompiledPolicy(
        policy=policy,
        hash=digest(policy),
        plans={surface: _plan(policy, surface, conditions_) for surface in SURFACES},
        rules={rule.id: rule for rule in policy.rules},
        asks={
            rule.id: frozenset(
                name.partition(".")[0]
                for name in (conditions_[rule.when].names if rule.when else ())
                if name in FEATURES
            )
            for rule in policy.rules
        },
    )


_OLD_RULE: Final = frozenset(
    [
        "id",
        "label",
        "threshold",
        "action",
        "reason",
        "thresholds",
        "surfaces",
        "detectors",
        "actor_action",
        "queue",
    ]
)
_OLD_POLICY: Final = frozenset(["version", "owner", "description", "on_missing", "rules", "mode"])


def digest(policy: Policy) -> str:
    """Gives the hash of what a policy says, 16 hexadecimal digits. Examples say nothing.

    A key that came after the first format counts where it says something alone, so that files
    without it keep their hash.
    """
    said = msgspec.to_builtins(policy)
    del said["tests"]
    rules = zip(policy.rules, said["rules"], strict=True)
    said["rules"] = [_shortened(rule, written, _OLD_RULE) for rule, written in rules]
    shortened = _shortened(policy, said, _OLD_POLICY)
    return hashlib.sha256(msgspec.json.encode(shortened, order="sorted")).hexdigest()[:16]


def _shortened(
    struct: Struct, said: dict[str, object], always: frozenset[str]
) -> dict[str, object]:
    defaults = {
        field.name: field.default
        if field.default_factory is msgspec.NODEFAULT
        else field.default_factory()
        for field in msgspec.structs.fields(struct)
    }
    return {
        name: value
        for name, value in said.items()
        if name in always or getattr(struct, name) != defaults[name]
    }


def _plan(policy: Policy, surface: Surface, compiled: Mapping[str, Condition]) -> Plan:
    rules = [(n, rule) for n, rule in enumerate(policy.rules) if surface in rule.surfaces]
    used = dict.fromkeys(
        guard.name
        for _, rule in rules
        if rule.when
        for guard in _guards(compiled[rule.when])
        if guard.name != SURFACE
    )
    features = [name for name in used if name in FEATURES]
    scores = [name for name in used if name in SCORES]
    names = {name: at for at, name in enumerate([*features, *scores])}
    entries = [
        entry
        for n, rule in rules
        if (entry := _entry(rule, n, surface, compiled.get(rule.when), names)) is not None
    ]
    gated: dict[Label, list[Entry]] = {}
    ungated: list[Entry] = []
    for entry in entries:
        if entry.rule.label is None:
            ungated.append(entry)
        else:
            gated.setdefault(entry.rule.label, []).append(entry)
    open_ = [entry for entry in ungated if entry.condition is not None]
    unguarded = tuple(entry for entry in ungated if not entry.guards)
    terms = policy.surfaces.get(surface)
    return Plan(
        gated={label: tuple(own) for label, own in gated.items()},
        ungated=tuple(ungated),
        firsts=tuple((*entry.guards[0], entry) for entry in ungated if entry.guards),
        unguarded=unguarded,
        closed=tuple(entry for entry in unguarded if entry.condition is None),
        n_bare=sum(entry.condition is not None and not entry.formulas for entry in unguarded),
        joined=_joined([entry.condition for entry in open_ if entry.condition is not None]),
        open=tuple(open_),
        read=reader(features),
        labels=tuple(SCORES[name] for name in scores),
        on_missing={**policy.on_missing, **(terms.on_missing if terms else {})},
        on_pending={**policy.on_pending, **(terms.on_pending if terms else {})},
    )


def _joined(open_: Sequence[Condition]) -> tuple[cel.Expression, Reading] | None:
    together = conditions.joined(open_) if len(open_) >= JOINED_FROM else None
    return None if together is None else (together[0], reading(together[1]))


def _entry(
    rule: Rule,
    order: int,
    surface: Surface,
    condition: Condition | None,
    names: Mapping[str, int],
) -> Entry | None:
    """The rule on a surface; None where its condition is never true there."""
    tests: list[Test] = []
    guards = sorted(condition.parts.guards, key=_likelihood) if condition else ()
    for guard in guards:
        if guard.name != SURFACE:
            tests.append((names[guard.name], guard.test, guard.value))
        elif not guard.test(surface, guard.value):
            return None
    is_open = condition is not None and not condition.parts.is_whole
    return Entry(
        rule=rule,
        order=order,
        threshold=rule.thresholds.get(surface, rule.threshold or 0.0),
        languages=rule.languages,
        guards=tuple(tests),
        formulas=tuple(
            _formula(one, surface, names) for one in (condition.parts.formulas if condition else ())
        ),
        condition=condition if is_open else None,
        is_plain=condition is None and rule.sample == 1.0 and rule.mode == "enforce",
        is_of_children=concerns_children(rule, condition),
    )


def _guards(condition: Condition) -> Iterator[Guard]:
    yield from condition.parts.guards
    for formula in condition.parts.formulas:
        yield from formula.guards()


def _formula(
    formula: Formula | Guard, surface: Surface, names: Mapping[str, int]
) -> Callable[[Sequence[Value]], bool]:
    """What tells of values whether a formula holds."""
    if isinstance(formula, Guard):
        test, value = formula.test, formula.value
        if formula.name == SURFACE:
            is_so = test(surface, value)
            return lambda _: is_so
        at = names[formula.name]
        return lambda values: test(values[at], value)
    of = tuple(_formula(one, surface, names) for one in formula.of)
    if formula.kind == "not":
        only = of[0]
        return lambda values: not only(values)
    whether = any if formula.kind == "or" else all
    return lambda values: whether(one(values) for one in of)


_RARE: Final = ("campaign.", "score.", "actor.")


def _likelihood(guard: Guard) -> int:
    """How likely it is true, least first: few items are of a campaign. Any order will do."""
    starts = (n for n, start in enumerate(_RARE) if guard.name.startswith(start))
    return next(starts, len(_RARE))


def idle_rules(policy: CompiledPolicy, names: Collection[str]) -> list[str]:
    """Gives the ids of rules that never fire where only detectors of these names are loaded."""
    return [
        rule.id
        for rule in policy.policy.rules
        if rule.detectors and not any(name in names for name in rule.detectors)
    ]
