"""What concerns child_safety by its condition is held to the same as what does by its label."""

from datetime import UTC, datetime

import pytest

from schemas.features import Features
from streams.limiting.braking import limits
from streams.limiting.counting import Tally
from streams.policy import Given, PolicyInvalid, Rule, compile_policy, fire
from streams.policy.conditions import compiled
from streams.policy.faults import concerns_children
from tests.streams.samples import NOW, policy_of, signal

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHILDREN = (
    "score.child_safety >= 0.5",
    "score . child_safety >= 0.5 && item.is_edit",
    "0.5 <= score.child_safety",
    "signals.exists(s, s.label == 'child_safety' && s.score > 0.5)",
    "signals.exists(s, s.label in ['scam', \"child\\x5fsafety\"])",
    "signals.exists(s, s.label.startsWith('\\x63hild_'))",
)
OTHERS = (
    "score.scam >= 0.5 // not score.child_safety",
    "signals.exists(s, s.label == 'scam')",
)


def a_rule(condition: str, **fields: object) -> Rule:
    given: dict[str, object] = {"action": "hold", "queue": "q"}
    return Rule(id="r", reason="r", when=condition, **(given | fields))  # type: ignore[arg-type] # fields of any type


@pytest.mark.parametrize("condition", CHILDREN)
def test_a_condition_may_concern_children(condition: str) -> None:
    assert concerns_children(a_rule(condition), compiled(condition))
    compile_policy(policy_of(a_rule(condition)).policy)


@pytest.mark.parametrize("condition", OTHERS)
def test_a_comment_and_another_label_do_not(condition: str) -> None:
    assert not concerns_children(a_rule(condition), compiled(condition))


@pytest.mark.parametrize("condition", CHILDREN)
@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"mode": "shadow"}, "is not in shadow"),
        ({"mode": "canary", "canary_share": 0.5}, "is not in canary"),
        ({"action": "label"}, "is held or removed"),
        ({"sample": 0.5}, "is not sampled"),
        ({"daily_quota": 5}, "has no quota"),
        ({"queue": None}, "needs a queue"),
    ],
)
def test_what_concerns_children_is_refused_alike(
    condition: str, fields: dict[str, object], cause: str
) -> None:
    with pytest.raises(PolicyInvalid, match=cause):
        policy_of(a_rule(condition, **fields))


@pytest.mark.parametrize("condition", CHILDREN)
def test_what_concerns_children_is_never_limited(condition: str) -> None:
    policy = policy_of(a_rule(condition))
    given = Given(
        surface="chatroom",
        now=NOW,
        signals=[signal("child_safety", 0.9)],
        features=Features(limited=("r", "detector:text.risk")),
    )
    if "is_edit" not in condition:
        assert fire(given, policy).action == "hold"
    assert all(entry.is_of_children for entry in policy.plans["chatroom"].ungated)
    tally = Tally()
    tally.note(["r"], NOON, 1_000_000)
    assert limits(tally, policy.policy, NOON, frozenset()) == ()


@pytest.mark.parametrize("condition", OTHERS)
def test_others_are_braked(condition: str) -> None:
    tally = Tally()
    tally.note(["r"], NOON, 1_000_000)
    (one,) = limits(tally, policy_of(a_rule(condition)).policy, NOON, frozenset())
    assert one.cause == "brake"
