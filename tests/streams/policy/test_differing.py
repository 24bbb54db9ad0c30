"""Differences of policies in words: nothing that an added or removed rule says is left out."""

import msgspec

from schemas.verdicts import ActorAction
from streams.policy import Rule
from streams.policy.differing import differences
from tests.streams.samples import policy_of, rule

FULL = Rule(
    id="full",
    action="hold",
    reason="fraud",
    label="scam",
    threshold=0.7,
    thresholds={"ai": 0.8},
    languages={"ar": 0.9},
    detectors=("text.risk",),
    when="item.is_edit",
    surfaces=("chatroom", "ai"),
    actor_action=ActorAction(kind="mute", duration_s=60),
    queue="q",
    priority="urgent",
    mode="canary",
    canary_share=0.125,
    sample=0.25,
    daily_quota=321,
    strike=1.5,
    brake=False,
)
SAID = {
    *("hold", "reason fraud", "scam >= 0.7", "ai 0.8", "ar 0.9", "text.risk", "item.is_edit"),
    *("chatroom, ai", "mute 60", "to q", "priority urgent", "canary", "canary_share 0.125"),
    *("sample of 0.25", "daily_quota 321", "strike 1.5", "brake false"),
}


def test_of_an_added_rule_all_is_told() -> None:
    plain = rule("plain", "spam", 0.5, "limit")
    for field in msgspec.structs.fields(Rule):
        if field.default is not msgspec.NODEFAULT:
            assert getattr(FULL, field.name) != field.default, f"{field.name} is not tried here"
    (added,) = differences(policy_of(plain), policy_of(plain, FULL))
    (removed,) = differences(policy_of(plain, FULL), policy_of(plain))
    assert (added.change, removed.change) == ("added", "removed")
    assert added.details == removed.details
    assert {said for said in SAID if said not in str(added)} == set()


def test_what_is_as_usual_is_not_told() -> None:
    plain, other = rule("plain", "spam", 0.5, "limit"), rule("other", "scam", 0.5, "limit")
    (added,) = differences(policy_of(plain), policy_of(plain, other))
    assert len(added.details) == 2, "the rule in words, and its reason"
