"""What is disguised is found and redacted; what a disguise only looks like is not."""

from base64 import b64encode
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.detector import Partial, signals_of
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS
from detectors.text.entities.detector import Entities
from detectors.text.entities.finding import Finding
from detectors.text.entities.redaction import redacted, without_private
from detectors.text.entities.rendering import Rendering
from detectors.text.entities.scoring import Judged
from detectors.text.entities.trust import counts, merged
from schemas.content import TextPart
from schemas.labels import Label
from schemas.signals import Signal
from tests.detectors.text.entities.conftest import Asker

PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
KEY = "5JuW2AMDYu4xVwRG9DZW18VbzQrGcd5RCgb99sS6ehJsNQXu5b9"
ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
HEXADECIMAL = "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
UNSEEN = {"latin_homoglyphs", "spaced_evenly", "accented", "markdown", "romanised", "two_at_once"}
"""Ways to hide words that change nothing here, or are not always seen through."""
WORDS = sorted(OBFUSCATIONS.keys() - UNSEEN)
SENTENCES = sorted(set(WORDS) - {"words_backwards", "leetspeak", "leet_signs"})
"""Of these, what is seen through in short sentences: `1 4m` is not."""
CODES = (
    *("cyrillic_homoglyphs", "zero_width", "bidi_marks", "spaced", "dotted", "full_width"),
    *("mathematical", "enclosed", "zalgo", "struck", "html_tags", "html_entities"),
    *("percent_encoded", "escapes", "base64_payload", "base64_twice", "hex_payload", "binary"),
)
"""Ways to hide what is no word that are seen through."""


def disguised(text: str, name: str) -> str:
    hidden = OBFUSCATIONS[name](text, Random(1))  # noqa: S311 - a fixed seed
    assert hidden != text
    return hidden


def of(signals: tuple[Signal, ...], kind: str) -> Signal:
    (found,) = [one for one in signals if one.evidence and one.evidence["kind"] == kind]
    return found


def stretch(text: str, signal: Signal) -> str:
    assert signal.span is not None
    return text[signal.span.start : signal.span.end]


@pytest.mark.parametrize("name", WORDS)
def test_a_phrase_in_disguise_is_found_and_redacted(asker: Asker, name: str) -> None:
    hidden = disguised(PHRASE, name)
    signals = asker.signals(hidden)
    found = of(signals, "seed_phrase")
    assert found.score == asker.score(PHRASE, "seed_phrase")
    kept = redacted(hidden, signals)
    assert asker.score(kept, "seed_phrase") == 0.0
    assert not set(PHRASE.split()) & set(kept.replace("[seed phrase]", "").split())


@pytest.mark.parametrize("name", CODES)
def test_a_key_in_disguise_is_found_and_redacted(asker: Asker, name: str) -> None:
    hidden = disguised(KEY, name)
    signals = asker.signals(hidden)
    found = of(signals, "private_key")
    assert found.score == asker.score(KEY, "private_key")
    assert found.evidence is not None
    assert found.evidence["begins"] == KEY[:4]
    kept = redacted(hidden, signals).replace("[private key]", "")
    assert not any(map(str.isalnum, kept))


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize(
    ("text", "kind"),
    [("Send me your seed phrase", "secret_request"), ("I am from Kraken support", "staff_claim")],
)
def test_requests_and_claims_in_disguise_are_found(
    asker: Asker, text: str, kind: str, name: str
) -> None:
    assert asker.score(disguised(text, name), kind) >= asker.score(text, kind)


