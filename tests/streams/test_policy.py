from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detectors import card as cards
from detectors import token_facts
from detectors.text.entities import detector as entities
from detectors.text.links import detector as links
from schemas.labels import ACTIONS, LABELS, SEVERITY, SURFACES, Action, Label, Surface
from schemas.signals import Signal
from schemas.verdicts import ActorAction
from streams.policy import (
    MAX_POLICY_BYTES,
    SHIPPED,
    CompiledPolicy,
    PolicyInvalid,
    compile_policy,
    idle_rules,
    load,
    reached,
)
from streams.policy.faults import MAX_RULES

from .samples import fire, policy_of, rule, signal

WRITTEN = """
version = "1"
owner = "Trust and Safety"
description = "for tests"

[on_missing]
text = "hold"
image = "limit"
video = "limit"
audio = "label"

[[rules]]
id = "scam-hold"
label = "scam"
threshold = 0.65
thresholds = { memerush = 0.9 }
action = "hold"
reason = "scam"
queue = "fraud"
"""
RULE = '[[rules]]\nid = "x"\nlabel = "spam"\nthreshold = 0.5\naction = "limit"\nreason = "spam"\n'

MISTAKES = {
    "not toml": ("version =", "version", "Expected"),
    "unknown label": (
        'label = "scam"',
        'label = "scams"',
        ":14: `scams` is no label; did you mean scam?",
    ),
    "unknown action": ('action = "hold"', 'action = "delete"', ":17: `delete` is no action"),
    "unknown surface": ("{ memerush", "{ telegram", ":16: `telegram` is no surface"),
    "surface in a list": (
        'reason = "scam"',
        'reason = "scam"\nsurfaces = ["x"]',
        ":19: `x` is no surface",
    ),
    "duplicate id": (RULE, RULE + RULE, "rule ids used twice: x"),
    "threshold 0": ("0.65", "0", ">= 0.01"),
    "threshold 1.5": ("0.65", "1.5", "<= 1.0"),
    "threshold nan": ("0.65", "nan", "threshold"),
    "threshold inf": ("0.65", "inf", "threshold"),
    "threshold text": ("0.65", '"high"', ":15: threshold: text where a number is expected"),
    "threshold of a surface": ("0.9", "-1", ">= 0.01"),
    "threshold of a surface it skips": (
        'action = "hold"',
        'action = "hold"\nsurfaces = ["ai"]',
        "scam-hold: has thresholds for surfaces it skips: memerush",
    ),
    "misspelt key": ("queue = ", "que = ", ":19: unknown key `que`; did you mean queue?"),
    "unknown key at the top": ("version", "author = 'me'\nversion", ":2: unknown key `author`"),
    "empty id": ('id = "scam-hold"', 'id = ""', "length >= 1"),
    "no reason": ('reason = "scam"', "", ":12: rule 1 lacks `reason`"),
    "no version": ('version = "1"', "", ":1: the policy lacks `version`"),
    "no on_missing": ("[on_missing]", "[other]", ":6: unknown key `other`"),
    "on_missing lacks a modality": ('video = "limit"', "", "on_missing lacks video"),
    "on_missing of no modality": (
        'video = "limit"',
        'smell = "limit"',
        ":9: `smell` is no modality",
    ),
    "on_missing allows": ('audio = "label"', 'audio = "allow"', "may not allow"),
    "on_missing asks what is no action": (
        'audio = "label"',
        'audio = "mute"',
        ":10: `mute` is no action",
    ),
    "a detector that is none": (
        'action = "hold"',
        'action = "hold"\ndetectors = ["text.entites", "text.risk"]',
        "rule scam-hold: names no detector: text.entites; did you mean text.entities?",
    ),
    "unknown mode": (
        'version = "1"',
        'version = "1"\nmode = "dry-run"',
        ":3: `dry-run` is no mode",
    ),
    "unknown sanction": (
        'queue = "fraud"',
        'actor_action = { kind = "ban" }',
        ":19: `ban` is no sanction",
    ),
    "negative duration": (
        'queue = "fraud"',
        'actor_action = { kind = "mute", duration_s = -1 }',
        "duration_s",
    ),
    "rules is a table": (RULE, "[rules.x]\n", ":21: unknown key `x`"),
    "key with a line break": ('owner = "', '"a\\nb" = 1\nowner = "', ":3: unknown key `a b`"),
    "duplicate key": ('owner = "', 'version = "2"\nowner = "', "Cannot overwrite"),
}


