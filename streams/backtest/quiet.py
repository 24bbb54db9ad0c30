"""Verdicts on which no rule can fire, told apart sooner than by firing. Pure.

Most items reach no threshold and fail the first comparison of every rule's condition. For them it
is enough to know that. What is said here is never more than that: where a rule may fire, it is
left to `streams.policy.fire`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from schemas.features import Features
from schemas.labels import SURFACES, Label, Surface
from schemas.signals import Signal
from streams.policy import CompiledPolicy, Rule
from streams.policy.conjuncts import Formula, Guard, parts
from streams.policy.names import FEATURES, SCORES, SURFACE

Scores = Mapping[Label, float]
May = Callable[[Features, Scores], bool]
"""Whether a rule without gate may hold."""

_KINDS: Final = {**FEATURES, **dict.fromkeys(SCORES, "double"), SURFACE: "string"}
_NEVER: Final = 2.0
"""No score is as high."""


class Quiet:
    """What a policy needs to see before any of its rules fires."""

    def __init__(self, policy: CompiledPolicy) -> None:
        self._floors: dict[Surface, dict[Label, float]] = {one: {} for one in SURFACES}
        self._may: dict[Surface, May] = {}
        for surface in SURFACES:
            rules = [rule for rule in policy.policy.rules if surface in rule.surfaces]
            floors = self._floors[surface]
            for rule in rules:
                if rule.label is not None:
                    own = _floor(rule, surface)
                    floors[rule.label] = min(own, floors.get(rule.label, _NEVER))
            self._may[surface] = _may([rule for rule in rules if rule.label is None], surface)

    def is_quiet(self, surface: Surface, signals: Sequence[Signal], features: Features) -> bool:
        """Whether no rule fires, whatever else is known; false where one may.

        Not looked at: what is missing or pending, and banks of known pictures.
        """
        floors = self._floors[surface]
        highest: dict[Label, float] = {}
        for signal in signals:
            label, score = signal.label, signal.score
            if score >= floors.get(label, _NEVER):
                return False
            if score > highest.get(label, 0.0):
                highest[label] = score
        return not self._may[surface](features, highest)


def _floor(rule: Rule, surface: Surface) -> float:
    """The lowest score that passes a rule's gate."""
    threshold = rule.thresholds.get(surface, rule.threshold or 0.0)
    return min([threshold, *rule.languages.values()])


def _may(rules: Sequence[Rule], surface: Surface) -> May:
    """One function of the comparisons that stand in the rules' conditions.

    It is written and compiled, since it is called for each verdict: names are those of features,
    values are literals, and nothing else stands in it.
    """
    terms = [term for rule in rules if (term := _term(rule, surface)) is not None]
    source = f"lambda features, scores: {' or '.join(terms) or 'False'}"
    made: May = eval(source, {"__builtins__": {}})  # noqa: S307 - see above
    return made


def _term(rule: Rule, surface: Surface) -> str | None:
    """What must hold for a rule to fire; None where it never does on a surface."""
    if not rule.when:
        return "True"
    found = parts(rule.when, _KINDS)
    if any(one.name == SURFACE and not one.test(surface, one.value) for one in found.guards):
        return None
    pieces: list[Guard | Formula] = [*found.guards, *found.formulas]
    terms = [_written(one, surface) for one in pieces]
    return f"({' and '.join(terms)})" if terms else "True"


def _written(part: Guard | Formula, surface: Surface) -> str:
    """A comparison, or several joined, in Python."""
    if isinstance(part, Formula):
        terms = [_written(one, surface) for one in part.of]
        return f"(not {terms[0]})" if part.kind == "not" else f"({f' {part.kind} '.join(terms)})"
    if part.name == SURFACE:
        return str(part.test(surface, part.value))
    if part.name in SCORES:
        read = f"scores.get({SCORES[part.name]!r}, 0.0)"
    elif part.name in FEATURES:
        read = f"features.{part.name}"
    else:
        message = f"no name to compare: {part.name}"
        raise ValueError(message)
    # A number without end has no literal of its own; policies have none, but must not break this.
    value = repr(part.value).replace("inf", "1e999") if isinstance(part.value, float) else None
    return f"{read} {part.compare} {value or repr(part.value)}"
