"""The policy that ships, by its own examples."""

import pytest
from msgspec import structs

from streams.policy import SHIPPED, compile_policy, load
from streams.policy.checking import check
from streams.policy.examples import Outcome, outcomes

SHIPPED_POLICY = load(SHIPPED)
FEWEST_RULES, FEWEST_TESTS = 40, 120


def test_nothing_is_found_wrong() -> None:
    assert [str(one) for one in check(SHIPPED)] == []


def test_it_has_rules_and_examples_for_each_surface() -> None:
    policy = SHIPPED_POLICY.policy
    assert len(policy.rules) >= FEWEST_RULES
    assert len(policy.tests) >= FEWEST_TESTS
    own = {rule.surfaces[0] for rule in policy.rules if len(rule.surfaces) == 1}
    assert own == {"chatroom", "square", "memerush", "ai"}
    assert {test.given.surface for test in policy.tests} == own


@pytest.mark.parametrize("outcome", outcomes(SHIPPED_POLICY), ids=lambda one: one.test.name)
def test_example(outcome: Outcome) -> None:
    assert outcome.differences == ()


def test_each_rule_has_an_example() -> None:
    fired = {reason.rule for one in outcomes(SHIPPED_POLICY) for reason in one.fired.reasons}
    fired |= {
        reason.rule
        for one in outcomes(SHIPPED_POLICY)
        if one.fired.would
        for reason in one.fired.would.reasons
    }
    assert set(SHIPPED_POLICY.rules) - fired == set()


def test_what_is_wrong_is_seen() -> None:
    """A policy with one threshold moved fails its own examples."""
    policy = SHIPPED_POLICY.policy
    rules = tuple(
        structs.replace(rule, threshold=0.99) if rule.id == "hate-limit" else rule
        for rule in policy.rules
    )
    moved = compile_policy(structs.replace(policy, rules=rules))
    failed = [one for one in outcomes(moved) if one.differences]
    assert [one.test.name for one in failed] == [
        "hate, plainly",
        "hate, perhaps",
        "a rule over its quota asks for review alone",
    ]
    assert failed[1].differences[0] == "action is allow, not limit"