def written(folder: Path, text: str = WRITTEN) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(PolicyInvalid) as raised:
        load(path)
    message = str(raised.value)
    assert "\n" not in message
    assert str(path) in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named_in_one_line(tmp_path: Path, mistake: str) -> None:
    old, new, cause = MISTAKES[mistake]
    text = f"{WRITTEN}\n{RULE}"
    assert old in text
    assert cause in refused(written(tmp_path, text.replace(old, new, 1)))


def test_rules_may_name_what_is_known_besides(tmp_path: Path) -> None:
    """Of an operator's classifiers, say."""
    path = written(tmp_path, f'{WRITTEN}\n{RULE}detectors = ["image.weapon", "text.risk"]\n')
    assert "rule x: names no detector: image.weapon" in refused(path)
    found = load(path, known={"text.risk", "image.weapon"})
    assert found.policy.rules[-1].detectors == ("image.weapon", "text.risk")
    with pytest.raises(PolicyInvalid, match=r"rule x: names no detector: text\.risk"):
        load(path, known={"image.weapon"})


def test_empty_file(tmp_path: Path) -> None:
    assert "the policy lacks `version`" in refused(written(tmp_path, ""))


def test_huge_file(tmp_path: Path) -> None:
    text = WRITTEN + "#" * MAX_POLICY_BYTES
    assert f"larger than {MAX_POLICY_BYTES} bytes" in refused(written(tmp_path, text))


def test_largest_file_loads(tmp_path: Path) -> None:
    rules = "".join(RULE.replace('"x"', f'"x{i}"') for i in range(MAX_RULES - 1))
    assert len(load(written(tmp_path, WRITTEN + rules)).policy.rules) == MAX_RULES


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(bytes(range(256)) * 40)
    assert "not UTF-8" in refused(path)


@pytest.mark.parametrize("opening", ["[", "{a="], ids=["arrays", "tables"])
def test_deep_nesting(tmp_path: Path, opening: str) -> None:
    assert "nested too deep" in refused(written(tmp_path, "x = " + opening * 50_000))


def test_no_such_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "absent.toml").endswith("absent.toml: No such file or directory")


@pytest.mark.parametrize("path", [Path("/"), Path("/dev/zero")], ids=str)
def test_what_is_no_file(path: Path) -> None:
    assert any(cause in refused(path) for cause in ("not a file", "needs common.toml"))


def test_policy_that_ships_loads_and_covers_every_surface() -> None:
    shipped = load(SHIPPED)
    assert set(shipped.plans) == set(SURFACES)
    assert all(shipped.plans[surface].gated for surface in SURFACES)
    assert "allow" not in shipped.policy.on_missing.values()
    # ai_generated is no violation by itself; every other label has a rule.
    assert {rule_.label for rule_ in shipped.policy.rules if rule_.label} == set(LABELS)


def test_hash_is_of_the_content_and_not_of_the_writing(tmp_path: Path) -> None:
    before = load(written(tmp_path)).hash
    head, body = WRITTEN.split("[on_missing]")
    tables = dict(line.split(" = ", 1) for line in body.split("\n[[")[0].split("\n") if line)
    inline = ", ".join(f"{name} = {value}" for name, value in reversed(tables.items()))
    rewritten = f"# reviewed\non_missing = {{ {inline} }}\n{head}\n[[rules]]" + body.split(
        "[[rules]]"
    )[1].replace("0.65", "6.5e-1 # a comment").replace('"hold"', "'hold'")
    assert rewritten != WRITTEN
    assert load(written(tmp_path, rewritten)).hash == before
    assert len(before) == 16


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.65", "0.66"),
        ("0.9 }", "0.91 }"),
        ('"fraud"', '"frauds"'),
        ('audio = "label"', 'audio = "hold"'),
        ('version = "1"', 'version = "2"'),
        ('version = "1"', 'version = "1"\nmode = "shadow"'),
    ],
)
def test_hash_changes_with_the_content(tmp_path: Path, old: str, new: str) -> None:
    before = load(written(tmp_path)).hash
    assert load(written(tmp_path, WRITTEN.replace(old, new))).hash != before


