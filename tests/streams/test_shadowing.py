"""A policy in shadow beside the one that decides: recorded, and nothing else differs."""

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from prometheus_client import REGISTRY

from schemas.campaigns import Fingerprinted
from schemas.features import CampaignFeatures, Features, ItemFeatures
from schemas.signals import Signal
from schemas.topics import BY_NAME
from schemas.verdicts import ActorAction, Shadow, Verdict
from streams import metrics, policy, shadowing
from streams.actors.deciding import strike_of
from streams.actors.memory import Actors
from streams.campaigns.index import Index
from streams.campaigns.members import Said
from streams.campaigns.revising import revised
from streams.capacity import fitted
from streams.decide import Circumstances, Judged, decide
from streams.demo.traffic import generate
from streams.lanes import LANES
from streams.limiting.counting import counted_of
from streams.pipeline import (
    Pipeline,
    check,
    follow_policy,
    judge,
    load_pipeline,
    load_policy,
    load_shadow,
)
from streams.policy import CompiledPolicy, Given, PolicyInvalid, Rule, compile_policy, fire
from streams.policy.shares import falls_in
from streams.record import Outgoing, Record
from streams.settings import Settings, load
from streams.shadowing import outcome_of

from .samples import NOW, item, pipeline, policy_of, record, rule, signal

LIVE = policy_of(rule("scam-hold", "scam", 0.6, "hold", queue="fraud", strike=0.5))
HARDER = policy_of(
    rule(
        "scam-remove",
        "scam",
        0.3,
        "remove",
        queue="urgent",
        priority="urgent",
        actor_action=ActorAction(kind="mute", duration_s=600),
        strike=3.0,
    ),
    rule("spam-label", "spam", 0.2, "label"),
    rule("in-shadow", "scam", 0.1, "remove", mode="shadow"),
)
SOFTER = policy_of(rule("scam-label", "scam", 0.9, "label"), on_missing="limit")
RICH = policy.load(Path(__file__).parent / "backtest" / "rich.toml")
TRACE = "0" * 32


def beside(shadow: CompiledPolicy | None, live: CompiledPolicy = LIVE) -> CompiledPolicy:
    return structs.replace(live, beside=shadow)


def decided(
    live: CompiledPolicy,
    *signals: Signal,
    features: Features | None = None,
    **judged: tuple[str, ...],
) -> Verdict:
    circumstances = Circumstances(stage="fast", policy=live, detectors=("text.some@1",), now=NOW)
    seen = Judged(signals=signals, **judged)  # type: ignore[arg-type] # names of detectors alone
    return decide(item(), seen, TRACE, circumstances, features)


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_what_it_would_have_asked_for_stands_on_the_verdict() -> None:
    verdict = decided(beside(HARDER), signal("scam", 0.7), signal("spam", 0.3))
    assert (verdict.action, verdict.queue, verdict.policy_hash) == ("hold", "fraud", LIVE.hash)
    assert [reason.rule for reason in verdict.reasons] == ["scam-hold"]
    shadow = verdict.shadow
    assert shadow is not None
    assert (shadow.policy_hash, shadow.action, shadow.mode) == (HARDER.hash, "remove", "enforce")
    assert (shadow.queue, shadow.priority) == ("urgent", "urgent")
    assert shadow.actor_action == ActorAction(kind="mute", duration_s=600)
    assert [(one.rule, one.score) for one in shadow.reasons] == [
        ("scam-remove", 0.7),
        ("spam-label", 0.3),
    ]
    assert verdict.would is None


def test_of_most_items_it_says_little() -> None:
    verdict = decided(beside(HARDER), signal("scam", 0.05))
    assert verdict.shadow == Shadow(policy_hash=HARDER.hash, action="allow")
    assert msgspec.json.encode(verdict.shadow) == (
        f'{{"policy_hash":"{HARDER.hash}","action":"allow"}}'.encode()
    )
    assert decided(LIVE, signal("scam", 0.05)).shadow is None


def test_it_sees_what_is_missing_and_pending() -> None:
    verdict = decided(beside(SOFTER), missing=("image.*",), pending=("video.*",))
    assert verdict.action == "hold"
    assert verdict.shadow is not None
    assert (verdict.shadow.action, verdict.shadow.queue) == ("limit", None)
    assert [one.rule for one in verdict.shadow.reasons] == ["on_missing.image", "on_pending.video"]


