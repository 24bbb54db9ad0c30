import pytest
from stdnum.cn import ric

from detectors.text.entities import numbers, personal
from detectors.text.entities.redaction import redacted
from tests.detectors.text.entities.conftest import Asker

# Card numbers that networks publish for tests: https://docs.stripe.com/testing#cards
CARDS = {
    "4242424242424242": "visa",
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "378282246310005": "amex",
    "6011111111111117": "discover",
    "36227206271667": "diners",
    "3566002020360505": "jcb",
    "6200000000000005": "unionpay",
}
# Examples of the IBAN registry, https://www.swift.com/standards/data-standards/iban
IBANS = (
    "GB29 NWBK 6016 1331 9268 19",
    "DE89370400440532013000",
    "FR14 2004 1010 0505 0001 3M02 606",
    "BR18 0036 0305 0000 1000 9795 493C 1",
    "TR33 0006 1005 1978 6457 8413 26",
)
# Examples in the documentation of python-stdnum, https://arthurdejong.org/python-stdnum/doc/
IDENTITIES = {
    "us ssn": "536-90-4399",
    "cn ric": "360426199101010071",
    "br cpf": "390.533.447-05",
    "kr rrn": "971013-9019902",
    "it codice fiscale": "RCCMNL83S18D969H",
    "es dni": "DNI 54362315-K",
    "es nie": "NIE x-2482300w",
    "in aadhaar": "aadhaar 2341 2341 2346",
    "tr kimlik": "kimlik 17291716060",
    "ru inn": "ИНН 123456789047",
}
# Numbers set aside for fiction: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
PHONES = (
    "call +44 20 7946 0958 now",
    "+1 (202) 555-0143",
    "(202) 555-0143",
    "202-555-0143",
    "my phone is 0171 5550 123",
    "звоните 8 495 000 00 00",
    "电话 010 5550 1234",
    "desk: +1-202-555-0143x22",
)


@pytest.mark.parametrize(("digits", "brand"), CARDS.items())
def test_published_cards(digits: str, brand: str) -> None:
    for written in (digits, f"my card {digits[:4]} {digits[4:]}"):
        (found,) = numbers.cards(written)
        assert found.evidence["brand"] in {brand, "maestro"}


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424243",
        "order 1234567890123456",
        "0000000000000000",
        "4242.4242.4242.4242",
        "42424242424242424242424242",
    ],
)
def test_other_digits_are_no_card(text: str) -> None:
    assert numbers.cards(text) == []


@pytest.mark.parametrize("text", IBANS)
def test_published_ibans_in_running_text(text: str) -> None:
    whole = f"pay to {text} please"
    (found,) = numbers.ibans(whole)
    assert whole[found.start : found.end] == text


def test_an_iban_with_a_slip_is_none() -> None:
    assert numbers.ibans("GB29 NWBK 6016 1331 9268 18") == []


@pytest.mark.parametrize(("form", "text"), IDENTITIES.items())
def test_published_identity_numbers(form: str, text: str) -> None:
    assert [one.evidence["form"] for one in numbers.identities(text)] == [form]


@pytest.mark.parametrize("text", ["000-12-3456", "17291716060", "2341 2341 2346", "111.111.111-12"])
def test_numbers_that_nothing_announces(text: str) -> None:
    assert numbers.identities(text) == []


def test_an_identity_number_of_no_county_is_none() -> None:
    number = "11999919900101001"
    whole = f"id {number}{ric.calc_check_digit(number + 'X')}"
    assert numbers.identities(whole) == []


@pytest.mark.parametrize("text", PHONES)
def test_phone_numbers(text: str) -> None:
    assert [one.kind for one in personal.find(text)] == ["phone"]


@pytest.mark.parametrize(
    "text",
    [
        "price went from 64 200 to 65 100 today",
        "2026-11-22 and 22.11.2026",
        "block 1234567 of 7654321",
        "+999 123 456 7890",
        "$1,234,567.89",
        "version 1.2.3.4.5.6.7",
        "0x1234567890",
        "1/2/3/4/5/6/7",
    ],
)
def test_other_numbers_are_no_phone(text: str) -> None:
    assert personal.find(text) == []


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("write to jane.doe+x@mail.example.org today", 1),
        ("a@b", 0),
        ("@everyone hi", 0),
        ("x@y.example, z@y.example", 2),
        ("me@@example.org", 0),
    ],
)
def test_mail_addresses(text: str, n: int) -> None:
    assert [one.kind for one in personal.find(text)] == ["email"] * n


def test_another_s_data_scores_higher_than_one_s_own(asker: Asker) -> None:
    own = asker.score("call me at +44 20 7946 0958", "phone")
    other = asker.score("here is his phone number, leak it: +44 20 7946 0958", "phone")
    assert own < 0.4
    assert other > 0.6


def test_a_public_mailbox_hardly_counts(asker: Asker) -> None:
    assert asker.score("mail support@shop.example", "email") < 0.1


def test_redaction_covers_all_that_is_private(asker: Asker) -> None:
    text = (
        "Jane, jane@mail.example, +44 20 7946 0958, card 4242 4242 4242 4242, "
        "IBAN DE89370400440532013000, ssn 536-90-4399, "
        "legal winner thank year wave sausage worth useful legal winner thank yellow, "
        "5JuW2AMDYu4xVwRG9DZW18VbzQrGcd5RCgb99sS6ehJsNQXu5b9"
    )
    assert redacted(text, asker.signals(text)) == (
        "Jane, [email], [phone], card [card], IBAN [iban], ssn [national id], "
        "[seed phrase], [private key]"
    )


def test_redaction_leaves_addresses_and_claims(asker: Asker) -> None:
    text = "I am from Kraken support, send to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert asker.signals(text)
    assert redacted(text, asker.signals(text)) == text


def test_redaction_covers_what_is_too_much_to_list(asker: Asker) -> None:
    text = " ".join(f"user{n}@mail.example" for n in range(500))
    assert "@" not in redacted(text, asker.signals(text))


def test_evidence_holds_no_personal_data(asker: Asker) -> None:
    text = "jane@mail.example +44 20 7946 0958 4242 4242 4242 4242 DE89370400440532013000"
    for signal in asker.signals(text):
        assert signal.span is not None
        assert signal.evidence is not None
        value = text[signal.span.start : signal.span.end]
        assert value not in signal.evidence.values()