@pytest.mark.parametrize(
    ("text", "wanted", "steps"),
    [
        ("ok пришлите мне вашу cид-фрaзy now", "пришлите мне вашу cид-фрaз", "script"),
        ("hi! s3nd m3 y0ur s33d phr4s3 pls", "s3nd m3 y0ur s33d phr4s3", "leet"),
        ("now send me your seed  phrase", "send me your seed  phrase", "spaces"),
        ("now send me your seed\u00a0phrase", "send me your seed\u00a0phrase", "spaces"),
        ("now send me your s e e d p h r a s e!", "send me your s e e d p h r a s e", "spaced"),
        (
            "now send me your s\u200be\u200bed phrase",
            "send me your s\u200be\u200bed phrase",
            "invisible",
        ),
    ],
)
def test_the_span_is_that_of_the_text_as_given(
    asker: Asker, text: str, wanted: str, steps: str
) -> None:
    found = of(asker.signals(text), "secret_request")
    assert stretch(text, found) == wanted
    assert found.evidence is not None
    assert found.evidence["undone"] == steps


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"keep {PHRASE.replace('e', 'е')}!", "keep [seed phrase]!"),
        (f"a {b64encode(PHRASE.encode()).decode()} b", "a [seed phrase] b"),
        (f"my pr1v4te k3y is {HEXADECIMAL} ok", "my pr1v4te k3y is [private key] ok"),
        (f"a {'-'.join(KEY)} b", "a [private key] b"),
        ("card 42\u200b42 4242 4242 42\u200b42, ok", "card [card], ok"),
        ("card ４２４２ ４２４２ ４２４２ ４２４２, ok", "card [card], ok"),
        ("call me +①②①②⑤⑤⑤⓪①⑧⑦", "call me [phone]"),
        ("jane.d\u200boe@mail.example!", "[email]!"),
        ("jane.doe&#64;mail.example!", "[email]!"),
        ("jаne.doe@mаil.example!", "[email]!"),
        ("DE89 3704\u200b 0044 0532 0130 00", "[iban]"),
    ],
)
def test_what_is_private_in_disguise_is_redacted(asker: Asker, text: str, wanted: str) -> None:
    assert redacted(text, asker.signals(text)) == wanted


def test_what_a_disguise_hides_half_of_is_redacted_whole(asker: Asker) -> None:
    text = "write to j\u200bane@mail.example"
    assert redacted(text, asker.signals(text)) == "write to [email]"


@pytest.mark.parametrize(
    "text",
    [
        "c4rd 4Z4Z 4Z4Z 4Z4Z 4Z4Z is n0t a numb3r",
        "c4ll m3 0n +l2l2555Ol87 pl34s3",
        f"giv3away, d0uble back: {ADDRESS.replace('5', 's', 1)} s3nd n0w",
        f"giv3away, d0uble back: {ADDRESS.replace('F', 'f', 1)} s3nd n0w",
        "Visa  4242  4242  4242  4242\tpaid",
        "the qu1ck br0wn f0x jumps 0ver the l4zy d0g",
    ],
)
def test_no_key_card_or_address_is_made_of_a_guess(asker: Asker, text: str) -> None:
    kinds = {one.evidence["kind"] for one in asker.signals(text) if one.evidence}
    assert kinds.isdisjoint({"seed_phrase", "private_key", "card", "phone", "address"})


@pytest.mark.parametrize("address", ["raw", "public key", "unchecked"])
def test_an_address_without_a_checksum_must_stand_there(address: str) -> None:
    text = "s3nd to abc0"
    finding = Finding(
        kind="address", start=8, end=12, evidence={"form": address, "why": "mention -3.0"}
    )
    for read, is_there in (("send to abc0", True), ("send to abco", False)):
        way = Rendering(read, ("leet",), range(12), range(1, 13))
        assert counts(way, Judged("scam", 0.5, finding), text) == is_there


def test_bait_counts_where_its_secret_does(asker: Asker) -> None:
    words = PHRASE.replace("yellow", "legal")
    text = f"my seed phrase: {words} help me withdraw usdt"
    assert {"seed_phrase", "secret_bait"} <= {
        one.evidence["kind"] for one in asker.signals(text) if one.evidence
    }
    glued = f"my seed phrase: {words.replace(' ', '')} help me withdraw usdt"
    assert asker.score(glued, "secret_bait") == asker.score(glued, "seed_phrase") == 0.0


def test_a_listed_address_in_disguise_is_found() -> None:
    entities = Entities(listed=frozenset({f"evm:{ADDRESS.lower()}"}))
    for text in ("\u200b".join(ADDRESS), f"s3nd m0n3y to {ADDRESS.lower().replace('a', 'а')}"):
        found = of(signals_of(entities.predict([TextPart(name="text", text=text)])[0]), "address")
        assert found.score > 0.9
        assert stretch(text, found)[0] == "0"


@pytest.mark.parametrize(
    "text",
    [
        "Nеver share your sееd phrаse with anyone",
        "n3v3r s3nd y0ur s33d phr4s3 to any0ne",
        "sooooo happyyyy today, yesss",
        "привeт, как дeла",
        "ΑΒΓ δεζ 1. 2. 3. 4. 5. 6. 7. 8. 9.",
        "① milk ② bread ③ tea ④ salt ⑤ oil ⑥ rice ⑦ beans",
        "营业时间：０９：００～１８：００，２０２４年１１月２８日",
        "SGVsbG8sIGhvdyBhcmUgeW91IHRvZGF5Pw==",
    ],
)
def test_harmless_disguises_raise_nothing(asker: Asker, text: str) -> None:
    assert [one for one in asker.signals(text) if one.score >= 0.5] == []


