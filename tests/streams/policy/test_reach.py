"""Rules beside each other: which change nothing, and which are told apart by their limits."""

import pytest

from schemas.labels import Action
from streams.policy import Rule
from streams.policy.reach import remarks
from tests.streams.samples import policy_of


def a_rule(id_: str, action: Action, **fields: object) -> Rule:
    given: dict[str, object] = {"label": "scam", "threshold": 0.5, "reason": "scam", "queue": "q"}
    return Rule(id=id_, action=action, **(given | fields))  # type: ignore[arg-type] # fields of any type


def told(*rules: Rule) -> list[str]:
    made = policy_of(*rules).policy
    return [one.message for one in remarks(made, {}) if one.level == "error"]


LEGITIMATE: dict[str, tuple[Rule, Rule]] = {
    "what acts once another is over its quota": (
        a_rule("a", "remove", daily_quota=100),
        a_rule("b", "hold"),
    ),
    "quota after quota": (
        a_rule("a", "remove", daily_quota=100),
        a_rule("b", "hold", daily_quota=1_000),
    ),
    "a milder floor under the brake": (a_rule("a", "remove"), a_rule("b", "hold", brake=False)),
    "the same as a floor": (a_rule("a", "hold"), a_rule("b", "hold", brake=False)),
    "a floor from a higher score on": (
        a_rule("a", "hold"),
        a_rule("b", "hold", threshold=0.9, brake=False),
    ),
    "a look at what is removed": (a_rule("a", "remove", queue=None), a_rule("b", "allow")),
    "more urgent from a higher score on": (
        a_rule("a", "hold"),
        a_rule("b", "hold", threshold=0.9, priority="high"),
    ),
}
MISTAKEN: dict[str, tuple[Rule, Rule, str]] = {
    "another action": (a_rule("a", "remove"), a_rule("b", "hold"), "contradicts"),
    "a quota on the milder": (
        a_rule("a", "remove"),
        a_rule("b", "hold", daily_quota=9),
        "contradicts",
    ),
    "the milder is over its quota first": (
        a_rule("a", "remove", daily_quota=9),
        a_rule("b", "hold", daily_quota=9),
        "contradicts",
    ),
    "no brake on the graver": (
        a_rule("a", "remove", brake=False),
        a_rule("b", "hold"),
        "contradicts",
    ),
    "a look in a queue that is never had": (
        a_rule("a", "remove"),
        a_rule("b", "allow", queue="other"),
        "contradicts",
    ),
    "neither is ever braked": (
        a_rule("a", "remove", label="child_safety"),
        a_rule("b", "hold", label="child_safety", brake=False),
        "contradicts",
    ),
    "neither acts": (
        a_rule("a", "remove", mode="shadow"),
        a_rule("b", "hold", mode="shadow", brake=False),
        "contradicts",
    ),
    "a higher score": (
        a_rule("a", "hold"),
        a_rule("b", "hold", threshold=0.9),
        "b never changes anything: a fires whenever it does",
    ),
}


@pytest.mark.parametrize("name", LEGITIMATE)
def test_rules_that_act_when_others_are_limited_are_no_mistake(name: str) -> None:
    one, other = LEGITIMATE[name]
    assert told(one, other) == []
    assert told(other, one) == []


@pytest.mark.parametrize("name", MISTAKEN)
def test_rules_without_a_say_are_errors(name: str) -> None:
    one, other, cause = MISTAKEN[name]
    (message,) = told(one, other)
    assert cause in message
    (message,) = told(other, one)
    assert cause in message