SMALL = policy_of(
    rule("scam-hold", "scam", 0.6, "hold", queue="fraud", thresholds={"memerush": 0.9}),
    rule(
        "scam-remove", "scam", 0.8, "remove", actor_action=ActorAction(kind="mute", duration_s=60)
    ),
    rule("spam-limit", "spam", 0.5, "limit", surfaces=("chatroom", "square")),
    rule("hate-label", "hate", 0.5, "label", actor_action=ActorAction(kind="suspend")),
    on_missing="limit",
)


@pytest.mark.parametrize(
    ("surface", "signals", "missing", "action", "queue", "rules"),
    [
        ("chatroom", [], [], "allow", None, []),
        ("chatroom", [("scam", 0.59)], [], "allow", None, []),
        ("chatroom", [("scam", 0.6)], [], "hold", "fraud", ["scam-hold"]),
        ("memerush", [("scam", 0.7)], [], "allow", None, []),
        ("chatroom", [("scam", 0.8)], [], "remove", None, ["scam-hold", "scam-remove"]),
        ("memerush", [("scam", 0.85)], [], "remove", None, ["scam-remove"]),
        ("chatroom", [("spam", 1.0)], [], "limit", None, ["spam-limit"]),
        ("ai", [("spam", 1.0)], [], "allow", None, []),
        ("chatroom", [("privacy", 1.0)], [], "allow", None, []),
        ("chatroom", [], ["text.risk@1"], "limit", None, ["on_missing.text"]),
        (
            "chatroom",
            [("scam", 0.7)],
            ["image.*", "image.nsfw@1", "odd"],
            "hold",
            "fraud",
            ["scam-hold", "on_missing.image", "on_missing.text"],
        ),
    ],
)
def test_fire(
    surface: Surface,
    signals: list[tuple[Label, float]],
    missing: list[str],
    action: Action,
    queue: str | None,
    rules: list[str],
) -> None:
    fired = fire(surface, [signal(label, score) for label, score in signals], missing, SMALL)
    assert (fired.action, fired.queue) == (action, queue)
    assert [reason.rule for reason in fired.reasons] == rules


def test_reason_says_what_fired_it() -> None:
    signals = [signal("scam", 0.61), signal("scam", 0.75, part="title"), signal("scam", 0.2)]
    (reason,) = fire("square", signals, (), SMALL).reasons
    assert (reason.code, reason.policy_version) == ("scam-reason", "test")
    assert (reason.label, reason.score) == ("scam", 0.75)
    (reason,) = fire("square", (), ("audio.*",), SMALL).reasons
    assert (reason.code, reason.label, reason.score) == ("missing", None, None)


def test_gravest_sanction_on_the_actor_is_kept_from_any_rule() -> None:
    both = [signal("scam", 0.9), signal("hate", 0.9)]
    assert fire("chatroom", both, (), SMALL).actor_action == ActorAction(kind="suspend")
    assert fire("chatroom", both[:1], (), SMALL).actor_action.duration_s == 60
    endless = policy_of(
        rule("a", "scam", 0.5, "limit", actor_action=ActorAction(kind="mute", duration_s=60)),
        rule("b", "scam", 0.5, "limit", actor_action=ActorAction(kind="mute")),
    )
    assert fire("chatroom", both[:1], (), endless).actor_action.duration_s is None


def test_hold_for_what_is_missing_goes_to_a_queue() -> None:
    assert fire("chatroom", (), ("text.risk@1",), policy_of()).queue == "unjudged"


scores = st.floats(min_value=0, max_value=1)
signals_ = st.lists(
    st.builds(
        signal,
        st.sampled_from(LABELS),
        scores,
        part=st.sampled_from(["text", "title"]),
        by=st.sampled_from(["text.risk", "text.links", "text.some"]),
    ),
    max_size=6,
)
missing_ = st.lists(
    st.sampled_from(["text.risk@1", "image.*", "video.*", "audio.*", "odd"]), max_size=3
)
surfaces = st.sampled_from(SURFACES)
thresholds = st.floats(min_value=0.01, max_value=1)


