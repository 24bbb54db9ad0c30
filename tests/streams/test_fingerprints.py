"""Fingerprints: copies meet, however disguised; other texts do not."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS
from schemas.content import TextPart
from streams import fingerprints
from streams.fingerprints import (
    NEAR_BITS,
    fingerprints_of,
    hamming,
    is_near,
    simhash,
    text_print,
    words,
)
from tests.streams.samples import item

SHILL = "Everybody in our group doubled their savings with the sleepy otter presale last night"
COPIES = (
    "EVERYBODY in our group doubled their savings, with the sleepy otter presale, last night!!!",
    "everybody in our group doubled their savings with the sleepy otter presale last night 🚀🚀",
    f"@otterfan {SHILL} https://otter.example/x",
)
OTHERS = (
    "Nobody in our office drinks coffee after lunch, so the machine was given away last week",
    "Could somebody please explain how the funding rate of a perpetual contract is computed?",
)
WALLET = "0x5e78352956045d0d300d259b31678b4863700000"


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_has_the_same_exact_hash(copy: str) -> None:
    own, other = text_print(SHILL), text_print(copy)
    assert own is not None
    assert other is not None
    assert own.exact == other.exact


@pytest.mark.parametrize(
    "name", ["cyrillic_homoglyphs", "zero_width", "full_width", "mathematical", "stretched"]
)
def test_a_disguised_copy_is_near(name: str) -> None:
    own = text_print(SHILL)
    other = text_print(OBFUSCATIONS[name](SHILL, Random(3)))  # noqa: S311
    assert own is not None
    assert other is not None
    assert is_near(own, other)


@pytest.mark.parametrize("other", OTHERS)
def test_other_texts_are_not_near(other: str) -> None:
    own, another = text_print(SHILL), text_print(other)
    assert own is not None
    assert another is not None
    assert not is_near(own, another)


def test_a_changed_word_is_near() -> None:
    own = text_print(SHILL)
    other = text_print(SHILL.replace("savings", "money"))
    assert own is not None
    assert other is not None
    assert 0 < hamming(own.near, other.near) <= NEAR_BITS


@pytest.mark.parametrize(
    "text",
    ["gm", "gm gm gm", "", "🚀" * 14, "早上好", "2026 2027 12345678901234"],
)
def test_what_says_too_little_has_none(text: str) -> None:
    assert text_print(text) is None


def test_hashes_are_the_same_in_every_process() -> None:
    found = text_print("Send me your coins and double them tonight")
    assert found is not None
    assert fingerprints.hash64("otter") == 0x80B98C88CAE3B2F9
    assert found.exact == fingerprints.hash64("sendmeyourcoinsanddoublethemtonight")


def test_links_addresses_and_tickers_of_an_item() -> None:
    link = "https://www.harborex.example:443/claim/?ref=12#top"
    text = f"$MOONCAT and $BTC: claim at {link} or {WALLET}"
    found = fingerprints_of(item(texts=(TextPart(name="text", text=text),)))
    assert found.links == ("harborex.example/claim",)
    assert found.addresses == (WALLET,)
    assert found.tickers == ("MOONCAT",)


@pytest.mark.parametrize(
    "written",
    [
        "see harborex[.]example/claim",
        "hxxps://harborex.example/claim?utm_source=a",
        "HTTPS://WWW.HARBOREX.EXAMPLE/CLAIM/",
    ],
)
def test_a_link_is_the_same_however_it_is_written(written: str) -> None:
    found = fingerprints_of(item(texts=(TextPart(name="text", text=written),)))
    assert found.links == ("harborex.example/claim",)


def test_a_shortener_counts_by_its_code_alone() -> None:
    bare = fingerprints_of(item(texts=(TextPart(name="text", text="https://bit.ly/"),)))
    coded = fingerprints_of(item(texts=(TextPart(name="text", text="https://bit.ly/Xy12"),)))
    assert bare.links == ()
    assert coded.links == ("bit.ly/xy12",)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("https://www.youtube.com/watch?v=Ab_1-9&t=10s", ("youtube.com/watch?v=ab_1-9",)),
        ("https://youtube.com/watch?si=1&v=zz", ("youtube.com/watch?v=zz",)),
        ("https://youtu.be/Ab_1-9?si=1", ("youtu.be/ab_1-9",)),
        ("https://youtube.com/", ()),
        ("https://x.com/search?q=otter", ()),
        ("https://x.com/otter/status/12", ("x.com/otter/status/12",)),
        ("https://t.me/otterdrop", ("t.me/otterdrop",)),
        ("https://harborex.example/search?q=1", ("harborex.example/search",)),
    ],
)
def test_what_everybody_links_to_connects_nobody(written: str, told: tuple[str, ...]) -> None:
    found = fingerprints_of(item(texts=(TextPart(name="text", text=f"see {written}"),)))
    assert found.links == told


def test_contracts_that_everybody_deals_in_connect_nobody() -> None:
    text = f"send to 0xdAC17F958D2ee523a2206206994597C13D831ec7 or {WALLET}"
    found = fingerprints_of(item(texts=(TextPart(name="text", text=text),)))
    assert found.addresses == (WALLET,)


def test_retrieved_context_is_nobodys_saying() -> None:
    parts = (TextPart(name="retrieved[0]", text=SHILL), TextPart(name="response", text="No idea."))
    assert fingerprints_of(item(texts=parts)).text is None


def test_a_launch_meets_by_contract_creator_and_symbol() -> None:
    found = fingerprints_of(
        item(
            surface="memerush",
            texts=(TextPart(name="name", text="Sleepy Otter (OTTR)"),),
            context={
                "contract_address": WALLET.upper().replace("X", "x"),
                "creator_address": "c-1",
            },
        )
    )
    assert found.addresses == (WALLET, "c-1")
    assert found.tickers == ("OTTR",)


@given(st.lists(st.text(min_size=1, max_size=12), max_size=40), st.randoms(use_true_random=False))
def test_simhash_is_64_bits_and_knows_no_order(words: list[str], rng: Random) -> None:
    shuffled = words[:]
    rng.shuffle(shuffled)
    assert simhash(words) == simhash(shuffled)
    assert 0 <= simhash(words) < 1 << 64


@given(st.text(max_size=200))
def test_any_text_has_its_print_or_none(text: str) -> None:
    found = text_print(text)
    assert found is None or 0 <= found.exact < 1 << 64


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_hamming_counts_bits(one: int, other: int) -> None:
    assert hamming(one, other) == hamming(other, one) == (one ^ other).bit_count()
    assert hamming(one, one) == 0


def test_words_keep_the_signs_that_are_their_vowels() -> None:
    assert words("दिन भर बारिश है, तो चाय") == ("दिन", "भर", "बारिश", "है", "तो", "चाय")
    assert words("আজ বৃষ্টি হবে") == ("আজ", "বৃষ্টি", "হবে")


def test_words_are_the_same_without_the_marks_that_adorn_them() -> None:
    assert words("نُضَاعِفُ فورًا كلّ إيداع") == words("نضاعف فورا كل إيداع")
    assert words("f\u0301re\u0301e\u0301 money ❤\ufe0f") == words("fréé money")
