import json
from pathlib import Path
from typing import NamedTuple

import pytest
from mnemonic import Mnemonic

from detectors.text.entities import keys, mnemonics
from tests.detectors.text.entities.conftest import Asker

VECTORS = Path(__file__).parent / "vectors"
PHRASES = json.loads((VECTORS / "mnemonics.json").read_text(encoding="utf-8"))
KEYS = json.loads((VECTORS / "keys.json").read_text(encoding="utf-8"))
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
HEXADECIMAL = "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"


class Case(NamedTuple):
    language: str
    phrase: str


BIP39 = [
    Case(language, phrase)
    for language, phrases in PHRASES["bip39"]["phrases"].items()
    for phrase in phrases
]


@pytest.mark.parametrize("case", BIP39, ids=lambda case: case.phrase[:40])
def test_published_phrases_are_found_in_running_text(case: Case) -> None:
    text = f"here 1: {case.phrase} - 2"
    (found,) = mnemonics.find(text)
    assert text[found.start : found.end] == case.phrase
    assert found.evidence["words"] == str(len(case.phrase.split()))
    assert found.evidence["checksum"] == "bip39"


@pytest.mark.parametrize("language", sorted(Mnemonic.list_languages()))
@pytest.mark.parametrize("n_bytes", [16, 20, 24, 28, 32])
def test_every_list_and_length(language: str, n_bytes: int) -> None:
    phrase = Mnemonic(language).to_mnemonic(bytes(range(n_bytes)))
    (found,) = mnemonics.find(phrase)
    assert found.evidence["words"] == str(n_bytes * 3 // 4)


@pytest.mark.parametrize(
    "text",
    [
        PHRASE.upper(),
        PHRASE.replace(" ", "\n"),
        PHRASE.replace(" ", ", "),
        PHRASE.replace(" ", ","),
        PHRASE.replace(" ", " | "),
        " ".join(f"{n}. {word}" for n, word in enumerate(PHRASE.split(), 1)),
        "\n".join(f"{n}) {word}" for n, word in enumerate(PHRASE.split(), 1)),
        f"hello my words are {PHRASE} ok bye",
        f"[{PHRASE}]",
    ],
)
def test_separators(text: str) -> None:
    (found,) = mnemonics.find(text)
    assert found.evidence["words"] == "12"


def test_accents_may_be_left_out() -> None:
    phrase = PHRASES["bip39"]["phrases"]["spanish"][1]
    plain = phrase.translate(str.maketrans("áéíóúñ", "aeioun"))
    assert len(mnemonics.find(plain)) == 1


@pytest.mark.parametrize("phrase", PHRASES["ton"]["phrases"])
def test_ton_phrases_have_a_check_of_their_own(phrase: str) -> None:
    (found,) = mnemonics.find(phrase)
    assert found.evidence["checksum"] in {"ton", "bip39"}
    assert mnemonics.is_ton_phrase(phrase.split())


def test_a_wrong_checksum_is_no_phrase() -> None:
    wrong = PHRASE.rpartition(" ")[0] + " thank"
    assert mnemonics.find(wrong) == []
    (found,) = mnemonics.unchecked(wrong)
    assert found.evidence["checksum"] == "none"


def test_a_wrong_checksum_counts_where_the_text_names_it(asker: Asker) -> None:
    wrong = PHRASE.rpartition(" ")[0] + " thank"
    assert asker.score(f"my seed phrase: {wrong}", "seed_phrase") > 0.6
    assert asker.score(wrong, "seed_phrase") == 0.0


def test_a_published_example_scores_low(asker: Asker) -> None:
    example = "abandon " * 11 + "about"
    assert asker.score(PHRASE, "seed_phrase") > 0.9
    assert asker.score(example, "seed_phrase") < 0.6


def test_a_copied_word_list_is_no_phrase() -> None:
    words = Mnemonic("english").wordlist
    assert len(mnemonics.find(" ".join(words))) <= 8


@pytest.mark.parametrize("text", KEYS["wif"]["keys"] | KEYS["xprv"]["keys"])
def test_published_keys_prove_themselves(text: str) -> None:
    (found,) = keys.find(f"key {text}.")
    assert found.evidence["form"] == (KEYS["wif"]["keys"] | KEYS["xprv"]["keys"])[text]


@pytest.mark.parametrize("text", KEYS["xrp"]["keys"])
def test_published_xrp_seeds(text: str) -> None:
    (found,) = keys.find(text)
    assert found.evidence["form"] == "xrp seed"


def test_solana_keys_in_both_forms() -> None:
    listed = str(KEYS["solana"]["bytes"])
    assert [one.evidence["form"] for one in keys.find(listed)] == ["solana bytes"]
    (found,) = keys.find(KEYS["solana"]["base58"])
    assert found.evidence["form"] == "solana base58"


def test_a_solana_signature_or_other_bytes_are_no_key() -> None:
    text = KEYS["solana"]["base58"]
    assert keys.find(text[:-1] + "H") == []
    assert keys.find(str([*KEYS["solana"]["bytes"][:-1], 136])) == []


@pytest.mark.parametrize("text", [*KEYS["xpub"]["keys"], "5J" + "u" * 49])
def test_public_keys_and_slips_are_no_leak(text: str) -> None:
    assert keys.find(text) == []


def test_scalars_of_secp256k1() -> None:
    order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    assert keys.is_scalar(f"{int(order, 16) - 1:064x}")
    assert not keys.is_scalar(order)
    assert not keys.is_scalar("0" * 64)


def test_hexadecimal_keys_need_words_beside_them(asker: Asker) -> None:
    assert asker.score(f"my private key is {HEXADECIMAL}", "private_key") > 0.7
    assert asker.score(f"私钥 0x{HEXADECIMAL}", "private_key") > 0.7
    assert asker.score(f"tx 0x{HEXADECIMAL} confirmed", "private_key") == 0.0
    assert asker.score(f"private key safe, tx hash {HEXADECIMAL}", "private_key") == 0.0


def test_evidence_never_holds_the_secret(asker: Asker) -> None:
    for text in (PHRASE, KEYS["solana"]["base58"], f"private key {HEXADECIMAL}"):
        for signal in asker.signals(text):
            assert signal.evidence is not None
            secret = text.split()[-1]
            assert secret not in " ".join(signal.evidence.values())


def test_a_phrase_laid_out_as_bait_is_a_scam_too(asker: Asker) -> None:
    text = f"I have usdt but no gas fee to withdraw, my seed phrase: {PHRASE}"
    labels = {signal.label for signal in asker.signals(text) if signal.score > 0.6}
    assert labels == {"privacy", "scam"}
