"""What two policies say differently, in words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from streams.policy.compiled import CompiledPolicy
from streams.policy.document import Policy, Rule

Change = Literal["added", "removed", "changed", "moved"]
_Name = TypeVar("_Name", bound=str)
_LISTED: Final = ("rules", "tests", "reasons", "surfaces")
_SIGNS: Final[dict[Change, str]] = {"added": "+", "removed": "-", "changed": "~", "moved": "~"}


_IN_WORDS: Final = frozenset(
    (
        *("id", "label", "threshold", "thresholds", "languages", "detectors", "when", "surfaces"),
        *("action", "actor_action", "queue", "mode", "sample"),
    )
)
"""What `in_words` says of a rule."""


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that is otherwise. `what` is a rule, a reason, a key; `details` say how."""

    change: Change
    what: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f": {'; '.join(self.details)}" if self.details else ""
        return f"{_SIGNS[self.change]} {self.what}{told}"


def differences(one: CompiledPolicy, other: CompiledPolicy) -> list[Difference]:
    """Gives what `other` says otherwise than `one`, keys first, then rules in its order."""
    return [
        *_of_keys(one.policy, other.policy),
        *_of_tables("surface", one.policy.surfaces, other.policy.surfaces),
        *_of_tables("reason", one.policy.reasons, other.policy.reasons),
        *_of_tables("rule", one.rules, other.rules),
        *_of_order(one.policy, other.policy),
        *_of_tests(one.policy, other.policy),
    ]


def _of_keys(one: Policy, other: Policy) -> Iterator[Difference]:
    for name in (field.name for field in msgspec.structs.fields(Policy)):
        if name not in _LISTED and getattr(one, name) != getattr(other, name):
            told = _changes(getattr(one, name), getattr(other, name))
            yield Difference(change="changed", what=name, details=tuple(told))


def _of_tables(
    what: str, one: Mapping[_Name, Struct], other: Mapping[_Name, Struct]
) -> Iterator[Difference]:
    for name, before in one.items():
        if name not in other:
            yield Difference(change="removed", what=f"{what} {name}", details=_summary(before))
    for name, after in other.items():
        found = one.get(name)
        if found is None:
            yield Difference(change="added", what=f"{what} {name}", details=_summary(after))
        elif found != after:
            told = tuple(_of_fields(found, after))
            yield Difference(change="changed", what=f"{what} {name}", details=told)


def _of_fields(one: Struct, other: Struct) -> Iterator[str]:
    for field in msgspec.structs.fields(type(one)):
        before, after = getattr(one, field.name), getattr(other, field.name)
        if before != after:
            yield f"{field.name} {_told(before)} -> {_told(after)}"


def _of_order(one: Policy, other: Policy) -> Iterator[Difference]:
    """Rules that stand elsewhere: among equals the first has its queue."""
    before = [rule.id for rule in one.rules]
    after = [rule.id for rule in other.rules]
    kept = [name for name in before if name in set(after)]
    if kept != [name for name in after if name in set(before)]:
        yield Difference(change="moved", what="order of rules")


def _of_tests(one: Policy, other: Policy) -> Iterator[Difference]:
    before, after = len(one.tests), len(other.tests)
    if one.tests != other.tests:
        new = sum(test not in one.tests for test in other.tests)
        told = (f"{before} -> {after}", f"{new} new or changed")
        yield Difference(change="changed", what="examples", details=told)


def _summary(told: Struct) -> tuple[str, ...]:
    """What a thing says that is not said by leaving it out."""
    words = (in_words(told),) if isinstance(told, Rule) else ()
    said = _IN_WORDS if isinstance(told, Rule) else frozenset[str]()
    others = (
        f"{field.name} {_told(getattr(told, field.name))}"
        for field in msgspec.structs.fields(told)
        if field.name not in said and getattr(told, field.name) != _default(field)
    )
    return (*words, *others)


def _default(field: FieldInfo) -> object:
    made = field.default_factory
    return field.default if made is msgspec.NODEFAULT else made()


def in_words(rule: Rule) -> str:
    """Gives a rule in one line: what it asks for, and when."""
    parts: list[str] = [rule.action]
    if rule.actor_action.kind != "none":
        parts.append(_told(rule.actor_action))
    if rule.queue:
        parts.append(f"to {rule.queue}")
    conditions = []
    if rule.label is not None:
        gate = f"{rule.label} >= {rule.threshold}"
        others = [*rule.thresholds.items(), *rule.languages.items()]
        gate += f" ({', '.join(f'{name} {value}' for name, value in others)})" if others else ""
        conditions.append(gate + (f" of {', '.join(rule.detectors)}" if rule.detectors else ""))
    if rule.when:
        conditions.append(" ".join(rule.when.split()))
    if rule.sample < 1.0:
        conditions.append(f"in a sample of {rule.sample}")
    mode = "" if rule.mode == "enforce" else f" [{rule.mode}]"
    return f"{' '.join(parts)} where {' and '.join(conditions)} on {', '.join(rule.surfaces)}{mode}"


def _changes(one: object, other: object) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys((*one, *other)):
            if one.get(name) != other.get(name):
                yield f"{name} {_told(one.get(name))} -> {_told(other.get(name))}"
    elif isinstance(one, Struct) and isinstance(other, Struct):
        yield from _of_fields(one, other)
    else:
        yield f"{_told(one)} -> {_told(other)}"


def _told(value: object) -> str:
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, tuple):
        return ", ".join(map(_told, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(one)}" for name, one in value.items())
    if isinstance(value, Struct):
        told = (_told(one) for one in msgspec.structs.astuple(value) if one is not None)
        return " ".join(told)
    return str(value).lower() if isinstance(value, bool) else str(value)
