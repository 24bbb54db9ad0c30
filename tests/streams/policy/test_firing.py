"""Rules with conditions, modes, samples and limits."""

from datetime import UTC, datetime, timedelta

import pytest
from cel_expr_python import cel
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.accounts import STANDINGS
from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.labels import ACTIONS, SEVERITY, SURFACES, Action, Surface
from schemas.signals import Signal
from schemas.verdicts import ActorAction
from streams.policy import CompiledPolicy, Fired, Given, Rule, compile_policy, fire, reached
from streams.policy.conditions import compiled, value
from streams.policy.conjuncts import conjuncts
from streams.policy.facts import Facts
from streams.policy.names import VARIABLES, reading
from streams.policy.shares import falls_in
from tests.streams.samples import NOW, policy_of, rule, signal


def when(id_: str, condition: str, action: Action = "limit", **fields: object) -> Rule:
    """A rule with nothing but a condition."""
    plain = Rule(id=id_, action=action, reason=f"{id_}-reason", when=condition)
    return structs.replace(plain, **fields)


def fired(policy: CompiledPolicy, **fields: object) -> Fired:
    told: dict[str, object] = {"surface": "chatroom", "now": NOW}
    return fire(Given(**(told | fields)), policy)  # type: ignore[arg-type] # fields of any type, by name


def ids(found: Fired) -> list[str]:
    return [reason.rule for reason in found.reasons]


