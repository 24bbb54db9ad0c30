import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.labels import LABELS
from schemas.signals import Signal
from schemas.topics import VERDICTS
from schemas.verdicts import Verdict
from streams.capacity import MAX_SIGNALS, MAX_VERDICT_BYTES, VerdictTooLarge, fitted, strongest
from tests.streams.archive.samples import verdict

from .samples import signal

MANY = MAX_SIGNALS + 500


def verdict_of(*signals: Signal) -> Verdict:
    return msgspec.structs.replace(verdict(), signals=signals)


def quoting(score: float, n_chars: int = 100) -> Signal:
    return msgspec.structs.replace(signal("phishing", score), evidence={"link": "x" * n_chars})


def test_up_to_the_limit_all_signals_are_kept() -> None:
    signals = tuple(signal("spam", number / MAX_SIGNALS) for number in range(MAX_SIGNALS))
    assert strongest(signals) == (signals, ())


def test_of_more_the_highest_are_kept_in_order_and_who_lost_some_is_named() -> None:
    low = [signal("spam", 0.1 + number / 1e5, by="text.low") for number in range(MANY)]
    high = [signal("scam", 0.9, by="text.high") for _ in range(MAX_SIGNALS - 10)]
    kept, cut = strongest([*low[:700], *high, *low[700:]])
    assert kept == (*high, *low[-10:])
    assert cut == ("text.low@1",)


def test_of_equal_scores_the_earlier_are_kept() -> None:
    signals = [signal("spam", 0.5, part=f"text[{number}]") for number in range(MANY)]
    assert strongest(signals)[0] == tuple(signals[:MAX_SIGNALS])


def test_a_flood_of_one_label_hides_no_other() -> None:
    flood = [signal("phishing", 0.99) for _ in range(MANY)]
    rare = [signal(label, 0.3, by=by) for label in LABELS for by in ("text.a", "text.b")]
    kept, cut = strongest([*flood, *rare])
    assert len(kept) == MAX_SIGNALS
    assert kept[-len(rare) :] == tuple(rare)
    assert cut == ("text.some@1",)


def test_a_verdict_that_fits_is_left_alone() -> None:
    whole = verdict_of(quoting(0.9))
    n_bytes = len(msgspec.json.encode(whole))
    assert fitted(whole, max_bytes=n_bytes) == (whole, msgspec.json.encode(whole))
    assert fitted(whole, max_bytes=n_bytes - 1)[0] != whole


def test_the_lowest_scores_lose_their_evidence_first() -> None:
    whole = verdict_of(quoting(0.6), quoting(0.9), quoting(0.5), quoting(0.7))
    n_bytes = len(msgspec.json.encode(whole))
    smaller, value = fitted(whole, max_bytes=n_bytes - 150)
    assert [one.evidence is None for one in smaller.signals] == [True, False, True, False]
    assert [one.score for one in smaller.signals] == [0.6, 0.9, 0.5, 0.7]
    assert msgspec.json.decode(value, type=Verdict) == smaller


def test_then_the_lowest_signals_go_and_the_reasons_stay() -> None:
    whole = verdict_of(*(quoting(number / 100) for number in range(100)))
    bare = len(msgspec.json.encode(verdict_of()))
    smaller, value = fitted(whole, max_bytes=bare + 1_000)
    scores = [one.score for one in smaller.signals]
    assert scores == [number / 100 for number in range(100 - len(scores), 100)]
    assert 0 < len(scores) < 20
    assert (smaller.reasons, smaller.action) == (whole.reasons, whole.action)
    assert bare + 900 < len(value) <= bare + 1_000


def test_what_is_too_large_without_signals_is_refused() -> None:
    bare = len(msgspec.json.encode(verdict_of()))
    assert fitted(verdict_of(quoting(0.5)), max_bytes=bare)[0].signals == ()
    with pytest.raises(VerdictTooLarge, match=f"{bare} bytes"):
        fitted(verdict_of(), max_bytes=bare - 1)


@given(
    st.lists(st.builds(quoting, st.sampled_from([0.2, 0.5, 0.9]), st.integers(0, 90)), max_size=12),
    st.integers(0, 3_000),
)
def test_no_verdict_is_larger_than_allowed(signals: list[Signal], room: int) -> None:
    whole = verdict_of(*signals)
    max_bytes = len(msgspec.json.encode(verdict_of())) + room
    smaller, value = fitted(whole, max_bytes=max_bytes)
    assert len(value) <= max_bytes
    assert fitted(whole, max_bytes=max_bytes) == (smaller, value)
    assert msgspec.structs.replace(smaller, signals=()) == verdict_of()


def test_the_limit_leaves_room_for_key_headers_and_framing() -> None:
    assert VERDICTS.max_message_bytes - MAX_VERDICT_BYTES == 4_096
