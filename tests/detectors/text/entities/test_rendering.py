from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.entities.rendering import renderings

ORDINARY = (
    "",
    "gm everyone, lovely morning",
    "Never share your seed phrase with anyone.",
    "Guten Morgen, wie geht es dir heute?",
    "Доброе утро, как дела?",
    "今天天气很好，我们去散步吧。",
    "صباح الخير كيف حالك اليوم",
    "El precio subió un 5 % en 24 horas",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_read_as_it_stands(text: str) -> None:
    (one,), is_all = renderings(text)
    assert (one.text, one.steps, is_all) == (text, (), True)


@pytest.mark.parametrize(
    ("text", "read", "steps"),
    [
        ("s33d phr4s3", "seed phrase", ("leet",)),
        ("s\u200beed phrase", "seed phrase", ("invisible",)),
        ("４２ ４２", "42 42", ("styled",)),
        ("4\ufe0f\u20e32\u20e3 ①②", "42 12", ("styled",)),
        ("٤٢ \U0001d7d2", "42 4", ("styled",)),
        (" ".join("5JuW2AMDYu4xVwRG9DZW18VbzQrGcd"), "5JuW2AMDYu4xVwRG9DZW18VbzQrGcd", ("spaced",)),
        ("tuo yfirev esaelp tellaw", "out verify please wallet", ("reversed",)),
        ("91ove ba1l s3nd m0n3y n0w", "glove ball s3nd m0n3y now", ("leet",)),
    ],
)
def test_a_disguise_is_undone_and_named(text: str, read: str, steps: tuple[str, ...]) -> None:
    found, is_all = renderings(text)
    assert is_all
    assert (read, steps) in [(one.text, one.steps) for one in found[1:]]


def test_places_are_those_of_the_text_as_given() -> None:
    text = f"see {quote('s33d')} s\u200bee\u200bd ok"
    (plain, shown, *_), _ = renderings(text)
    assert plain.text == "see s33d s\u200bee\u200bd ok"
    assert shown.text == "see seed seed ok"
    start, end = shown.place(9, 13)
    assert text[start:end] == "s\u200bee\u200bd"
    assert shown.within(start, end) == "seed"
    assert shown.within(0, len(text)) == shown.text


@pytest.mark.parametrize("unit", ["\ufdfa", "\ufdfas33d ", "％４", "\U0001f1e6"])
def test_what_grows_when_undone_is_bounded(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    found, _ = renderings(text)
    assert sum(len(one.text) for one in found[1:]) <= 2 * len(text) + 65_536


def test_what_is_not_read_is_told() -> None:
    found, is_all = renderings("\ufdfa" * 10_000)
    assert is_all or len(found) == 1


@given(st.text(max_size=120))
def test_any_text_is_read_in_places_of_its_own(text: str) -> None:
    found, _ = renderings(text)
    assert len({one.text for one in found}) == len(found)
    for one in found:
        assert len(one.starts) == len(one.ends) == len(one.text)
        assert list(one.starts) == sorted(one.starts)
        assert list(one.ends) == sorted(one.ends)
        assert all(0 <= a < b <= len(text) for a, b in zip(one.starts, one.ends, strict=True))
