"""A policy's own examples: what is given, what must follow. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar, get_type_hints

import msgspec
from msgspec import Struct, structs

from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.signals import Signal
from streams.policy.compiled import CompiledPolicy
from streams.policy.conditions import meant
from streams.policy.document import Example, Expected, Policy, Scalar, Test
from streams.policy.facts import Given
from streams.policy.faults import PolicyFault
from streams.policy.firing import Fired, fire
from streams.policy.names import TABLES

ANYBODY: Final = "text.example"
"""The detector of an example's scores besides those that rules name."""
_VERSION: Final = "@1"
_Kind = TypeVar("_Kind", bound=Struct)


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an example; `differences` are empty where it is as expected."""

    number: int
    """From 1, in the policy's order."""
    test: Test
    fired: Fired
    differences: tuple[str, ...]


def outcomes(policy: CompiledPolicy) -> list[Outcome]:
    """Decides all examples of a policy."""
    found = []
    for number, test in enumerate(policy.policy.tests, start=1):
        fired = fire(given_of(test.given, policy.policy), policy)
        differences = tuple(_differences(test.expect, fired))
        found.append(Outcome(number=number, test=test, fired=fired, differences=differences))
    return found


def given_of(example: Example, policy: Policy) -> Given:
    """Gives what an example gives, as `fire` takes it.

    Raises ValueError where a feature is none, or the time is no time.
    """
    signals = [
        Signal(label=one.label, score=one.score, detector=one.detector + _VERSION, part=one.part)
        for one in example.signals
    ]
    for label, score in example.scores.items():
        names = {name for rule in policy.rules if rule.label == label for name in rule.detectors}
        signals += [
            Signal(label=label, score=score, detector=name + _VERSION, part="text")
            for name in (ANYBODY, *sorted(names))
        ]
    now = datetime.fromisoformat(example.now)
    features = Features(
        item=_features(ItemFeatures, example.item),
        actor=_features(ActorFeatures, example.actor),
        campaign=_features(CampaignFeatures, example.campaign),
        limited=example.limited,
    )
    return Given(
        surface=example.surface,
        now=now if now.tzinfo else now.replace(tzinfo=UTC),
        signals=signals,
        missing=example.missing,
        pending=example.pending,
        features=features,
        item_id=example.item_id,
        actor_id=example.actor_id,
    )


def _features(kind: type[_Kind], told: Mapping[str, Scalar]) -> _Kind:
    return msgspec.convert(told, kind)


def faults(policy: Policy) -> Iterator[PolicyFault]:
    """Gives what keeps examples from being decided, and what they can never find."""
    rules = [rule.id for rule in policy.rules]
    others = ("on_missing.", "on_pending.", "bank.")
    for at, test in enumerate(policy.tests):
        path = ("tests", at)
        for table, struct in TABLES.items():
            yield from _unknown(struct, getattr(test.given, table), (*path, "given", table))
        try:
            datetime.fromisoformat(test.given.now)
        except ValueError:
            told = f"now: `{test.given.now}` is no time; write 2026-01-31T12:00:00Z"
            yield PolicyFault((*path, "given", "now"), told)
        named = (
            ("expect", "rules", test.expect.rules or ()),
            ("given", "limited", test.given.limited),
        )
        for table, key, names in named:
            for name in names:
                if name not in rules and not name.startswith(others):
                    told = f"no rule is called {name}{meant(name, rules)}"
                    yield PolicyFault((*path, table, key), told)


def _unknown(
    struct: object, told: Mapping[str, Scalar], path: tuple[str | int, ...]
) -> Iterator[PolicyFault]:
    hints = get_type_hints(struct, include_extras=True)
    for name, value in told.items():
        if name not in hints:
            message = f"no such feature: {path[-1]}.{name}{meant(name, hints)}"
            yield PolicyFault((*path, name), message)
            continue
        try:
            msgspec.convert(value, hints[name])
        except msgspec.ValidationError as error:
            yield PolicyFault((*path, name), f"{path[-1]}.{name}: {error}")


def _differences(expected: Expected, fired: Fired) -> Iterator[str]:
    if fired.action != expected.action:
        yield f"action is {fired.action}, not {expected.action}"
    rules = [reason.rule for reason in fired.reasons]
    if expected.rules is not None and set(expected.rules) != set(rules):
        yield f"rules are {', '.join(rules) or 'none'}, not {', '.join(expected.rules) or 'none'}"
    if expected.queue is not None and (fired.queue or "") != expected.queue:
        yield f"queue is {fired.queue or 'none'}, not {expected.queue or 'none'}"
    if expected.priority is not None and fired.priority != expected.priority:
        yield f"priority is {fired.priority or 'none'}, not {expected.priority}"
    wanted = expected.actor_action
    if wanted is not None and fired.actor_action != wanted:
        yield f"actor_action is {_in_words(fired.actor_action)}, not {_in_words(wanted)}"
    would = fired.would.action if fired.would else fired.action
    if expected.would is not None and would != expected.would:
        yield f"with rules in shadow it would be {would}, not {expected.would}"


def _in_words(struct: Struct) -> str:
    return " ".join(str(value) for value in structs.astuple(struct) if value is not None)
