import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import card as cards
from detectors.detector import Partial, signals_of
from detectors.session import ModelMismatch
from detectors.text.links.detector import CARD_FILE, MODEL_ID, Links
from detectors.text.links.store import Kind, StoreInvalid, pack, write
from schemas.content import TextPart
from schemas.signals import Signal

_TEXTS = [
    "",
    "gm everyone",
    "see https://www.wikipedia.org/wiki/Tide",
    "claim at hxxps://binance-airdrop[.]test/claim",
    "go to https://wikipedia.org@prize.example/now",
    "blocked.test, www.blocked.test and blocked.test again",
    "x" * 5000 + " http://3232235777/",
    "bіnance.com or b1nance.com",
    " ".join(f"https://n{at}.test/" for at in range(100)),
    "\ud800.test \u0000 . \u202e",
]


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Links:
    path = tmp_path_factory.mktemp("lists") / "store"
    entries = {
        "blocked.test": Kind.DENY,
        "it.live": Kind.DENY,
        "short.test/in": Kind.DENY,
        "binance-fans.example": Kind.ALLOW,
    }
    write(path, pack(entries))
    return Links(store=path)


def _part(text: str) -> TextPart:
    return TextPart(name="text", text=text)


def _signals(detector: Links, text: str) -> dict[str, Signal]:
    return {one.label: one for one in signals_of(detector.predict([_part(text)])[0])}


def test_a_batch_is_answered_as_one_by_one(detector: Links) -> None:
    parts = [_part(text) for text in _TEXTS]
    assert detector.predict(parts) == [detector.predict([part])[0] for part in parts]
    assert detector.predict(parts[::-1]) == detector.predict(parts)[::-1]


def test_nothing_in_nothing_out(detector: Links) -> None:
    assert detector.predict([]) == []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abinance.:/@[]()<> dot%2eｂ。\u200bіｘ-10xhtps", max_size=100))
def test_every_signal_has_score_span_and_evidence(detector: Links, text: str) -> None:
    for one in signals_of(detector.predict([_part(text)])[0]):
        assert 0.5 <= one.score <= 1.0
        assert not math.isnan(one.score)
        assert one.span is not None
        assert 0 <= one.span.start < one.span.end <= len(text)
        assert one.evidence
        assert one.label in detector.card.labels


@pytest.mark.parametrize("text", _TEXTS)
def test_no_text_is_too_odd(detector: Links, text: str) -> None:
    assert len(signals_of(detector.predict([_part(text)])[0])) <= 32


def test_a_blocked_name_and_its_subdomains_are_phishing(detector: Links) -> None:
    for text in (
        "blocked.test",
        "https://a.b.blocked.test/x",
        "BLOCKED[.]test",
        "bl\u200bocked.test",
    ):
        (one,) = _signals(detector, text).values()
        assert one.label == "phishing"
        assert one.score == 0.99
        assert one.evidence is not None
        assert one.evidence["blocked"] == "blocked.test"


def test_a_name_disguised_in_other_letters_is_still_blocked(detector: Links) -> None:
    assert _signals(detector, "https://blосked.test/")["phishing"].evidence  # Cyrillic letters


def test_a_blocked_path_blocks_that_path_alone(detector: Links) -> None:
    assert "blocked" in (_signals(detector, "short.test/in?x=1")["phishing"].evidence or {})
    assert "blocked" not in (
        _signals(detector, "short.test/out").get("phishing", _EMPTY).evidence or {}
    )


_EMPTY = Signal(label="phishing", score=0.5, detector=MODEL_ID, part="text")


def test_two_sentences_weigh_less_than_a_name(detector: Links) -> None:
    assert _signals(detector, "love it. live music")["phishing"].score == 0.6
    assert _signals(detector, "https://it.live")["phishing"].score == 0.99


def test_a_look_alike_says_whose(detector: Links) -> None:
    found = _signals(detector, "help is at binance-support.example")
    assert set(found) == {"phishing", "impersonation"}
    for one in found.values():
        assert one.evidence is not None
        assert one.evidence["host"] == "binance-support.example"
    assert "Binance (combined" in (found["impersonation"].evidence or {})["like"]


@pytest.mark.parametrize(
    "text",
    [
        "https://www.binance.com/en/support",
        "binance-fans.example is theirs, the list says",
        "https://bit.ly/3xample",
        "https://docs.python.org/3/library/zlib.html",
        "the file is main.py, run setup.sh and read README.md",
        "mail support@binance.com",
        "https://wikipedia.org@wikipedia.org/wiki",
    ],
)
def test_what_is_legitimate_is_left_alone(detector: Links, text: str) -> None:
    assert _signals(detector, text) == {}


@pytest.mark.parametrize(
    ("text", "trick"),
    [
        ("https://wikipedia.org@prize.example/now", "user name before the host"),
        ("http://3232235777/wallet", "address as a number"),
        ("[wikipedia.org](https://prize.example/now)", "shown text differs"),
    ],
)
def test_tricks_speak_for_themselves(detector: Links, text: str, trick: str) -> None:
    evidence = _signals(detector, text)["phishing"].evidence or {}
    assert evidence["trick"].startswith(trick)


def test_a_link_list_is_answered_in_part(detector: Links) -> None:
    answer = detector.predict([_part(" ".join(f"https://n{at}.test/" for at in range(100)))])[0]
    assert isinstance(answer, Partial)
    assert "64" in answer.cause


def test_lists_are_taken_up_while_running(tmp_path: Path) -> None:
    path = tmp_path / "store"
    write(path, pack({"one.test": Kind.DENY}))
    detector = Links(store=path)
    live = detector._live
    assert live is not None
    write(path, pack({"two.test": Kind.DENY, "three.test": Kind.DENY}))
    live._due_s = 0.0
    assert "blocked" in (_signals(detector, "https://two.test/")["phishing"].evidence or {})


def test_canonical_scores_hold() -> None:
    detector = Links()
    assert len(detector.card.canonical) == 5
    for one in detector.card.canonical:
        assert _signals(detector, one.text)[one.label].score == pytest.approx(one.score, abs=1e-6)


def test_a_changed_weight_file_is_refused() -> None:
    card = cards.read(MODEL_ID, CARD_FILE)
    changed = {**card.files, "weights": card.files["likeness"]}
    Links(card=card)
    with pytest.raises((ModelMismatch, ValueError)):
        Links(card=_with(card, changed))


def _with(card: cards.ModelCard, files: dict[str, cards.ModelFile]) -> cards.ModelCard:
    wrong = cards.ModelFile(
        path=files["weights"].path, sha256="0" * 64, size_bytes=files["weights"].size_bytes
    )
    return cards.ModelCard(id=card.id, labels=card.labels, files={**files, "weights": wrong})


def test_a_broken_store_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"no store")
    with pytest.raises(StoreInvalid):
        Links(store=path)
