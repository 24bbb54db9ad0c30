"""Evidence that leaves the pipeline quotes nothing private."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.entities.redaction import WITHHELD, without_private
from schemas.content import TextPart
from schemas.labels import Label
from schemas.signals import Signal, Span

PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
PRIVATE = {
    "seed_phrase": (PHRASE, "[seed phrase]"),
    "private_key": ("5JuW2AMDYu4xVwRG9DZW18VbzQrGcd5RCgb99sS6ehJsNQXu5b9", "[private key]"),
    "card": ("4242 4242 4242 4242", "[card]"),
    "phone": ("+44 20 7946 0958", "[phone]"),
    "email": ("jane.doe@mail.example", "[email]"),
    "iban": ("DE89370400440532013000", "[iban]"),
    "national_id": ("536-90-4399", "[national id]"),
}


def found(kind: str, text: str, value: str, *, part: str = "text") -> Signal:
    start = text.index(value)
    span = Span(start, start + len(value))
    return of("privacy", {"kind": kind, "why": "x +1.0"}, part=part, span=span)


def of(
    label: Label, evidence: dict[str, str] | None, *, part: str = "text", span: Span | None = None
) -> Signal:
    return Signal(
        label=label, score=0.9, detector="text.x@1", part=part, span=span, evidence=evidence
    )


def evidence_beside(kind: str, quoted: str, *, part: str = "text") -> dict[str, str]:
    """What is left of evidence that quotes, beside a private signal on the part `text`."""
    text = f"see {PRIVATE[kind][0]} now"
    signals = (
        found(kind, text, PRIVATE[kind][0]),
        of("phishing", {"kind": "k", "why": f"{quoted} +1.0", "quoted": quoted}, part=part),
    )
    parts = (TextPart(name="text", text=text), TextPart(name="title", text=quoted))
    first, second = without_private(signals, parts, is_read=True)
    assert first == signals[0]
    assert second.evidence is not None
    return second.evidence


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_quote_of_it_becomes_its_name(kind: str) -> None:
    value, placeholder = PRIVATE[kind]
    assert evidence_beside(kind, f"a {value} b")["quoted"] == f"a {placeholder} b"
    assert evidence_beside(kind, f"a {value.upper()} b")["quoted"] == f"a {placeholder} b"


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_quote_that_is_cut_or_spelt_otherwise_goes_as_a_whole(kind: str) -> None:
    value, placeholder = PRIVATE[kind]
    for quoted in (value[: len(value) * 2 // 3], value.replace(" ", "-")):
        if quoted != value:
            assert evidence_beside(kind, f"x.example/{quoted}")["quoted"] in {
                placeholder,
                f"x.example/{placeholder}",
            }


@pytest.mark.parametrize("kind", ["email", "card", "phone", "seed_phrase"])
def test_a_quote_that_is_escaped_goes_as_a_whole(kind: str) -> None:
    value, placeholder = PRIVATE[kind]
    for escaped in (quote(value), quote(quote(value)), "".join(f"%{ord(c):02x}" for c in value)):
        assert evidence_beside(kind, f"x.example/{escaped}")["quoted"] == placeholder


def test_words_of_a_phrase_in_a_list_go() -> None:
    assert evidence_beside("seed_phrase", "LEGAL WINNER THANK YEAR")["quoted"] == "[seed phrase]"


def test_a_mail_address_hides_neither_its_domain_nor_a_word_like_its_name() -> None:
    assert evidence_beside("email", "https://mail.example/x")["quoted"] == "https://mail.example/x"
    text = "mail support@shop.example"
    signals = (
        found("email", text, "support@shop.example"),
        of("impersonation", {"claims": "I am from Example support"}),
    )
    parts = (TextPart(name="text", text=text),)
    assert without_private(signals, parts, is_read=True) == signals


def test_what_quotes_nothing_private_stays() -> None:
    for kind in PRIVATE:
        assert evidence_beside(kind, "https://evil.test/claim")["quoted"] == (
            "https://evil.test/claim"
        )


def test_other_parts_are_left_alone() -> None:
    kept = evidence_beside("card", "4242 4242 4242 4242 of another part", part="title")
    assert kept["quoted"].startswith("4242")


def test_of_a_text_that_was_not_read_no_quote_is_kept() -> None:
    signals = (of("phishing", {"kind": "k", "why": "w", "link": "x"}), of("spam", None))
    first, second = without_private(signals, (), is_read=False)
    assert first.evidence == {"kind": "k", "why": "w", "link": WITHHELD}
    assert second == signals[1]


@given(st.text(max_size=40), st.text(min_size=1, max_size=40), st.integers(0, 40))
def test_no_quote_of_any_text_is_left(before: str, value: str, cut: int) -> None:
    text = before + value
    signals = (
        of("privacy", {"kind": "card"}, span=Span(len(before), len(text))),
        of("scam", {"quoted": text[:cut]}),
    )
    _, kept = without_private(signals, (TextPart(name="text", text=text),), is_read=True)
    assert kept.evidence is not None
    plain = "".join(filter(str.isalnum, value))
    if len(plain) >= 6 and value.isascii():
        assert value not in kept.evidence["quoted"]