@st.composite
def policies(draw: st.DrawFn) -> CompiledPolicy:
    """Gives policies whose `on_missing` asks for something."""
    rules = []
    for i in range(draw(st.integers(0, 6))):
        applies = draw(st.lists(surfaces, min_size=1, unique=True))
        rules.append(
            rule(
                f"r{i}",
                draw(st.sampled_from([one for one in LABELS if one != "child_safety"])),
                draw(thresholds),
                draw(st.sampled_from(ACTIONS)),
                surfaces=tuple(applies),
                thresholds=draw(st.dictionaries(st.sampled_from(applies), thresholds)),
                detectors=draw(st.sampled_from([(), ("text.risk",), ("text.links", "text.risk")])),
            )
        )
    return policy_of(*rules, on_missing=draw(st.sampled_from(ACTIONS[1:])))


def severity(
    surface: Surface, signals: list[Signal], missing: list[str], policy: CompiledPolicy
) -> int:
    return SEVERITY[fire(surface, signals, missing, policy).action]


@given(policies(), surfaces, signals_, missing_, st.data())
def test_raising_a_score_never_softens(
    policy: CompiledPolicy,
    surface: Surface,
    signals: list[Signal],
    missing: list[str],
    data: st.DataObject,
) -> None:
    if not signals:
        return
    which = data.draw(st.integers(0, len(signals) - 1))
    old = signals[which]
    raised = list(signals)
    raised[which] = structs.replace(old, score=data.draw(st.floats(old.score, 1)))
    assert severity(surface, raised, missing, policy) >= severity(surface, signals, missing, policy)


@given(policies(), surfaces, signals_, missing_, signals_, missing_)
def test_adding_signals_or_gaps_never_softens(
    policy: CompiledPolicy,
    surface: Surface,
    signals: list[Signal],
    missing: list[str],
    more_signals: list[Signal],
    more_missing: list[str],
) -> None:
    before = severity(surface, signals, missing, policy)
    assert severity(surface, signals + more_signals, missing, policy) >= before
    assert severity(surface, signals, missing + more_missing, policy) >= before


@given(policies(), surfaces, signals_, missing_)
def test_what_is_missing_is_never_allowed_in_silence(
    policy: CompiledPolicy, surface: Surface, signals: list[Signal], missing: list[str]
) -> None:
    fired = fire(surface, signals, missing, policy)
    if missing:
        assert fired.action != "allow"
        assert any(reason.code == "missing" for reason in fired.reasons)


@given(policies(), surfaces, signals_, missing_)
def test_order_of_signals_does_not_change_the_action(
    policy: CompiledPolicy, surface: Surface, signals: list[Signal], missing: list[str]
) -> None:
    forwards = fire(surface, signals, missing, policy)
    backwards = fire(surface, signals[::-1], missing[::-1], policy)
    assert forwards.action == backwards.action
    assert forwards.actor_action == backwards.actor_action
    assert set(forwards.reasons) == set(backwards.reasons)


def test_child_safety_keeps_its_queue_beside_a_graver_rule() -> None:
    shipped = load(SHIPPED)
    signals = [
        Signal(label="phishing", score=0.99, detector="text.links@1", part="text"),
        Signal(label="child_safety", score=1.0, detector="image.hash@1", part="media[0]"),
    ]
    for order in (signals, signals[::-1]):
        fired = fire("square", order, (), shipped)
        assert (fired.action, fired.queue) == ("remove", "child_safety")


def test_a_bank_of_known_pictures_says_what_to_do() -> None:
    policy = policy_of(rule("scam", "scam", 0.9, "limit"))
    signals = [
        Signal(
            label="scam",
            score=0.99,
            detector="image.hash@1",
            part="media[0]",
            evidence={"bank": "posters", "entry": "7", "action": action},
        )
        for action in ("label", "hold")
    ]
    fired = fire("square", signals, (), policy)
    assert (fired.action, fired.queue) == ("hold", "known_pictures")
    assert [reason.rule for reason in fired.reasons] == ["scam", "bank.posters", "bank.posters"]
    others = [structs.replace(one, detector="text.risk@4") for one in signals]
    assert fire("square", others, (), policy).action == "limit"
    absurd = [structs.replace(signals[0], evidence={"action": "explode"})]
    assert fire("square", absurd, (), policy).action == "limit"


