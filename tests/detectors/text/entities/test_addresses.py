import json
from pathlib import Path
from typing import NamedTuple

import pytest

from detectors.text.entities import addresses, bech32, ton

VECTORS = Path(__file__).parent / "vectors"
TABLE = json.loads((VECTORS / "addresses.json").read_text(encoding="utf-8"))
BECH32 = json.loads((VECTORS / "bech32.json").read_text(encoding="utf-8"))
TRIPLES = json.loads((VECTORS / "x_addresses.json").read_text(encoding="utf-8"))["triples"]


class Case(NamedTuple):
    chain: str
    text: str


VALID = [Case(chain, text) for chain, one in TABLE.items() for text in one["valid"]]
INVALID = [Case(chain, text) for chain, one in TABLE.items() for text in one["invalid"]]


@pytest.mark.parametrize("case", VALID, ids=str)
def test_published_addresses_are_recognised(case: Case) -> None:
    found = addresses.parse(case.text)
    assert found is not None
    assert found.chain == case.chain


@pytest.mark.parametrize("case", INVALID, ids=str)
def test_published_slips_are_refused(case: Case) -> None:
    found = addresses.parse(case.text)
    assert found is None or found.chain != case.chain


@pytest.mark.parametrize("case", VALID, ids=str)
def test_addresses_are_found_where_they_stand(case: Case) -> None:
    text = f"please see https://explorer.example/a/{case.text}, thanks"
    (found,) = addresses.find(text)
    assert text[found.start : found.end] == case.text
    assert found.evidence["chain"] == case.chain


@pytest.mark.parametrize("text", TABLE["evm"]["valid"][4:])
def test_eip55_spells_as_published(text: str) -> None:
    assert addresses.checksummed(text.lower()) == text


@pytest.mark.parametrize("text", TABLE["evm"]["valid"])
def test_eip55_lets_one_case_alone_pass(text: str) -> None:
    for form in (text.lower(), "0x" + text[2:].upper()):
        found = addresses.parse(form)
        assert found is not None
        assert found.form == "unchecked"
        assert found.canonical == text.lower()


@pytest.mark.parametrize("text", BECH32["bip173"]["valid"])
def test_bech32_strings_of_bip173(text: str) -> None:
    decoded = bech32.decode(text)
    assert decoded is not None
    assert decoded[2] == bech32.BECH32


@pytest.mark.parametrize("text", BECH32["bip350"]["valid"])
def test_bech32m_strings_of_bip350(text: str) -> None:
    decoded = bech32.decode(text)
    assert decoded is not None
    assert decoded[2] == bech32.BECH32M


@pytest.mark.parametrize("text", BECH32["bip173"]["invalid"] + BECH32["bip350"]["invalid"])
def test_strings_that_both_bips_refuse(text: str) -> None:
    assert bech32.decode(text) is None


@pytest.mark.parametrize(("text", "script"), BECH32["bip350"]["addresses"].items())
def test_witness_programs_of_bip350(text: str, script: str) -> None:
    found = bech32.witness(text, text[:2].lower())
    assert found is not None
    version, program = found
    opcode = version + 0x50 if version else 0
    assert bytes((opcode, len(program))).hex() + program.hex() == script


@pytest.mark.parametrize("text", BECH32["bip350"]["invalid_addresses"])
def test_addresses_that_bip350_refuses(text: str) -> None:
    assert bech32.witness(text, "bc") is None
    assert bech32.witness(text, "tb") is None


@pytest.mark.parametrize(("classic", "main", "test"), TRIPLES)
def test_x_addresses_stand_for_their_classic_one(classic: str, main: str, test: str) -> None:
    for text in (main, test):
        found = addresses.parse(text)
        assert found is not None
        assert (found.form, found.canonical) == ("x-address", classic)


def test_ton_forms_stand_for_one_raw_address() -> None:
    bounceable, raw = TABLE["ton"]["valid"][:2]
    assert ton.raw_form(bounceable) == raw
    assert ton.raw_form(raw.upper()) == raw
    other = TABLE["ton"]["valid"]
    assert ton.raw_form(other[4]) == ton.raw_form(other[5]) == other[3]
    assert ton.raw_form(bounceable.replace("-", "+")) == raw


@pytest.mark.parametrize(
    "text",
    [
        "d41d8cd98f00b204e9800998ecf8427e",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "0xdeadbeef",
        "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d",
        "Donaudampfschifffahrtsgesellschaftskapitaen",
        "0:xyz",
        "1" * 90,
        "bc1" + "q" * 60,
    ],
)
def test_look_alikes_are_no_addresses(text: str) -> None:
    assert addresses.find(f"see {text} there") == []


def test_neighbours_are_found_one_by_one() -> None:
    first, second = TABLE["btc"]["valid"][0], TABLE["tron"]["valid"][0]
    found = addresses.find(f"{first}/{second};{first}")
    assert [one.evidence["address"] for one in found] == [first, second, first]