BUSY = Features(actor=ActorFeatures(n_10s=9, n_1h=30, standing="new", link_share_1h=0.5))
CONDITIONS = {
    "actor.n_10s > 5": True,
    "actor.n_10s > 9": False,
    "actor.n_10s >= 9 && actor.standing == 'new'": True,
    "actor.n_10s > 5 && !(actor.standing in ['trusted', 'official'])": True,
    "actor.link_share_1h > 0.4 || score.scam > 0.9": True,
    "score.scam > 0.6 && score.spam == 0.0": True,
    "score.scam > 0.7": False,
    "signals.exists(s, s.label == 'scam' && s.detector == 'text.risk' && s.score > 0.5)": True,
    "signals.exists(s, s.part == 'title')": False,
    "size(signals) == 1": True,
    "item.surface == 'chatroom'": True,
    "item.surface == 'square'": False,
    "now > timestamp('2026-11-01T00:00:00Z')": True,
    "now.getFullYear() == 2026 && now.getHours('UTC') == 12": True,
    "missing.exists(m, m.startsWith('image'))": True,
    "'video.*' in pending": True,
    "item.language.matches('^(ru|uk)$')": False,
    "actor.account_days < 0.0": True,
    "double(actor.n_1h) / 60.0 > 0.4": True,
    "campaign.id == ''": True,
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_sees_what_a_verdict_records(condition: str) -> None:
    found = fired(
        policy_of(when("r", condition)),
        signals=[signal("scam", 0.65, by="text.risk")],
        missing=("image.*",),
        pending=("video.*",),
        features=BUSY,
    )
    assert ("r" in ids(found)) == CONDITIONS[condition]
    joined = policy_of(*(when(f"r{n}", f"({condition}) || false") for n in range(9)))
    together = fired(
        joined,
        signals=[signal("scam", 0.65, by="text.risk")],
        missing=("image.*",),
        pending=("video.*",),
        features=BUSY,
    )
    assert sum(id_.startswith("r") for id_ in ids(together)) == 9 * CONDITIONS[condition]


def test_a_gate_and_a_condition_must_both_hold() -> None:
    policy = policy_of(rule("r", "scam", 0.5, "hold", when="actor.n_10s > 5 && size(missing) == 0"))
    high = [signal("scam", 0.6)]
    assert ids(fired(policy, signals=high, features=BUSY)) == ["r"]
    assert ids(fired(policy, signals=high)) == []
    assert ids(fired(policy, features=BUSY)) == []
    (reason,) = fired(policy, signals=high, features=BUSY).reasons
    assert (reason.label, reason.score, reason.action) == ("scam", 0.6, "hold")


ERRORS = (
    "1 / (actor.n_10s - 9) > 0",
    "{'ordinary': 1}[actor.standing] == 2",
    "[1, 2][actor.n_10s] == 1",
)


@pytest.mark.parametrize("condition", ERRORS)
@pytest.mark.parametrize("n_others", [0, 6])
def test_a_condition_that_cannot_be_evaluated_never_allows(condition: str, n_others: int) -> None:
    """It asks for what its rule would, a hold at most, and nothing of the actor."""
    mute = ActorAction(kind="mute", duration_s=60)
    others = [when(f"o{n}", "false || actor.n_1h > 29") for n in range(n_others)]
    policy = policy_of(when("r", condition, "remove", actor_action=mute, strike=1.0), *others)
    found = fired(policy, features=BUSY)
    assert (found.action, found.queue, found.strike) == ("hold", "unjudged", 0.0)
    assert found.actor_action == ActorAction()
    assert [one.code for one in found.reasons if one.rule == "r"] == ["rule_error"]
    assert len(found.reasons) == n_others + 1
    mild = fired(policy_of(when("r", condition, "label", queue="q")), features=BUSY)
    assert (mild.action, mild.queue) == ("label", "q")
    shadow = fired(policy_of(when("r", condition, "remove", mode="shadow")), features=BUSY)
    assert shadow.action == "allow"
    assert shadow.would is not None
    assert (shadow.would.action, shadow.would.reasons[0].code) == ("hold", "rule_error")
    gated = policy_of(rule("r", "scam", 0.5, "remove", when=condition))
    assert fired(gated, features=BUSY).action == "allow"
    assert fired(gated, features=BUSY, signals=[signal("scam", 0.6)]).action == "hold"


def test_an_error_that_decides_nothing_is_none() -> None:
    """As CEL has it: false and anything is false."""
    policy = policy_of(when("r", "actor.n_10s < 5 && 1 / (actor.n_10s - 9) > 0"))
    assert ids(fired(policy, features=BUSY)) == []


def test_too_long_a_walk_is_an_error() -> None:
    condition = "signals.all(a, signals.all(b, a.score + b.score > 0.0))"
    many = [signal("scam", 0.5)] * 200
    assert [one.code for one in fired(policy_of(when("r", condition)), signals=many).reasons] == [
        "rule_error"
    ]


ESCALATED = structs.replace(
    signal("child_safety", 0.9, by="image.hash", part="media[0]"),
    evidence={"bank": "reported", "action": "escalate"},
)


@pytest.mark.parametrize(
    "beside",
    [
        (),
        (rule("s", "scam", 0.5, "hold", queue="spam"),),
        (rule("s", "scam", 0.5, "remove", queue="spam", priority="urgent"),),
        (rule("c", "child_safety", 0.01, "hold", queue="other", priority="low"),),
        (rule("c", "child_safety", 0.01, "hold", queue="x"), rule("s", "scam", 0.5, "remove")),
    ],
)
def test_what_is_escalated_keeps_its_queue_whatever_rules_say(beside: tuple[Rule, ...]) -> None:
    for signals in ([ESCALATED, signal("scam", 0.9)], [signal("scam", 0.9), ESCALATED]):
        found = fired(policy_of(*beside), signals=signals)
        assert (found.queue, found.priority) == ("child_safety", "urgent")
        assert SEVERITY[found.action] >= SEVERITY["hold"]


def test_a_childs_safety_goes_before_what_else_is_escalated() -> None:
    other = structs.replace(
        signal("violence", 0.9, by="image.hash"), evidence={"bank": "v", "action": "escalate"}
    )
    scam = rule("s", "scam", 0.5, "remove", queue="fraud", priority="urgent")
    child = rule("c", "child_safety", 0.5, "hold", queue="children")
    told = [other, signal("scam", 0.9)]
    assert fired(policy_of(scam), signals=told).queue == "violence"
    told.append(signal("child_safety", 0.6))
    assert fired(policy_of(scam, child), signals=told).queue == "children"


def test_languages_have_thresholds_of_their_own() -> None:
    policy = policy_of(
        rule("r", "scam", 0.6, "hold", thresholds={"square": 0.7}, languages={"ar": 0.8})
    )

    def fires(score: float, language: str, surface: Surface) -> bool:
        features = Features(item=ItemFeatures(language=language))
        signals = [signal("scam", score)]
        found = bool(fired(policy, signals=signals, features=features, surface=surface).reasons)
        assert found == bool(reached(surface, signals[0], policy, language=language))
        return found

    assert fires(0.6, "en", "chatroom")
    assert not fires(0.6, "en", "square")
    assert fires(0.7, "", "square")
    assert not fires(0.79, "ar", "chatroom")
    assert fires(0.8, "ar", "square")


def test_what_is_in_shadow_is_recorded_and_acts_on_nothing() -> None:
    policy = policy_of(
        rule("live", "scam", 0.5, "limit"),
        rule("new", "scam", 0.6, "remove", mode="shadow", queue="fraud", strike=2.0,
             actor_action=ActorAction(kind="suspend")),
    )  # fmt: skip
    found = fired(policy, signals=[signal("scam", 0.7)])
    assert (found.action, found.queue, found.actor_action.kind, found.strike) == (
        "limit", None, "none", 0.0,
    )  # fmt: skip
    assert ids(found) == ["live"]
    assert found.would is not None
    assert (found.would.action, found.would.queue) == ("remove", "fraud")
    assert found.would.actor_action.kind == "suspend"
    assert [(one.rule, one.mode, one.action) for one in found.would.reasons] == [
        ("new", "shadow", "remove")
    ]
    assert fired(policy, signals=[signal("scam", 0.55)]).would is None
    assert reached("chatroom", signal("scam", 0.7), policy) == {"live"}


def test_a_canary_acts_on_the_same_share_of_actors() -> None:
    canary = rule("r", "scam", 0.5, "hold", mode="canary", canary_share=0.3)
    policy = policy_of(canary)
    high = [signal("scam", 0.6)]
    acts = {
        actor
        for actor in map(str, range(2_000))
        if fired(policy, signals=high, actor_id=actor).action == "hold"
    }
    assert 500 < len(acts) < 700
    for actor in map(str, range(20)):
        found = fired(policy, signals=high, actor_id=actor)
        if actor in acts:
            assert [one.mode for one in found.reasons] == ["canary"]
        else:
            assert found.would is not None
            assert found.would.action == "hold"
    wider = policy_of(structs.replace(canary, canary_share=0.6))
    assert all(fired(wider, signals=high, actor_id=one).action == "hold" for one in acts)


def test_a_policy_may_be_a_canary_or_in_shadow() -> None:
    plain = policy_of(rule("r", "scam", 0.5, "hold")).policy
    canary = compile_policy(structs.replace(plain, mode="canary", canary_share=0.5))
    modes = {
        actor: fired(canary, signals=[signal("scam", 0.6)], actor_id=actor)
        for actor in map(str, range(200))
    }
    assert {one.mode for one in modes.values()} == {"canary", "shadow"}
    assert {one.action for one in modes.values()} == {"hold"}
    shadow = compile_policy(structs.replace(plain, mode="shadow"))
    assert fired(shadow, signals=[signal("scam", 0.6)]).mode == "shadow"


def test_what_is_limited_asks_for_review_alone() -> None:
    policy = policy_of(
        rule("a", "scam", 0.5, "remove", queue="fraud", strike=1.0,
             actor_action=ActorAction(kind="mute")),
        rule("b", "spam", 0.5, "limit"),
        rule("c", "child_safety", 0.5, "hold", queue="child_safety"),
    )  # fmt: skip
    both = [signal("scam", 0.6), signal("spam", 0.6)]
    limited = Features(limited=("a",))
    found = fired(policy, signals=both[:1], features=limited)
    assert (found.action, found.queue, found.actor_action.kind, found.strike) == (
        "allow", "fraud", "none", 0.0,
    )  # fmt: skip
    assert [(one.mode, one.action) for one in found.reasons] == [("review", "remove")]
    found = fired(policy, signals=both, features=limited)
    assert (found.action, found.queue, ids(found)) == ("limit", "fraud", ["a", "b"])
    assert fired(policy, signals=both[1:], features=Features(limited=("b",))).queue == "limited"
    children = [signal("child_safety", 0.6)]
    assert fired(policy, signals=children, features=Features(limited=("c",))).action == "hold"


def test_samples_are_the_same_items_each_time() -> None:
    policy = policy_of(
        Rule(id="r", action="allow", reason="quality", queue="quality", sample=0.1, priority="low")
    )
    drawn = [n for n in range(2_000) if fired(policy, item_id=str(n)).queue == "quality"]
    assert 140 < len(drawn) < 260
    assert drawn == [n for n in range(2_000) if fired(policy, item_id=str(n)).reasons]
    found = fired(policy, item_id=str(drawn[0]))
    assert (found.action, found.priority) == ("allow", "low")


def test_of_equals_the_more_urgent_rule_has_its_queue() -> None:
    policy = policy_of(
        rule("a", "scam", 0.5, "hold", queue="a"),
        rule("b", "spam", 0.5, "hold", queue="b", priority="urgent"),
    )
    both = [signal("scam", 0.6), signal("spam", 0.6)]
    found = fired(policy, signals=both)
    assert (found.queue, found.priority) == ("b", "urgent")
    assert fired(policy, signals=both[:1]).priority == "normal"
    assert fired(policy).priority is None


def test_the_gravest_strike_counts() -> None:
    policy = policy_of(
        rule("a", "scam", 0.5, "hold", strike=0.5), rule("b", "scam", 0.5, "limit", strike=2.0)
    )
    assert fired(policy, signals=[signal("scam", 0.6)]).strike == 2.0


def test_which_rules_ask_of_the_campaign_is_known() -> None:
    policy = policy_of(
        when("a", "campaign.n_actors > 3 && item.is_edit"), when("b", "item.is_edit")
    )
    assert policy.asks == {"a": {"campaign", "item"}, "b": {"item"}}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.b > 1", ["a.b > 1"]),
        ("a.b > 1 && c.d", ["a.b > 1", "c.d"]),
        ("(a.b > 1 && (c.d || e.f)) && !g.h", ["a.b > 1", "c.d || e.f", "!g.h"]),
        ("a.b || c.d && e.f", ["a.b || c.d && e.f"]),
        ("a.b && c.d ? e.f : g.h", ["a.b && c.d ? e.f : g.h"]),
        ("a.b == '&&' && c.d == \")\"", ["a.b == '&&'", 'c.d == ")"']),
        ("a.b && // && c\n c.d", ["a.b", "c.d"]),
        ("f(a && b) && c.d", ["f(a && b)", "c.d"]),
        ("(a.b) || (c.d && e.f)", ["(a.b) || (c.d && e.f)"]),
        ("a.b == r'\\' && c.d == ' && '", ["a.b == r'\\'", "c.d == ' && '"]),
        ("a.b == '\\'' && c.d == \"&&\"", ["a.b == '\\''", 'c.d == "&&"']),
        ("a.b == '''it's &&''' && c.d", ["a.b == '''it's &&'''", "c.d"]),
    ],
)
def test_conditions_are_taken_apart_at_what_joins_them(text: str, parts: list[str]) -> None:
    assert conjuncts(text) == parts


