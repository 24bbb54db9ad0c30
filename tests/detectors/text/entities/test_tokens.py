import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.entities import tokens
from detectors.text.entities.token_risk import factors, token_fraud
from schemas.events import TokenFacts
from tests.detectors.text.entities.conftest import Asker

RISING = (
    "top10_holders_percent",
    "buy_tax_percent",
    "sell_tax_percent",
    "creator_percent",
)
FALLING = ("lp_locked_percent", "n_holders")


@pytest.mark.parametrize(
    ("part", "text", "likeness"),
    [
        ("symbol", "USDT", "equal"),
        ("symbol", "$usdt", "equal"),
        ("symbol", "USD\u0422", "confusable"),
        ("symbol", "U5DT", "confusable"),
        ("symbol", "ＵＳＤＣ", "confusable"),
        ("token_name", "Tether USD", "equal"),
        ("token_name", "S0lana", "confusable"),
        ("token_name", "B\u0456tcoin", "confusable"),
        ("token_name", "Bitcoin Official", "with official"),
        ("token_name", "Ethereum 2.0", "with 2.0"),
        ("token_name", "Dogecoln", "confusable"),
        ("token_name", "Chainlinc", "one letter off"),
        ("token_name", "Litceoin", "one letter off"),
        ("name", "Tether USD (USDT)", "equal"),
        ("name", "Sleepy Otter (U5DT)", "confusable"),
        ("name", "Tether USD (OTTR)", "equal"),
        ("name", "S0lana", "confusable"),
        ("name", "Otter (one) ($usdt)", "equal"),
    ],
)
def test_names_that_pass_themselves_off(asker: Asker, part: str, text: str, likeness: str) -> None:
    (signal,) = [one for one in asker.signals(text, name=part) if one.label == "impersonation"]
    assert signal.score >= 0.6
    assert signal.evidence is not None
    assert signal.evidence["likeness"] == likeness


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("token_name", "Bitcoin Pizza"),
        ("token_name", "Baby Doge Racer"),
        ("token_name", "Moon Frog"),
        ("symbol", "FROG"),
        ("symbol", "BTCAT"),
        ("symbol", ""),
        ("symbol", "\u200d"),
        ("token_name", "🐸🐸🐸"),
        ("name", "Sleepy Otter (OTTR)"),
        ("name", "Bitcoin Pizza (PIZZA)"),
        ("name", "("),
        ("name", " ()"),
    ],
)
def test_jokes_and_themes_do_not(asker: Asker, part: str, text: str) -> None:
    assert asker.score(text, "token_name", name=part) == 0.0


def test_only_the_name_s_parts_are_compared(asker: Asker) -> None:
    assert asker.score("Tether USD", "token_name", name="description") == 0.0


@given(st.text(max_size=80))
def test_any_name_can_be_compared(text: str) -> None:
    assert tokens.skeleton(text) == tokens.skeleton(text)
    assert all(character.isalnum() for character in tokens.skeleton(text))


def test_no_facts_no_signal() -> None:
    assert token_fraud({}) is None
    assert token_fraud({"chain": "sol", "locale": "en"}) is None


def test_every_fact_of_the_event_counts() -> None:
    for fact in TokenFacts.__struct_fields__:
        value = True if fact.startswith("has_") else 1
        assert factors({fact: value}), fact


def test_a_sound_launch_scores_low_and_a_trap_high() -> None:
    sound = token_fraud(
        {
            "has_mint_authority": False,
            "has_freeze_authority": False,
            "lp_locked_percent": 100.0,
            "top10_holders_percent": 15.0,
            "buy_tax_percent": 0.0,
            "sell_tax_percent": 0.0,
            "n_holders": 800,
        }
    )
    trap = token_fraud(
        {
            "has_mint_authority": True,
            "has_freeze_authority": True,
            "lp_locked_percent": 0.0,
            "top10_holders_percent": 85.0,
            "sell_tax_percent": 45.0,
        }
    )
    assert sound is not None
    assert trap is not None
    assert sound.score < 0.05
    assert trap.score > 0.95
    assert trap.label == "token_fraud"
    assert trap.evidence is not None
    assert trap.evidence["why"].startswith("any launch -2.6, sell tax +3.2")


@given(
    fact=st.sampled_from(RISING + FALLING),
    low=st.floats(0, 100),
    more=st.floats(0, 100),
    rest=st.dictionaries(st.sampled_from(RISING), st.floats(0, 100)),
)
def test_a_worse_fact_never_lowers_the_score(
    fact: str, low: float, more: float, rest: dict[str, float]
) -> None:
    before = token_fraud(rest | {fact: low})
    after = token_fraud(rest | {fact: low + more})
    assert before is not None
    assert after is not None
    if fact in RISING:
        assert after.score >= before.score
    else:
        assert after.score <= before.score


@pytest.mark.parametrize("value", [True, "90", -1.0, float("nan")])
def test_a_fact_of_another_kind_counts_nothing(value: bool | str | float) -> None:
    assert factors({"sell_tax_percent": value}) == {}