@pytest.mark.parametrize(
    "text",
    [
        f"{PHRASE} good",
        f"{KEY} good morning",
        "card 4242 4242 4242 4242 is good money",
        "I am from Kraken support, send good money",
        "telegram @abcde, dm me, good money",
        "jane@mail.example +44 20 7946 0958 good",
    ],
)
def test_nothing_is_found_twice(asker: Asker, text: str) -> None:
    def found(text: str) -> list[tuple[str, str, float]]:
        return [(one.label, (one.evidence or {})["kind"], one.score) for one in asker.signals(text)]

    assert found(text)
    assert found(text.replace("good", "g00d")) == found(text)


def test_what_stands_there_undisguised_needs_no_steps(asker: Asker) -> None:
    found = of(asker.signals(f"{PHRASE} sooooo g00d"), "seed_phrase")
    assert found.evidence is not None
    assert "undone" not in found.evidence


def test_evidence_of_other_detectors_quotes_nothing_undisguised(asker: Asker) -> None:
    hidden = PHRASE.replace("e", "е").replace("a", "а")
    quoting = Signal(
        label="scam",
        score=0.9,
        detector="text.x@1",
        part="text",
        evidence={"kind": "k", "quoted": PHRASE},
    )
    signals = (*asker.signals(hidden), quoting)
    parts = (TextPart(name="text", text=hidden),)
    *_, kept = without_private(signals, parts, is_read=True)
    assert kept.evidence == {"kind": "k", "quoted": "[seed phrase]"}


def test_a_text_not_read_in_all_disguises_is_told(asker: Asker) -> None:
    answer = asker.entities.predict([TextPart(name="text", text="\ufdfa" * 10_000)])[0]
    assert answer == () or isinstance(answer, Partial)


def one_of(label: Label, kind: str, score: float, start: int, end: int) -> Judged:
    return Judged(label, score, Finding(kind=kind, start=start, end=end, evidence={}))


def test_of_two_readings_the_higher_stays() -> None:
    low, high = one_of("scam", "doubling", 0.4, 0, 9), one_of("scam", "doubling", 0.7, 2, 8)
    apart = one_of("scam", "doubling", 0.2, 9, 12)
    assert merged([[low], [high, apart]]) == [high, apart]
    assert merged([[high], [low]]) == [high]


def test_of_equal_readings_the_first_stays() -> None:
    first = one_of("spam", "off_platform", 0.5, 0, 9)
    assert merged([[first], [one_of("spam", "off_platform", 0.5, 0, 9)]])[0] is first


def test_other_kinds_stay_beside_each_other() -> None:
    address = one_of("scam", "address", 0.5, 0, 9)
    bait = one_of("scam", "secret_bait", 0.6, 0, 9)
    assert merged([[address], [bait]]) == [address, bait]


def test_what_is_private_stays_covered() -> None:
    phone, card = one_of("privacy", "phone", 0.2, 0, 12), one_of("privacy", "card", 0.8, 4, 20)
    (found,) = merged([[phone], [card]])
    assert (found.score, found.finding.kind) == (0.8, "card")
    assert (found.finding.start, found.finding.end) == (0, 20)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.integers(1, 9)), max_size=8),
        min_size=1,
        max_size=4,
    )
)
def test_merging_uncovers_nothing_private(given_: list[list[tuple[float, int, int]]]) -> None:
    readings = [
        [one_of("privacy", "card", score, start, start + n) for score, start, n in found]
        for found in given_
    ]
    covered = {
        at
        for found in readings
        for one in found
        for at in range(one.finding.start, one.finding.end)
    }
    kept = {at for one in merged(readings) for at in range(one.finding.start, one.finding.end)}
    assert kept == covered


def test_a_batch_of_disguises_answers_as_one_by_one(asker: Asker) -> None:
    parts = [
        TextPart(name="text", text=disguised(PHRASE, name))
        for name in (*WORDS, "accented", "markdown", "spaced_evenly")
    ]
    predict = asker.entities.predict
    assert predict(parts) == [predict([part])[0] for part in parts]
    assert predict(parts[::-1])[::-1] == predict(parts)