numbers = st.sampled_from([0, 1, 2, 5, 9])
shares = st.sampled_from([0.0, 0.25, 0.5, 1.0])
atoms = st.one_of(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["actor.n_10s", "actor.n_1h", "item.n_links", "campaign.n_actors"]),
        st.sampled_from([" > ", ">=", " <", "<= ", " == ", "!="]),
        numbers,
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["score.scam", "score.spam", "actor.link_share_1h"]),
        st.sampled_from([">", ">=", "<", "<=", "==", "!="]),
        shares,
    ),
    st.builds(
        "{}{}{}".format,
        shares,
        st.sampled_from([" > ", ">=", "<", " <=", "==", " != "]),
        st.sampled_from(["score.scam", "actor.link_share_1h"]),
    ),
    st.builds(
        "{} {} item.n_links".format, numbers, st.sampled_from([">", ">=", "<", "<=", "==", "!="])
    ),
    st.builds("'{}' == actor.standing".format, st.sampled_from(STANDINGS)),
    st.builds(
        "{}item.{}".format, st.sampled_from(["", "!"]), st.sampled_from(["is_edit", "is_reply"])
    ),
    st.builds("item.is_edit == {}".format, st.sampled_from(["true", "false"])),
    st.builds("actor.standing in ['{}', \"{}\"]".format, *[st.sampled_from(STANDINGS)] * 2),
    st.builds("item.surface == '{}'".format, st.sampled_from(SURFACES)),
    st.just("1 / actor.n_10s > 0"),
    st.just("signals.exists(s, s.score > 0.4)"),
    st.just("item.language != 'a && b' // || x\n"),
    st.just("item.language.matches(r'^(e|\\d)')"),
    st.just("item.language != '\\''"),
)
written = st.recursive(
    atoms,
    lambda inner: (
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["&&", "||", "&&"]), inner)
        | st.builds("{} && {}".format, inner, inner)
        | st.builds("!({})".format, inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
    ),
    max_leaves=6,
)
features_ = st.builds(
    Features,
    item=st.builds(
        ItemFeatures, n_links=numbers, is_edit=st.booleans(), is_reply=st.booleans(),
        language=st.sampled_from(["", "en"]),
    ),
    actor=st.builds(
        ActorFeatures, n_10s=numbers, n_1h=numbers, link_share_1h=shares,
        standing=st.sampled_from(STANDINGS),
    ),
    campaign=st.builds(CampaignFeatures, n_actors=numbers),
)  # fmt: skip
signals_ = st.lists(st.builds(signal, st.sampled_from(["scam", "spam"]), shares), max_size=3)


