"""The obfuscations, and how much of what they hide the normaliser reads."""

from random import Random

import pytest

from detectors.evaluation.normaliser import recovery, split_recovery, words
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS, split_messages

TEXTS = [
    "Please confirm your wallet address today",
    "The new version will be ready next week",
    "Por favor confirma tu dirección hoy mismo",
    "Bitte bestätigen Sie heute noch die Adresse",
    "Lütfen bugün cüzdan adresini onaylayın",
    "Пожалуйста, подтвердите сегодня адрес кошелька",
    "Новая версия будет готова на следующей неделе",
    "मुझे अभी अपने घर का पता भेजो",
]
FLOORS = {"romanised": 0.3, "accented": 0.6, "two_at_once": 0.4, "spaced_evenly": 0.6}
"""Least share of the words that must come back, where it is not 0.75."""


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def test_there_are_more_than_twenty() -> None:
    assert len(OBFUSCATIONS) > 40


@pytest.mark.parametrize("name", OBFUSCATIONS)
@pytest.mark.parametrize("text", ["", "!", "领取代币", "\ud83d", *TEXTS[:6:5]])
def test_the_same_seed_hides_a_text_the_same_way(name: str, text: str) -> None:
    hide = OBFUSCATIONS[name]
    if "\ud83d" in text and (
        "64" in name or name in {"hex_payload", "binary", "decimal", "two_at_once"}
    ):
        pytest.skip("bytes of a lone surrogate")
    assert hide(text, seeded(7)) == hide(text, seeded(7))


@pytest.mark.parametrize("name", OBFUSCATIONS)
def test_some_text_is_changed(name: str) -> None:
    assert any(OBFUSCATIONS[name](text, seeded(1)) != text for text in TEXTS)


@pytest.mark.parametrize("name", OBFUSCATIONS)
def test_most_of_a_hidden_text_comes_back(name: str) -> None:
    found = recovery(name, TEXTS)
    assert found.n
    assert found.found >= FLOORS.get(name, 0.75)
    assert found.found > found.seen or name == "alternating_case"


def test_texts_split_over_messages_come_back() -> None:
    assert split_recovery(TEXTS).found >= 0.75


def test_a_split_text_loses_only_blanks() -> None:
    for seed in range(9):
        whole = "".join(split_messages(TEXTS[0], seeded(seed)))
        assert whole.replace(" ", "") == TEXTS[0].replace(" ", "")


def test_words_of_scripts_without_spaces_are_characters() -> None:
    assert words("Hi 领取!") == {"hi", "领", "取"}
