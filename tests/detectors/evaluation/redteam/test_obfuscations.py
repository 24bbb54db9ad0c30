"""The obfuscations, and how much of what they hide the normaliser reads."""

from random import Random

import pytest

from detectors.evaluation.normaliser import recovery, split_recovery, words
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS, split_messages, split_phrases

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


@pytest.mark.parametrize("text", TEXTS)
def test_phrases_are_two_to_four_messages_of_whole_words(text: str) -> None:
    numbers = set()
    for seed in range(9):
        messages = split_phrases(text, seeded(seed))
        assert " ".join(messages) == text
        assert max(map(len, messages)) < 0.8 * len(text)
        numbers.add(len(messages))
    assert numbers == {2, 3, 4}


def test_phrases_are_cut_between_characters_where_there_are_no_spaces() -> None:
    text = "请立即在 http://anquan.example 输入密码，否则冻结。"
    for seed in range(9):
        messages = split_phrases(text, seeded(seed))
        assert 2 <= len(messages) <= 4
        assert "".join(messages).replace(" ", "") == text.replace(" ", "")
        assert any("http://anquan.example" in one for one in messages)
        assert not any(one.startswith(("，", "。")) for one in messages)


@pytest.mark.parametrize("text", ["", " ", "word", "钱", "!"])
def test_one_word_cannot_be_cut(text: str) -> None:
    assert split_phrases(text, seeded(1)) == [text]


def test_words_of_scripts_without_spaces_are_characters() -> None:
    assert words("Hi 领取!") == {"hi", "领", "取"}