def test_it_sees_the_features_that_the_verdict_records() -> None:
    features = Features(
        item=ItemFeatures(language="zh", n_characters=50),
        campaign=CampaignFeatures(id="c", n_actors=80, violating_share=0.9),
        limited=("scam-by-language",),
    )
    verdict = decided(beside(RICH), signal("scam", 0.7), features=features)
    assert verdict.shadow is not None
    modes = {one.rule: one.mode for one in verdict.shadow.reasons}
    assert (modes["scam-by-language"], modes["campaign"]) == ("review", "enforce")


def test_a_canary_decides_as_it_would_live() -> None:
    share = 0.3
    known = HARDER.policy
    canary = compile_policy(structs.replace(known, mode="canary", canary_share=share))
    rules = compile_policy(
        structs.replace(
            known,
            rules=tuple(
                structs.replace(one, mode="canary", canary_share=share)
                if one.id == "scam-remove"
                else one
                for one in known.rules
            ),
        )
    )
    for number in range(60):
        one = item(actor_id=f"a-{number}")
        for shadow in (canary, rules):
            said = []
            for live in (beside(shadow), shadow):
                circumstances = Circumstances(stage="fast", policy=live, detectors=(), now=NOW)
                judged = Judged(signals=(signal("scam", 0.7),))
                said.append(decide(one, judged, TRACE, circumstances))
            ours, own = said
            assert ours.shadow is not None
            assert (ours.shadow.mode, ours.shadow.action) == (own.mode, own.action)
            assert ours.shadow.reasons == own.reasons
            assert ours.mode == "enforce"
        assert decided_mode(canary, one.actor_id) == (
            "canary" if falls_in(share, "policy", one.actor_id) else "shadow"
        )


def decided_mode(shadow: CompiledPolicy, actor_id: str) -> str:
    circumstances = Circumstances(stage="fast", policy=beside(shadow), detectors=(), now=NOW)
    verdict = decide(item(actor_id=actor_id), Judged(), TRACE, circumstances)
    assert verdict.shadow is not None
    return verdict.shadow.mode


labels = st.sampled_from(["scam", "spam", "harassment"])
names = st.sampled_from([(), ("image.*",), ("text.some@1",), ("video.*",)])


@given(
    st.lists(st.builds(signal, labels, st.floats(0, 1)), max_size=5),
    names,
    names,
    st.sampled_from([HARDER, SOFTER, RICH, LIVE]),
    st.sampled_from([LIVE, RICH]),
)
def test_nothing_else_of_a_verdict_differs(
    signals: list[Signal],
    missing: tuple[str, ...],
    pending: tuple[str, ...],
    shadow: CompiledPolicy,
    live: CompiledPolicy,
) -> None:
    alone = decided(live, *signals, missing=missing, pending=pending)
    both = decided(beside(shadow, live), *signals, missing=missing, pending=pending)
    assert both.shadow is not None
    assert structs.replace(both, shadow=None) == alone
    assert strike_of(both, beside(shadow, live)) == strike_of(alone, live)
    assert counted_of(both) == counted_of(alone)


def test_the_verdict_s_id_knows_nothing_of_it() -> None:
    """During a reload two workers have other policies in shadow: one verdict all the same."""
    found = {
        decided(beside(shadow), signal("scam", 0.7)).verdict_id
        for shadow in (None, HARDER, SOFTER, RICH)
    }
    assert len(found) == 1


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def failing(given: Given, policy_: CompiledPolicy) -> None:
        message = f"no {given.item_id}"
        raise RuntimeError(message)

    monkeypatch.setattr(shadowing, "fire", failing)
    shadowing._warn.cache_clear()
    yield
    shadowing._warn.cache_clear()


@pytest.mark.usefixtures("failing")
def test_an_error_costs_its_record_alone(caplog: pytest.LogCaptureFixture) -> None:
    before = sample("tidegate_shadow_failures_total", cause="error")
    for _ in range(3):
        assert decided(beside(HARDER), signal("scam", 0.7)) == decided(LIVE, signal("scam", 0.7))
    assert sample("tidegate_shadow_failures_total", cause="error") - before == 3
    (told,) = caplog.records  # once, not of every item
    assert (told.levelno, vars(told)["policy_hash"]) == (logging.WARNING, HARDER.hash)
    kinds = [one.kind for one in judge(traffic()[:50], judged_by(beside(HARDER)))]
    assert kinds == [one.kind for one in judge(traffic()[:50], judged_by(LIVE))]


