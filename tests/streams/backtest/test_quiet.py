"""Where a verdict is called quiet, firing says nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.labels import LABELS, SURFACES, Label, Surface
from streams import policy
from streams.backtest.quiet import Quiet
from streams.policy import CompiledPolicy, Given, fire
from streams.policy.firing import nothing
from tests.streams.samples import NOW, signal

from .conftest import RICH

POLICIES = {"rich": policy.load(RICH), "shipped": policy.load(policy.SHIPPED)}
SCORES = st.one_of(st.floats(0.0, 0.3), st.floats(0.0, 1.0), st.sampled_from((0.3, 0.5, 0.6, 0.67)))
SIGNALS = st.lists(
    st.builds(
        signal,
        st.sampled_from(LABELS),
        SCORES,
        by=st.sampled_from(("text.risk", "text.entities", "image.nsfw", "text.links")),
    ),
    max_size=5,
)
SMALL = st.integers(0, 60)
FEATURES = st.builds(
    Features,
    item=st.builds(
        ItemFeatures,
        origin=st.sampled_from(("human", "ai")),
        language=st.sampled_from(("", "en", "zh", "ru")),
        n_characters=SMALL,
        n_links=SMALL,
        is_repost=st.booleans(),
        lp_locked_percent=st.floats(-1, 100),
    ),
    actor=st.builds(
        ActorFeatures,
        n_10s=SMALL,
        n_1m=SMALL,
        n_1h=SMALL,
        n_repeats_1h=SMALL,
        n_near_repeats_1h=SMALL,
        link_share_1h=st.floats(0, 1),
        account_days=st.floats(-1, 400),
        violations=st.floats(0, 5),
        strikes=st.floats(0, 5),
    ),
    campaign=st.builds(
        CampaignFeatures,
        n_actors=st.sampled_from((0, 0, 0, 20, 80)),
        violating_share=st.floats(0, 1),
        is_by_link=st.booleans(),
    ),
)


@pytest.mark.parametrize("name", POLICIES)
@given(st.sampled_from(SURFACES), SIGNALS, FEATURES, st.text(max_size=3))
def test_nothing_fires_where_it_is_quiet(
    name: str, surface: Surface, signals: list[object], features: Features, actor: str
) -> None:
    tried = POLICIES[name]
    asked = Given(
        surface=surface,
        now=NOW,
        signals=signals,  # type: ignore[arg-type] # drawn as signals
        features=features,
        actor_id=actor,
    )
    if Quiet(tried).is_quiet(surface, asked.signals, features):
        assert fire(asked, tried) == nothing(tried.policy, actor)


def test_ordinary_items_are_quiet_under_the_policy_that_ships() -> None:
    ordinary = Features(
        item=ItemFeatures(language="en", n_characters=30),
        actor=ActorFeatures(n_10s=1, n_1m=1, n_1h=1, n_seen=40, seen_days=100, account_days=300),
    )
    low: list[Label] = ["spam", "scam", "hate"]
    quiet = Quiet(POLICIES["shipped"])
    for surface in SURFACES:
        assert quiet.is_quiet(surface, [signal(label, 0.1) for label in low], ordinary)
        assert not quiet.is_quiet(surface, [signal("scam", 0.99)], ordinary)


def test_a_rule_without_comparisons_is_never_quiet() -> None:
    def compiled(when: str) -> CompiledPolicy:
        return policy.load(RICH) if not when else _with(when)

    never = Quiet(compiled("now.getHours() < 25"))
    assert not never.is_quiet("square", [], Features())
    text = Quiet(compiled("item.language == 'a\\'b' || item.language in ['x', 'y']"))
    assert not text.is_quiet("square", [], Features(item=ItemFeatures(language="y")))


def _with(when: str) -> CompiledPolicy:
    rule = policy.Rule(id="only", action="hold", reason="r", when=when)
    return policy.compile_policy(
        policy.Policy(
            version="v",
            owner="o",
            description="d",
            on_missing=dict.fromkeys(("text", "image", "video", "audio"), "hold"),
            rules=(rule,),
        )
    )
