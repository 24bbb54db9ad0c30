import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.lasting import MAX_TEXTS, Lasting, is_same
from detectors.media import Place, Transcript
from schemas.signals import TimeRange

GOOD = "https://accounts.binance.com/en/register?ref=LIMIT_4F9A2C"
LURE = "https://accounts.blnance.com/en/register?ref=LIMIT_4F9A2C"
CAPTION = "Official deposit address of the exchange, see our help pages for details: "


def read(text: str, *, is_quotable: bool = True, confidence: float = 0.9) -> Transcript:
    return Transcript(
        reader="image.some@1",
        part="media[0]",
        text=text,
        confidence=confidence,
        places=(Place(start=0, end=len(text)),),
        is_quotable=is_quotable,
    )


def second(n: int) -> TimeRange:
    return TimeRange(start_ms=1000 * n, end_ms=1000 * n + 1000)


def lasting(*ones: Transcript) -> Lasting:
    texts = Lasting()
    for n, one in enumerate(ones):
        texts.add(one, second(n))
    return texts


def test_codes_of_look_alikes_are_two() -> None:
    found = lasting(*(read(text, is_quotable=False) for text in (GOOD, LURE, GOOD))).kept
    assert [one.text for one in found] == [GOOD, LURE]
    assert found[0].places[0].time_range == TimeRange(start_ms=0, end_ms=3000)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CAPTION + "TQ5NtwLZyRzJvP7iZUzH1bB7fK9PzJYw3a", CAPTION + "TQ5NxxLZyRzJvP7iZUzH1bB7fK9Pz"),
        (
            CAPTION + "TQNtwLZyRzJvPiZUzHbBfKPzJYwaQaRT",
            CAPTION + "TQNtwLZyRzJvPiZUzHbBfKPzJYwaQaRS",
        ),
        (f"Log in at {GOOD}", f"Log in at {LURE}"),
        ("We will never ask you for 1 BTC, do not send any", "We will never ask you for 2 BTC, do"),
        ("You should not send anything to this address", "You should now send anything to this"),
        (
            "Send your coins to the wallet of our USDT team",
            "Send your coins to the wallet of our USDC",
        ),
        ("官方客服不会向你索要助记词请放心", "官方客服只会向你索要助记词请放心"),
    ],
)
def test_what_matters_makes_another_text(one: str, other: str) -> None:
    assert not is_same(read(one), read(other))


def test_a_misread_letter_does_not() -> None:
    clear, smudged = "Send 1 ETH and get 2 ETH back today", "Sond 1 ETH and get 2 ETH baok today"
    found = lasting(read(smudged, confidence=0.7), read(clear)).kept
    assert [one.text for one in found] == [clear]
    assert found[0].places[0].time_range == TimeRange(start_ms=0, end_ms=2000)


def test_texts_past_the_bound_are_counted() -> None:
    found = lasting(*(read(f"Number {n}") for n in range(MAX_TEXTS + 3)))
    assert (len(found.kept), found.n_left_out) == (MAX_TEXTS, 3)


@given(st.lists(st.text(st.sampled_from("ab1./ "), min_size=1, max_size=30), max_size=8))
def test_of_every_word_with_a_digit_or_a_sign_one_is_kept(texts: list[str]) -> None:
    kept = {word for one in lasting(*map(read, texts)).kept for word in one.text.split()}
    assert kept >= {word for text in texts for word in text.split() if not word.isalpha()}