def test_a_verdict_too_large_with_it_is_as_if_there_were_none() -> None:
    many = policy_of(
        *(
            Rule(id=f"{'r' * 150}{n}", action="label", reason="r" * 150, when="true")
            for n in range(40)
        )
    )
    quoting = structs.replace(signal("scam", 0.7), evidence={"link": "x" * 2_000})
    alone = decided(LIVE, quoting)
    max_bytes = len(msgspec.json.encode(alone))
    before = sample("tidegate_shadow_failures_total", cause="size")
    smaller, value = fitted(decided(beside(many), quoting), max_bytes=max_bytes)
    assert smaller == alone
    assert len(value) == max_bytes
    assert sample("tidegate_shadow_failures_total", cause="size") - before == 1
    whole = decided(beside(HARDER), quoting)
    assert fitted(whole)[0] == whole


def traffic() -> list[Record]:
    sent = [one.record for one in generate(300, seed=3, now=NOW)]
    return [
        record(one.value, BY_NAME[one.topic], offset=n, key=one.key) for n, one in enumerate(sent)
    ]


def timeless(outgoing: Outgoing) -> tuple[Outgoing, object]:
    """Gives a record, but for how long its stages took."""
    told = msgspec.json.decode(outgoing.value or b"{}")
    return structs.replace(outgoing, value=None), told | {"stages": ()}


def judged_by(live: CompiledPolicy) -> Pipeline:
    return structs.replace(
        pipeline(*load_pipeline(Settings(detectors=TEXTS)).detectors, policy_=live),
        actors=Actors(),
        campaigns=Index(),
        lanes=LANES,
    )


TEXTS = "text.canary,text.links,text.entities"


def test_whatever_a_worker_answers_is_the_same_but_for_its_record() -> None:
    shipped = load_policy(Settings())
    alone = judge(traffic(), judged_by(shipped))
    both = judge(traffic(), judged_by(beside(RICH, shipped)))
    n_flipped = 0
    for one, other in zip(both, alone, strict=True):
        # Tasks for the lanes, strikes and fingerprints among them.
        assert list(map(timeless, one.also)) == list(map(timeless, other.also))
        assert one.outgoing.headers == other.outgoing.headers
        if one.verdict is None or other.verdict is None:
            assert one.outgoing == other.outgoing
            continue
        assert one.verdict.shadow is not None
        n_flipped += one.verdict.shadow.action != one.verdict.action
        kept = structs.replace(one.verdict, shadow=None, stages=())
        assert kept == structs.replace(other.verdict, stages=())
    assert n_flipped > 10


def test_a_verdict_revised_for_a_campaign_has_it_too() -> None:
    asking = Rule(
        id="campaign", action="hold", reason="campaign", when="campaign.n_actors >= 5", queue="q"
    )
    live = policy_of(asking)
    shadow = policy_of(structs.replace(asking, id="campaign-remove", action="remove"))
    member = Fingerprinted(
        item_id="m-1",
        surface="chatroom",
        actor_id="a-1",
        item_revision=1,
        revision=1,
        fingerprints=("link:otterdrop.example",),
        occurred_at=NOW,
        decided_at=NOW,
        trace_id=TRACE,
    )
    campaign = CampaignFeatures(id="c", n_actors=9)
    said = Said(CampaignFeatures())
    verdict = revised(member, campaign, said, beside(shadow, live), NOW)
    assert verdict is not None
    assert (verdict.stage, verdict.action) == ("campaign", "hold")
    assert verdict.shadow is not None
    assert (verdict.shadow.action, verdict.shadow.policy_hash) == ("remove", shadow.hash)
    # Whether a verdict is revised is for the live policy to say, alone.
    assert revised(member, campaign, said, beside(shadow, policy_of()), NOW) is None


@pytest.mark.parametrize(
    ("live", "shadow", "outcome"),
    [
        (LIVE, HARDER, "harder"),
        (LIVE, SOFTER, "softer"),
        (LIVE, LIVE, "same"),
        (LIVE, policy_of(rule("x", "scam", 0.6, "hold", queue="other")), "otherwise"),
        (LIVE, None, None),
    ],
)
def test_verdicts_are_counted_by_how_they_would_have_been(
    live: CompiledPolicy, shadow: CompiledPolicy | None, outcome: str | None
) -> None:
    assert outcome_of(decided(beside(shadow, live), signal("scam", 0.7))) == outcome


POLICY = """
version = "{version}"
owner = "Trust and Safety"
description = "Followed."
[on_missing]
text = "hold"
image = "limit"
video = "limit"
audio = "limit"
[[rules]]
id = "scam"
label = "{label}"
threshold = 0.5
action = "hold"
reason = "scam"
"""