def test_a_bank_that_escalates_needs_no_rule() -> None:
    policy = policy_of(rule("scam", "scam", 0.9, "limit"))
    signal = Signal(
        label="child_safety",
        score=1.0,
        detector="image.hash@1",
        part="media[0]",
        evidence={"bank": "reported", "entry": "7", "action": "escalate"},
    )
    fired = fire("square", [signal], (), policy)
    assert (fired.action, fired.queue) == ("hold", "child_safety")
    (reason,) = fired.reasons
    assert (reason.code, reason.rule) == ("known_picture", "bank.reported")


def test_what_is_pending_is_decided_for_the_time_being() -> None:
    given = {"image": "label"}
    policy = policy_of(rule("scam", "scam", 0.9, "limit"))
    own = compile_policy(structs.replace(policy.policy, on_pending=given))
    assert own.hash != policy.hash
    fired = fire("square", (), (), own, pending=("image.*", "video.*"))
    assert (fired.action, fired.queue) == ("hold", None)
    assert [reason.rule for reason in fired.reasons] == ["on_pending.image", "on_pending.video"]
    assert fire("square", (), (), own, pending=("image.*",)).action == "label"
    both = fire("square", (), ("image.ocr@1",), own, pending=("image.*",))
    assert [reason.rule for reason in both.reasons] == ["on_missing.image"]
    assert both.queue == "unjudged"
    with pytest.raises(PolicyInvalid, match="on_pending may not allow"):
        compile_policy(structs.replace(policy.policy, on_pending={"audio": "allow"}))


CARDS = {
    "text.risk": cards.read("text.risk@4"),
    "text.links": cards.read(links.MODEL_ID, links.CARD_FILE),
    "text.entities": entities.CARD,
    "token.facts": token_facts.CARD,
    "image.brand": cards.read("image.brand@1"),
}


@pytest.mark.parametrize("name", CARDS)
def test_the_lower_tier_of_a_label_is_at_least_what_the_card_recommends(name: str) -> None:
    lowest: dict[str, float] = {}
    for shipped_rule in load(SHIPPED).policy.rules:
        if shipped_rule.label is None:
            continue
        if name in shipped_rule.detectors or not shipped_rule.detectors:
            assert shipped_rule.threshold is not None
            thresholds = (shipped_rule.threshold, *shipped_rule.thresholds.values())
            floor = lowest.get(shipped_rule.label, 1.0)
            lowest[shipped_rule.label] = min(floor, *thresholds)
    recommended = CARDS[name].thresholds
    below = {label: t for label, t in recommended.items() if lowest.get(label, 1.0) < t}
    assert below == {}


def test_a_rule_counts_the_signals_of_its_detectors_alone() -> None:
    policy = policy_of(
        rule("any", "scam", 0.9, "limit"),
        rule("checked", "scam", 0.5, "hold", detectors=("text.entities", "text.links")),
    )

    def fired(*given: tuple[str, float]) -> list[tuple[str, float | None]]:
        signals = [
            Signal(label="scam", score=score, detector=name, part="text") for name, score in given
        ]
        return [(one.rule, one.score) for one in fire("square", signals, (), policy).reasons]

    assert fired(("text.risk@1", 0.8)) == []
    assert fired(("text.risk@1", 0.8), ("text.entities@1", 0.4)) == []
    assert fired(("text.risk@1", 0.8), ("text.entities@2", 0.6)) == [("checked", 0.6)]
    assert fired(("text.risk@1", 0.95), ("text.links@1", 0.6)) == [("any", 0.95), ("checked", 0.6)]
    assert fired(("text.entities@1+x", 0.6)) == [("checked", 0.6)]


