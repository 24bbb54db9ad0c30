"""A person's label decides on what it says, and on nothing that nobody looked at."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.examples_of import EXAMPLES, examples_of
from schemas.labels import LABELS, Label
from schemas.records import HumanLabel
from schemas.strikes import Strike
from schemas.topics import VERDICTS
from schemas.verdicts import Reason, Verdict
from streams.actors.deciding import reversal, strike_of, strike_of_label
from streams.actors.memory import Actors
from streams.policy import SHIPPED, CompiledPolicy, Memory, load
from tests.streams.actors.samples import BEGIN_MS, NOW_MS, item, moment, record

RULES = Memory()


@pytest.fixture(scope="module")
def policy() -> CompiledPolicy:
    return load(SHIPPED)


def struck(*labels: Label, weight: float = 2.0, revision: int = 1) -> Strike:
    return Strike(
        strike_id="v", actor_id="u1", item_id="m9", surface="chatroom", item_revision=1,
        verdict_revision=revision, decider="verdict", action="remove", weight=weight,
        labels=labels, at=moment(),
    )  # fmt: skip


def told(
    policy: CompiledPolicy, present: tuple[Label, ...] = (), absent: tuple[Label, ...] = ()
) -> Strike:
    label = HumanLabel(
        label_id="l1", item_id="m9", surface="chatroom", item_revision=1, present=present,
        absent=absent, annotator="r", labelled_at=moment(), actor_id="u1",
    )  # fmt: skip
    found = strike_of_label(label, policy)
    assert found is not None
    return found


def weight(*decided: Strike) -> tuple[float, float]:
    """What weighs on the actor after these decisions, each heard twice."""
    actors = Actors()
    for n, one in enumerate(decided):
        actors.note(one, 0, BEGIN_MS + n, RULES)
        before = actors.find(0, "u1")
        assert not actors.note(one, 0, BEGIN_MS + n, RULES)
        assert actors.find(0, "u1") == before
    now = actors.count(record(0, BEGIN_MS + 100), item("m1"), RULES, has_link=False, now_ms=NOW_MS)[
        1
    ]
    return now.strikes, round(now.violations, 2)


def test_what_nobody_looked_at_is_not_reversed(policy: CompiledPolicy) -> None:
    sexual = told(policy, absent=("sexual",))
    assert weight(struck("phishing"), sexual) == (2.0, 1.0)
    assert weight(struck("phishing"), told(policy, absent=("phishing",))) == (0.0, 0.0)
    assert weight(struck("phishing", "scam"), told(policy, absent=("scam",))) == (2.0, 1.0)


def test_labels_that_two_people_deny_are_denied(policy: CompiledPolicy) -> None:
    first, second = told(policy, absent=("phishing",)), told(policy, absent=("scam",))
    assert weight(struck("phishing", "scam"), first, second) == (0.0, 0.0)
    assert weight(first, second, struck("phishing", "scam")) == (0.0, 0.0)


def test_a_label_of_no_rule_here_erases_nothing(policy: CompiledPolicy) -> None:
    other = told(policy, present=("prompt_attack",))
    assert other.action == "allow"
    assert weight(struck("phishing"), other) == (2.0, 1.0)
    assert weight(other) == (0.0, 0.0)


def test_what_confirms_weighs_as_the_verdict_did(policy: CompiledPolicy) -> None:
    scam = told(policy, present=("scam",))
    held = structs.replace(struck("scam", weight=0.0), action="hold")
    assert weight(held, scam) == (0.0, 0.5)
    assert weight(struck("scam", weight=3.0), scam) == (3.0, 1.0)
    # Nobody acted on it: by the policy's rules on the label.
    assert weight(scam)[0] == scam.weight
    mild = structs.replace(struck("spam", weight=0.5), action="limit")
    assert weight(mild, scam) == (max(0.5, scam.weight), 1.0)
    assert weight(mild, told(policy, present=("scam",), absent=("spam",)))[0] == scam.weight


def test_what_no_label_stands_for_is_reversed_by_all_of_them_alone(policy: CompiledPolicy) -> None:
    flood = struck()
    nearly = tuple(label for label in LABELS if label not in {"spam", "ai_generated"})
    assert weight(flood, told(policy, absent=nearly)) == (2.0, 1.0)
    assert weight(flood, told(policy, absent=(*nearly, "spam"))) == (0.0, 0.0)


def test_a_label_that_comes_before_its_verdict(policy: CompiledPolicy) -> None:
    phishing = told(policy, absent=("phishing",))
    assert weight(phishing, struck("phishing")) == (0.0, 0.0)
    assert weight(phishing, struck("phishing", "sexual")) == (2.0, 1.0)
    sexual = told(policy, absent=("sexual",))
    assert weight(phishing, struck("phishing", "sexual"), sexual) == (0.0, 0.0)


def test_a_reversal_of_all_stays_whatever_is_labelled_absent(policy: CompiledPolicy) -> None:
    undone = reversal(
        reversal_id="a1", item_id="m9", surface="chatroom", actor_id="u1", at=moment()
    )
    sexual = told(policy, absent=("sexual",))
    assert weight(struck("phishing"), undone, sexual, struck("phishing", revision=3)) == (0.0, 0.0)


@given(
    st.lists(st.sampled_from(LABELS[:4]), unique=True, min_size=1),
    st.lists(st.sampled_from(LABELS[:6]), unique=True, min_size=1),
)
def test_reversed_is_what_is_denied_wholly(by: list[Label], absent: list[Label]) -> None:
    denied = Strike(
        strike_id="l", actor_id="u1", item_id="m9", surface="chatroom", item_revision=1,
        decider="label", action="allow", absent=tuple(absent), at=moment(),
    )  # fmt: skip
    expected = 0.0 if set(by) <= set(absent) else 2.0
    assert weight(struck(*by), denied)[0] == expected
    assert weight(denied, struck(*by))[0] == expected


def test_a_verdict_tells_by_which_labels_it_struck(policy: CompiledPolicy) -> None:
    path = next(p for p in examples_of(EXAMPLES, VERDICTS) if p.stem == "remove_scam_chatroom")
    final = msgspec.json.decode(path.read_bytes(), type=Verdict)
    rules = {**policy.rules}
    (any_rule, *_) = policy.policy.rules
    for name, strike in (("a", 1.0), ("b", 1.0), ("c", 0.0), ("d", 1.0)):
        rules[name] = structs.replace(any_rule, id=name, strike=strike)
    known = structs.replace(policy, rules=rules)

    def labels(*reasons: tuple[str, Label | None]) -> tuple[Label, ...]:
        given = tuple(
            Reason(code="x", rule=rule, policy_version="1", label=label, action="remove")
            for rule, label in reasons
        )
        found = strike_of(structs.replace(final, reasons=given), known)
        assert found is not None
        return found.labels

    assert labels(("a", "scam"), ("b", "phishing"), ("c", "spam")) == ("scam", "phishing")
    assert labels(("c", "spam")) == ("spam",)
    assert labels(("a", "scam"), ("d", None)) == ()


def test_bits_of_labels_stand_in_written_states() -> None:
    assert LABELS[:18] == (
        "hate", "harassment", "violence", "sexual", "child_safety", "self_harm", "illegal",
        "phishing", "scam", "market_manipulation", "token_fraud", "impersonation", "privacy",
        "spam", "misinformation", "prompt_attack", "unsafe_generation", "ai_generated",
    )  # fmt: skip
