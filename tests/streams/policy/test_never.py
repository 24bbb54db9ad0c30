"""Conditions that are never or always true, and words that nothing is called by."""

import pytest
from hypothesis import given

from schemas.features import Features
from schemas.labels import SURFACES, Surface
from schemas.signals import Signal
from streams.policy import Given, Rule
from streams.policy.compiled import Plan
from streams.policy.conditions import compiled, value
from streams.policy.doubts import doubts, strange_detectors
from streams.policy.facts import Facts
from streams.policy.names import VARIABLES, reading
from streams.policy.never import always, never
from tests.streams.policy.test_firing import features_, signals_, written
from tests.streams.samples import NOW, policy_of


def a_rule(condition: str, **fields: object) -> Rule:
    return Rule(id="r", action="limit", reason="r", when=condition, **fields)  # type: ignore[arg-type] # fields of any type


NEVER = {
    "0.8 < score.scam && score.scam < 0.5": "no score.scam is above 0.8 and below 0.5 at once",
    "1.5 < campaign.violating_share": "campaign.violating_share is never above 1",
    "score.scam > 0.8 && !(score.scam > 0.5)": "no score.scam is above 0.8 and below 0.5",
    "!(score.scam <= 0.8 || item.is_edit) && score.scam < 0.3": "above 0.8 and below 0.3",
    "!!(actor.n_1h < 0)": "actor.n_1h is never below 0",
    "item.n_links > 2 && item.n_links < 3": "it is a whole number",
    "actor.n_1h == 3 && actor.n_1h > 5": "cannot be all of these",
    "item.language in ['en', 'tr'] && item.language == 'de'": "cannot be all of these",
    "item.is_edit && !(item.is_edit)": "cannot be all of these",
    "score.scam > 1.0 || item.n_links < 0": "score.scam > 1.0 || item.n_links < 0 is never true",
    "'trustd' == actor.standing": "did you mean trusted?",
}
ALWAYS = {
    "item.n_links >= 0": "item.n_links >= 0",
    "0 <= item.n_links": "item.n_links >= 0",
    "item.is_edit && score.scam <= 1.0": "score.scam <= 1.0",
    "actor.standing != 'trustd'": "actor.standing != 'trustd'",
    "item.is_edit || item.n_links > -1": "item.is_edit == true || item.n_links > -1",
    "!(campaign.violating_share > 1.0)": "!(campaign.violating_share > 1.0)",
}
MAY_BE = (
    "item.n_links >= 1",
    "actor.account_days >= 0.0",
    "item.buy_tax_percent >= 0.0",
    "item.n_links != 5",
    "score.scam > 0.8 && !(score.scam > 0.9)",
    "item.n_links > 2 && item.n_links < 4",
    "item.n_links in [3, -1]",
    "campaign.id != ''",
    "0.5 < score.scam || score.scam < 0.1",
)


@pytest.mark.parametrize("condition", NEVER)
def test_what_is_never_true_is_found(condition: str) -> None:
    why = never(a_rule(condition), compiled(condition))
    assert why is not None
    assert NEVER[condition] in why


@pytest.mark.parametrize("condition", ALWAYS)
def test_what_is_always_true_is_found(condition: str) -> None:
    rule = a_rule(condition)
    assert list(always(rule, compiled(condition))) == [ALWAYS[condition]]
    assert never(rule, compiled(condition)) is None


@pytest.mark.parametrize("condition", MAY_BE)
def test_what_may_be_is_passed(condition: str) -> None:
    rule = a_rule(condition)
    assert never(rule, compiled(condition)) is None
    assert list(always(rule, compiled(condition))) == []


def test_below_its_gate_a_score_says_nothing() -> None:
    condition = "score.scam >= 0.4"
    gated = a_rule(condition, label="scam", threshold=0.5)
    assert list(always(gated, compiled(condition))) == [condition]
    assert list(always(a_rule(condition), compiled(condition))) == []


@given(written, features_, signals_)
def test_what_is_told_of_every_item_is_so(
    text: str, features: Features, signals: list[Signal]
) -> None:
    condition, rule = compiled(text), a_rule(text)
    plan = policy_of(rule).plans
    highest: dict[str, float] = {}
    for one in signals:
        highest[one.label] = max(one.score, highest.get(one.label, 0.0))
    for surface in SURFACES:
        holds = _holds(text, surface, features, signals, highest, plan)
        if never(rule, condition):
            assert holds is not True
        for part in always(rule, condition):
            assert _holds(part, surface, features, signals, highest, plan) is not False


def _holds(
    text: str,
    surface: Surface,
    features: Features,
    signals: list[Signal],
    highest: dict[str, float],
    plans: dict[Surface, Plan],
) -> object:
    told = Given(surface=surface, now=NOW, signals=signals, features=features)
    facts = Facts(told, plans[surface], highest)  # type: ignore[arg-type] # labels
    return value(compiled(text).program, facts.named(reading([*VARIABLES, "signals"])))


KNOWN = ("text.risk", "image.nsfw")


@pytest.mark.parametrize(
    ("condition", "cause"),
    [
        ("signals.exists(s, s.detector == 'text.risc')", "text.risc; did you mean text.risk?"),
        ("signals.exists(s, s.detector in ['text.risk', 'x'])", "no detector is called x"),
        ("'text.risc@4' in missing", "text.risc; did you mean text.risk?"),
    ],
)
def test_detectors_that_there_are_not_are_found(condition: str, cause: str) -> None:
    (told,) = strange_detectors(compiled(condition), KNOWN)
    assert cause in told


@pytest.mark.parametrize(
    ("condition", "cause"),
    [
        ("'imagee' in missing", "imagee is never missing; did you mean image.*?"),
        ("'text.risk' in pending", "text.risk is never pending"),
        ("signals.exists(s, s.part == 'titel')", "no part is called titel; did you mean title?"),
    ],
)
def test_words_that_nothing_is_called_by_are_found(condition: str, cause: str) -> None:
    ((key, told),) = doubts(a_rule(condition), compiled(condition))
    assert key == "when"
    assert cause in told


@pytest.mark.parametrize(
    "condition",
    [
        "'image.*' in missing && 'text.risk@4' in pending && !('actor.memory' in missing)",
        "signals.exists(s, s.part in ['media[3]', 'retrieved[12]', 'joined', 'cashtags'])",
        "signals.exists(s, s.detector != 'image.nsfw' && s.detector.startsWith('image.'))",
    ],
)
def test_words_that_there_are_are_passed(condition: str) -> None:
    assert list(doubts(a_rule(condition), compiled(condition))) == []
    assert list(strange_detectors(compiled(condition), KNOWN)) == []