@given(st.lists(written, min_size=1, max_size=8), features_, signals_, st.sampled_from(SURFACES))
def test_shortcuts_give_what_cel_gives(
    conditions: list[str], features: Features, signals: list[Signal], surface: Surface
) -> None:
    """What needs no CEL, all at once, one by one: the same as the plain expression on all facts."""
    rules = [when(f"r{n}", text, queue=f"q{n}") for n, text in enumerate(conditions)]
    policy = policy_of(*rules)
    told = Given(surface=surface, now=NOW, signals=signals, features=features)
    found = {reason.rule: reason.code for reason in fire(told, policy).reasons}
    highest: dict[str, float] = {}
    for one in signals:
        highest[one.label] = max(one.score, highest.get(one.label, 0.0))
    facts = Facts(told, policy.plans[surface], highest)  # type: ignore[arg-type] # labels
    every = facts.named(reading([*VARIABLES, "signals"]))
    for n, text in enumerate(conditions):
        expected = value(compiled(text).program, every)
        code = {True: f"r{n}-reason", None: "rule_error"}.get(expected)  # type: ignore[call-overload]
        assert found.get(f"r{n}") == code, text


@given(st.lists(written, max_size=4), st.sampled_from(ACTIONS), features_, signals_)
def test_a_rule_more_never_softens(
    conditions: list[str], action: Action, features: Features, signals: list[Signal]
) -> None:
    rules = [when(f"r{n}", text, "label") for n, text in enumerate(conditions)]
    told: dict[str, object] = {"features": features, "signals": signals}
    before = fired(policy_of(*rules), **told)
    after = fired(policy_of(*rules, rule("more", "scam", 0.25, action)), **told)
    assert SEVERITY[after.action] >= SEVERITY[before.action]
    shadow = policy_of(*rules, rule("more", "scam", 0.25, action, mode="shadow"))
    assert fired(shadow, **told).action == before.action
    would = fired(shadow, **told).would
    assert (would.action if would else before.action) == after.action


def test_the_same_is_decided_whatever_the_time_zone() -> None:
    policy = policy_of(when("r", "now.getHours() == 12"))
    elsewhere = NOW.astimezone(tz=datetime.now().astimezone().tzinfo) + timedelta(0)
    assert ids(fired(policy, now=NOW)) == ids(fired(policy, now=elsewhere)) == ["r"]


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.text(), st.text())
def test_a_larger_share_holds_a_smaller_one(one: float, other: float, salt: str, name: str) -> None:
    low, high = sorted((one, other))
    assert falls_in(high, salt, name) >= falls_in(low, salt, name)


def test_expressions_hold_no_state() -> None:
    """One expression evaluated twice, in between on other facts, is worth the same."""
    program = compiled("actor.n_10s > 3").program
    assert isinstance(program, cel.Expression)
    assert [value(program, {"actor.n_10s": n}) for n in (5, 1, 5)] == [True, False, True]
    assert NOW.tzinfo == UTC