def test_the_rules_that_a_signal_reaches() -> None:
    policy = policy_of(
        rule("low", "scam", 0.3, "limit"),
        rule("ours", "scam", 0.5, "hold", detectors=("text.risk",)),
        rule("ai", "scam", 0.3, "hold", surfaces=("ai",)),
    )
    assert reached("chatroom", signal("scam", 0.5), policy) == {"low"}
    assert reached("chatroom", signal("scam", 0.5, by="text.risk"), policy) == {"low", "ours"}
    assert reached("ai", signal("scam", 0.3, by="text.risk"), policy) == {"low", "ai"}
    assert reached("chatroom", signal("spam", 1.0), policy) == frozenset()


def test_rules_whose_detectors_are_all_away_never_fire() -> None:
    policy = policy_of(
        rule("anybody", "scam", 0.9, "limit"),
        rule("lists", "scam", 0.5, "hold", detectors=("text.entities", "text.links")),
        rule("facts", "token_fraud", 0.5, "hold", detectors=("token.facts",)),
    )
    assert idle_rules(policy, ("text.risk",)) == ["lists", "facts"]
    assert idle_rules(policy, ("text.links", "text.risk")) == ["facts"]
    assert idle_rules(policy, ("text.links", "token.facts")) == []


def shipped(label: Label, score: float, by: str, surface: Surface) -> Action:
    return fire(surface, [signal(label, score, by=by)], (), load(SHIPPED)).action


@pytest.mark.parametrize(
    ("surface", "label", "score", "by", "action"),
    [
        ("chatroom", "phishing", 0.9, "text.entities", "hold"),  # a seed phrase asked for
        ("chatroom", "phishing", 0.978, "text.entities", "remove"),  # beside a link
        ("square", "phishing", 0.99, "text.links", "remove"),  # a blocked address
        ("square", "impersonation", 0.94, "text.links", "hold"),  # a look-alike
        ("square", "phishing", 0.5, "text.links", "allow"),
        ("chatroom", "phishing", 0.999, "text.risk", "hold"),  # a bare link to an exchange
        ("chatroom", "impersonation", 0.289, "text.entities", "allow"),  # I'm an admin here
        ("chatroom", "impersonation", 0.75, "text.entities", "hold"),  # I am from X support
        ("memerush", "impersonation", 0.622, "text.entities", "label"),  # one letter off
        ("memerush", "impersonation", 0.858, "text.entities", "hold"),  # the same name
        ("chatroom", "scam", 0.047, "text.entities", "allow"),  # an address
        ("chatroom", "scam", 0.769, "text.entities", "hold"),  # send one, get two back
        ("chatroom", "scam", 0.971, "text.entities", "remove"),  # a listed address
        ("chatroom", "market_manipulation", 0.032, "text.entities", "allow"),  # a ticker
        ("chatroom", "market_manipulation", 0.525, "text.entities", "limit"),
        ("chatroom", "market_manipulation", 0.65, "text.risk", "allow"),
        ("memerush", "impersonation", 0.67, "image.brand", "allow"),
        ("memerush", "impersonation", 0.673, "image.brand", "hold"),  # a look-alike of a logo
        ("square", "impersonation", 0.99, "image.brand", "allow"),  # a post about a coin
        ("memerush", "token_fraud", 0.069, "token.facts", "allow"),
        ("memerush", "token_fraud", 0.55, "token.facts", "label"),
        ("memerush", "token_fraud", 0.95, "token.facts", "hold"),
        ("chatroom", "privacy", 0.231, "text.entities", "allow"),  # a phone number
        ("chatroom", "privacy", 0.832, "text.entities", "hold"),  # a card
        ("ai", "privacy", 0.961, "text.entities", "remove"),  # a seed phrase
        ("chatroom", "privacy", 0.96, "text.risk", "hold"),
        ("chatroom", "spam", 0.5, "text.entities", "allow"),  # a handle
        ("chatroom", "spam", 0.769, "text.entities", "limit"),  # and "write to me"
    ],
)
def test_what_the_shipped_policy_asks_for(
    surface: Surface, label: Label, score: float, by: str, action: Action
) -> None:
    assert shipped(label, score, by, surface) == action
