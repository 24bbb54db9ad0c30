"""Texts in capitals are read in small letters too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.normaliser.mapped import Mapped
from detectors.text.risk.cases import lowered
from detectors.text.risk.readings import read


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ("SEND ME YOUR COINS!", "send me your coins!"),
        ("SEND COINS", "send coins"),
        ("Send Me Your Coins Now", "send me your coins now"),
        ("ОТПРАВЬ МНЕ МОНЕТЫ", "отправь мне монеты"),
        ("KAPIYI AÇ, İÇERİ GİR ŞİMDİ", "kapıyı aç, içeri gir şimdi"),
        ("STRAẞE FREI MACHEN", "straße frei machen"),
        (
            "Good morning to all of you. SEND ME ALL YOUR COINS. It was fine.",
            "Good morning to all of you. send me all your coins. it was fine.",
        ),
        ("we say: Send Me Your Coins Now, and more", "we say: send me your coins now, and more"),
        ("$ZORB TO THE MOON 100X TODAY", "$zorb to the moon 100x today"),
    ],
)
def test_capitals(text: str, small: str) -> None:
    found = lowered(Mapped.of(text))
    assert found is not None
    assert found.text == small


@pytest.mark.parametrize(
    "text",
    [
        *("gm everyone", "Good morning to you all", "I think BTC and ETH go up", "BTC", "", "12 %"),
        *(
            "New York",
            "Das Haus am See ist sehr schön",
            "今天天气很好",
            "مرحبا بكم",
            "NASA said so",
        ),
    ],
)
def test_ordinary_texts_are_left(text: str) -> None:
    assert lowered(Mapped.of(text)) is None


@given(st.text())
def test_places_stay(text: str) -> None:
    found = lowered(Mapped.of(text))
    assert found is None or len(found.text) == len(text) == len(found.starts)


def test_small_letters_are_read_as_the_whole_and_in_parts() -> None:
    text = "GOOD MORNING ALL OF YOU. SEND ME YOUR COINS NOW."
    found, _ = read(text)
    assert [(one.text, one.is_part) for one in found] == [
        (text, False),
        (text.lower(), False),
        ("good morning all of you.", True),
        ("send me your coins now.", True),
    ]
    span = found[-1].span
    assert span is not None
    assert text[span.start : span.end] == "SEND ME YOUR COINS NOW."
