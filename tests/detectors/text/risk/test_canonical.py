"""The canonical form: what it makes alike, what it keeps, and that it is one."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detectors.text.normaliser.mapped import Mapped
from detectors.text.risk.canonical import ADDRESS, MAIL, USER, canonical, simplified, spaced

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"
SOLANA = "DRpbCBMxVnDK7maPM5tGv6MvB3v1sRMC86PZ8okm21hy"
BITCOIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PIECES = [
    *("@", "@user", "@name", "@everyone", "@50", "user", "mail@user", "a.b@c.example", "0xaddress"),
    *("http://", "HTTPS://", "www.", "www", "host.example", "/", "/a?b=c", "?q", "#", ":80", "://"),
    *(EVM, SOLANA, BITCOIN, HASH, "0x", "a" * 40, "Ab1" * 10, "EQ" + "x" * 46),
    *(" ", "  ", "\n", "\t", "\u3000", "\u0301", "\u0301" * 40, "\u0344" * 20, "e", "\u1100\u1161"),
    *("\ud800", "\u200b", ".", ",", "-", "_", "(", ")", "«", "…", "1.5", "$50", "领取", "ж", "İ"),
]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text("@:/.htpsw-_a0 \n\u0301", max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
)
SLOW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  gm \n\n everyone\t", "gm everyone"),
        ("cafe\u0301", "café"),
        ("hi @some_name, and @Имя!", f"hi {USER}, and {USER}!"),
        ("<@123456789012345678> look", f"<{USER}> look"),
        ("write to first.last+tag@mail.example.", f"write to {MAIL}."),
        (f"send it to {EVM} now", f"send it to {ADDRESS} now"),
        (f"{SOLANA}, {BITCOIN}; tx {HASH}", f"{ADDRESS}, {ADDRESS}; tx {ADDRESS}"),
        ("https://www.Claim-xyz.example/a?b=c", "claim-xyz.example/"),
        ("(see http://a.example:8080/x.) ok", "(see a.example/.) ok"),
        ("http://binance.example@evil.example/login", "evil.example/"),
        ("www.a.example and a.example/b/c", "a.example/ and a.example/"),
        ("加入https://a.example/x?y领取", "加入a.example/领取"),
        ("https://пример.рф/путь!", "пример.рф/!"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
    ],
)  # fmt: skip
def test_what_is_made_alike(text: str, expected: str) -> None:
    assert canonical(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "gm",
        "send 1.5 ETH, get $3,000.50 back (2x) in 10 min",
        "$BTC to 100k, 3.5/5 stars, U.S./UK and/or e.g. this",
        "claim-xyz.example is down",
        "@everyone @here buy @50 or @0.5, you @sshole",
        "Donaudampfschifffahrtsgesellschaftskapitaen",
        "a" * 200,
        "1" * 64,
        "https:// and www. and @ and ://",
        "请在钱包页面输入你的助记词, 否则账户将被冻结",
    ],
)
def test_what_means_something_stays(text: str) -> None:
    assert canonical(text).text == text


@given(TEXTS)
@example(f"http://{EVM} http://x.é{EVM}")
@example("x@b.co@c.example")
@example("@user\u0301 \u0301\u0344")
@SLOW
def test_the_form_of_a_form_is_itself(text: str) -> None:
    once = canonical(text).text
    assert canonical(once).text == once
    assert spaced(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(TEXTS)
@SLOW
def test_every_character_has_its_place(text: str) -> None:
    found = canonical(text)
    assert len(found.starts) == len(found.ends) == len(found.text)
    places = list(zip(found.starts, found.ends, strict=True))
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(places))


@given(TEXTS)
@SLOW
def test_white_space_alone_is_left_by_the_first_step(text: str) -> None:
    assert spaced(simplified(Mapped.of(text)).text) == canonical(text).text


def test_a_place_leads_back_to_what_stood_there() -> None:
    text = f"hi  @name, pay {EVM} now"
    found = canonical(text)
    at = found.text.index(ADDRESS)
    start, end = found.around(at, at + len(ADDRESS))
    assert text[start:end] == EVM


HOSTILE = [
    *(
        "@@@",
        "a.a.a.",
        "((((",
        "http://",
        "@a",
        "a@",
        "a@b.",
        "www.",
        "a/",
        "0x",
        "A1b",
        "-_",
        "EQ",
    ),
    *("\u0301\u0327", "e\u0301", "\u0344", "a \n", " ", "1", "https://a.b/c?d ", "“", "\U0001f680"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_have_a_form(unit: str) -> None:
    # Anything but linear time would take minutes.
    text = (unit * 100_000)[:100_000]
    found = canonical(text).text
    assert canonical(found).text == found
    assert len(found) <= 3 * len(text)