def write(path: Path, version: str, label: str = "scam") -> None:
    made = path.with_suffix(".new")
    made.write_text(POLICY.format(version=version, label=label), encoding="utf-8")
    made.replace(path)


def test_the_setting_names_a_file_and_may_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "shadow.toml"
    write(path, "s-1")
    settings = load({"TIDEGATE_SHADOW_POLICY": str(path)})
    shadow = load_shadow(settings)
    assert shadow is not None
    assert shadow.hash == policy.load(path).hash
    used = load_pipeline(structs.replace(settings, detectors="text.canary")).policy
    assert used.hash == load_policy(Settings()).hash
    assert used.beside is not None
    assert used.beside.hash == shadow.hash
    assert load_shadow(load({"TIDEGATE_SHADOW_POLICY": ""})) is None
    assert load_policy(settings).beside is None


def test_a_bad_one_is_refused_at_the_start_and_names_the_setting(tmp_path: Path) -> None:
    path = tmp_path / "shadow.toml"
    write(path, "s-1", label="scams")
    settings = Settings(shadow_policy=path, detectors="text.canary")
    for read in (check, load_shadow, load_pipeline, follow_policy):
        with pytest.raises(PolicyInvalid, match=rf"^TIDEGATE_SHADOW_POLICY: {path}") as raised:
            read(settings)
        assert "\n" not in str(raised.value)
    with pytest.raises(PolicyInvalid, match=r"^TIDEGATE_SHADOW_POLICY: .*No such file"):
        check(structs.replace(settings, shadow_policy=tmp_path / "absent"))


def test_it_is_followed_and_a_bad_one_refused_visibly(tmp_path: Path) -> None:
    live, shadow = tmp_path / "live.toml", tmp_path / "shadow.toml"
    write(live, "l-1")
    write(shadow, "s-1")
    seen: list[str] = []
    settings = Settings(policy=live, shadow_policy=shadow, policy_every_s=1e-6)
    followed = follow_policy(settings, lambda one: seen.append(one.policy.version))

    def versions() -> tuple[str, str]:
        followed.current()  # a change must be seen twice
        one = followed.current()
        assert one.beside is not None
        return one.policy.version, one.beside.policy.version

    assert versions() == ("l-1", "s-1")
    assert followed.current() is followed.current()
    write(shadow, "s-2")
    assert versions() == ("l-1", "s-2")
    used = policy.load(shadow)
    assert sample("tidegate_shadow_policy", hash=used.hash, version="s-2") == 1.0
    write(shadow, "s-3", label="scams")
    write(live, "l-2")
    assert versions() == ("l-2", "s-2")
    told = followed.told()
    assert (told["policy_hash"], told["policy_refused"]) == (policy.load(live).hash, None)
    assert told["shadow_policy_hash"] == used.hash
    assert str(told["shadow_policy_refused"]).startswith(f"TIDEGATE_SHADOW_POLICY: {shadow}")
    assert metrics.SHADOW_POLICY_REFUSED._value.get() == 1.0
    assert metrics.POLICY_REFUSED._value.get() == 0.0
    shadow.unlink()
    assert versions() == ("l-2", "s-2")
    write(shadow, "s-4")
    write(live, "l-3", label="scams")
    assert versions() == ("l-2", "s-4")
    assert followed.told()["shadow_policy_refused"] is None
    assert followed.told()["policy_refused"] is not None
    assert seen == ["l-1", "s-1", "s-2", "l-2", "s-4"]


def test_without_one_the_health_report_says_nothing_of_it(tmp_path: Path) -> None:
    followed = follow_policy(Settings())
    assert followed.current().beside is None
    assert followed.told().keys() == {"policy_hash", "policy_refused"}


def test_an_unheard_of_error_in_reading_it_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shadow.toml"
    write(path, "s-1")
    followed = follow_policy(Settings(shadow_policy=path, policy_every_s=1e-6))
    before = followed.current()

    def broken(*_: object, **__: object) -> CompiledPolicy:
        raise RecursionError

    monkeypatch.setattr(policy, "load", broken)
    write(path, "s-2")
    for _ in range(3):
        assert followed.current() is before
    assert followed.told()["shadow_policy_refused"] == "TIDEGATE_SHADOW_POLICY: RecursionError"


def test_firing_knows_nothing_of_it() -> None:
    given_ = Given(surface="chatroom", now=NOW, signals=(signal("scam", 0.7),))
    assert fire(given_, beside(HARDER)) == fire(given_, LIVE)
