"""Deciding members again: graver and milder as their campaign changes, the same whoever does."""

from msgspec import structs

from schemas.campaigns import Fingerprinted
from schemas.features import CampaignFeatures, Features
from schemas.verdicts import Verdict
from streams.campaigns.members import Said
from streams.campaigns.revising import revised
from streams.decide import REVISIONS
from tests.streams.samples import NOW, policy_of, rule, signal

POLICY = policy_of(
    rule("alone", "scam", 0.9, "hold", queue="q"),
    rule("limit", "scam", 0.1, "limit", when="campaign.n_actors >= 5"),
    rule("hold", "scam", 0.1, "hold", queue="q", when="campaign.violating_share >= 0.5"),
)
MEMBER = Fingerprinted(
    item_id="m-1",
    surface="chatroom",
    actor_id="a-1",
    item_revision=2,
    revision=1,
    fingerprints=("link:otterdrop.example/claim",),
    signals=(signal("scam", 0.4),),
    occurred_at=NOW,
    decided_at=NOW,
    trace_id="0" * 31 + "1",
)
SMALL = CampaignFeatures(id="c", n_actors=3, n_items=3)
LARGE = CampaignFeatures(id="c", n_actors=9, n_items=9)
GRAVE = CampaignFeatures(id="c", n_actors=9, n_items=9, violating_share=1.0)


def again(campaign: CampaignFeatures, said: Said) -> Verdict | None:
    return revised(MEMBER, campaign, said, POLICY, NOW)


def test_a_verdict_follows_its_campaign_up_and_down() -> None:
    said, actions, revisions = Said(MEMBER.features.campaign), [], []
    for campaign in (SMALL, LARGE, GRAVE, LARGE, SMALL):
        verdict = again(campaign, said)
        if verdict is not None:
            said = Said(campaign, said.n + 1)
            actions.append(verdict.action)
            revisions.append((verdict.item_revision, verdict.revision))
            assert verdict.stage == "campaign"
            assert verdict.features is not None
            assert verdict.features.campaign == campaign
    assert actions == ["limit", "hold", "limit", "allow"]
    first = REVISIONS["campaign"]
    assert revisions == [(2, first + n) for n in range(4)]


def test_who_judged_it_with_the_campaign_is_let_go_of_too() -> None:
    verdict = again(LARGE, Said(GRAVE))
    assert verdict is not None
    assert (verdict.action, verdict.revision) == ("limit", REVISIONS["campaign"])


def test_nothing_new_is_no_verdict() -> None:
    assert again(SMALL, Said(CampaignFeatures())) is None
    assert again(LARGE, Said(LARGE, 3)) is None


def test_a_rule_over_its_quota_revises_nobody_either_way() -> None:
    limited = structs.replace(MEMBER, features=Features(limited=("hold", "limit")))
    assert revised(limited, GRAVE, Said(SMALL), POLICY, NOW) is None
    assert revised(limited, SMALL, Said(GRAVE), POLICY, NOW) is None


def test_ids_are_the_same_for_who_decides_again_and_differ_by_revision() -> None:
    ids = [
        str(verdict.verdict_id)
        for n in (0, 0, 1, 1, 2)
        if (verdict := again(GRAVE, Said(SMALL, n))) is not None
    ]
    assert len(ids) == 5
    assert ids[0] == ids[1]
    assert ids[2] == ids[3]
    assert len(set(ids)) == 3
