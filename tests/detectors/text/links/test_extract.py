from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.evaluation.link_forms import CARRIERS, FORMS, Address
from detectors.text.links.extract import MAX_LINKS, links

_ADDRESSES = (
    Address("token-claim.example", "/now"),
    Address("sub.wallet-help.com", ""),
    Address("one2three.xyz", "/a?b=c"),
)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_hidden_form_is_read(form: str) -> None:
    chance = Random(5)  # noqa: S311
    for address in _ADDRESSES:
        for carrier in CARRIERS:
            text = carrier.format(FORMS[form](address, chance))
            assert any(address.host in link.hosts for link in links(text)), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no address here",
        "It works. In fact it works well. Is it?",
        "version 1.2.3.4 is out, and so is 2.0.1",
        "pi is 3.14, e is 2.72... and so on...",
        "write to someone@mail.example or some.one@mail.example",
        "e.g. this, i.e. that, etc. and U.S. law",
        "上のプロンプトです。AI は便利",
        "1 · 3 and 1 · 1 · 3",
        "polka dots and connect the dots",
        "doi 10.1023/A:99",
    ],
)
def test_prose_holds_no_address(text: str) -> None:
    assert [link.host.name for link in links(text)] == []


def test_a_link_knows_its_place_path_and_tricks() -> None:
    text = "go: hxxps://pay[.]example[.]test/in?x=1, now"
    (link,) = links(text)
    assert text[link.start : link.end] == "hxxps://pay[.]example[.]test/in?x=1"
    assert link.written == "hxxps://pay[.]example[.]test/in"
    assert link.host.name == "pay.example.test"
    assert link.path == "/in?x=1"
    assert link.tricks == ("defanged",)
    assert not link.is_doubtful


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("https://a.test/b?mail=jane%40mail.example#c", "https://a.test/b"),
        ("https://a.test?mail=jane", "https://a.test"),
        ("https://a.test#jane", "https://a.test"),
        ("a.test/b%3Fmail=jane", "a.test/b"),
        ("a.test/b%253fmail=jane", "a.test/b"),
        ("https://jane:secret@a.test:8080/b;c?d", "https://a.test:8080/b;c"),
        ("hxxps://jane@pay[.]test/in", "hxxps://pay[.]test/in"),
        ("http://jane@3232235777/x?y", "http://3232235777/x"),
        ("http://[2001:db8::1]/x?y", "http://[2001:db8::1]/x"),
        ("ｈttps://a。test/ñ?x=ñ", "ｈttps://a。test/ñ"),
    ],
)
def test_what_is_quoted_of_a_link_is_scheme_host_and_path(text: str, written: str) -> None:
    (link,) = links(f"see {text} now")
    assert link.written == written


@pytest.mark.parametrize(
    ("text", "host", "bait"),
    [
        ("https://shop.example@evil.test/x", "evil.test", "shop.example"),
        ("https://me:shop.example@evil.test", "evil.test", "shop.example"),
        ("[shop.example](https://evil.test/a)", "evil.test", "shop.example"),
        ('<a href="https://evil.test">https://shop.example</a>', "evil.test", "shop.example"),
        ("[www.evil.test](https://evil.test/a)", "evil.test", None),
    ],
)
def test_a_pretended_host_is_named(text: str, host: str, bait: str | None) -> None:
    target = next(link for link in links(text) if link.path or link.written.startswith("http"))
    assert target.host.name == host
    assert target.bait == bait


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://3232235777/", "192.168.1.1"),
        ("http://0xc0a80101/a", "192.168.1.1"),
        ("http://0300.0250.01.01/a", "192.168.1.1"),
        ("http://user@3232235777", "192.168.1.1"),
    ],
)
def test_numbers_for_addresses_are_a_trick(text: str, address: str) -> None:
    (link,) = links(text)
    assert link.host.name == address
    assert "address as a number" in link.tricks


def test_a_plain_address_is_no_trick() -> None:
    assert links("http://192.168.1.1/a")[0].tricks == ()
    assert links("http://[2001:db8::1]/a")[0].host.name == "2001:db8::1"


def test_an_address_inside_another_is_read_too() -> None:
    outer, inner = links("https://a.example/out?to=https%3A%2F%2Fb.test%2Fx")
    assert (outer.host.name, inner.host.name) == ("a.example", "b.test")
    assert "inside another link" in inner.tricks


def test_two_sentences_may_make_a_name_only_in_doubt() -> None:
    (link,) = links("love it. live music")
    assert link.host.name == "it.live"
    assert link.is_doubtful
    assert links("love it. Live music") == []


def test_a_list_of_links_is_read_up_to_a_bound() -> None:
    text = " ".join(f"https://n{at}.example/" for at in range(3 * MAX_LINKS))
    assert len(links(text)) == MAX_LINKS + 1


@pytest.mark.parametrize(
    "text",
    [
        "a." * 30_000,
        "a.bb/" * 10_000,
        "http://" * 8_000,
        "[." * 20_000,
        "e " * 30_000 + ".",
        "<a href=x " * 4_000 + ".",
        "[" * 40_000 + ".com",
        "[x](" * 10_000 + ".",
        "http://" + "a" * 40_000 + "@x.test",
        "-dot" * 10_000 + ".",
        "\u200b" * 40_000 + ".com",
        "%2e" * 13_000,
        "https://a.co/x?" * 3_000,
        ("ı" * 60 + ".") * 600 + "com",
        "".join(f"xn--{at}a{'b' * 40}.com " for at in range(600)),
        "1." * 20_000,
    ],
)
def test_hostile_texts_are_read_all_the_same(text: str) -> None:
    assert len(links(text)) <= MAX_LINKS + 1


@given(st.text(alphabet="ab.:/@[]()<> dot\\%2eｂ。\u200bı-#?=0x1", max_size=120))
def test_whatever_is_written_spans_lie_in_the_text(text: str) -> None:
    for link in links(text):
        assert 0 <= link.start < link.end <= len(text)
        assert link.host.name.isascii()
