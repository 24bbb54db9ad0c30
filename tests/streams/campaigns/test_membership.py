"""What counts as violating in a campaign: what the item says, and nothing else."""

import pytest
from msgspec import structs

from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.labels import Label
from schemas.signals import Signal
from schemas.verdicts import Verdict
from streams.campaigns.membership import is_violating
from streams.decide import Circumstances, Judged, decide
from streams.policy import SHIPPED, load
from tests.streams.samples import NOW, item

POLICY = load(SHIPPED)
TRACE = "0" * 31 + "1"


def signal(label: Label, score: float, part: str = "text") -> Signal:
    return Signal(label=label, score=score, detector="text.risk@4", part=part)


def verdict(features: Features, *signals: Signal) -> Verdict:
    given = Circumstances(stage="fast", policy=POLICY, detectors=("text.risk@4",), now=NOW)
    return decide(item(), Judged(signals=signals), TRACE, given, features)


def tells(features: Features, *signals: Signal) -> bool:
    return is_violating(verdict(features, *signals), features, POLICY)


def test_what_the_item_says_counts() -> None:
    assert tells(Features(), signal("scam", 0.8))
    assert not tells(Features(), signal("scam", 0.3))


def test_scores_in_a_condition_count() -> None:
    new = Features(item=ItemFeatures(n_links=1), actor=ActorFeatures(standing="new"))
    assert tells(new, signal("scam", 0.4))
    assert not tells(new)


def test_how_often_the_actor_writes_does_not() -> None:
    features = Features(actor=ActorFeatures(n_10s=20, n_1m=60, n_repeats_1h=9))
    assert verdict(features).action == "hold"
    assert not tells(features)


@pytest.mark.parametrize("part", ["retrieved[0]", "joined", "cashtags"])
def test_what_others_say_does_not(part: str) -> None:
    assert verdict(Features(), signal("scam", 0.8, part)).action == "hold"
    assert not tells(Features(), signal("scam", 0.8, part))


@pytest.mark.parametrize("label", ["ai_generated", "misinformation"])
def test_a_label_on_it_does_not(label: Label) -> None:
    assert verdict(Features(), signal(label, 0.9)).action == "label"
    assert not tells(Features(), signal(label, 0.9))


def test_the_campaign_itself_does_not() -> None:
    campaign = CampaignFeatures(id="c-1", n_actors=50, n_items=60, violating_share=0.9)
    features = structs.replace(Features(), campaign=campaign)
    assert verdict(features, signal("scam", 0.2)).action == "hold"
    assert not tells(features, signal("scam", 0.2))
