"""Addresses as people write them: those who mean harm, and others."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.fetching.addresses import is_public, parse
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from streams.fetching.targets import FileTarget, WebTarget, read_redirect, read_target
from tests.streams.fetching.hostile import HOSTILE

LIMITS = Limits()
HTTP = Limits(is_http_allowed=True, ports=(443, 8443))


@pytest.mark.parametrize(("uri", "code"), HOSTILE, ids=[ascii(uri)[:60] for uri, _ in HOSTILE])
def test_a_hostile_address(uri: str, code: str) -> None:
    assert read_target(uri, LIMITS, is_public) == Refusal(code)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("uri", "sent"),
    [
        ("https://media.example.com", "https://media.example.com/"),
        ("HTTPS://Media.Example.COM:443/a#b", "https://media.example.com/a"),
        ("https://media.example.com./a", "https://media.example.com/a"),
        ("https://media.example.com:/a", "https://media.example.com/a"),
        ("https://media.example.com?a=b", "https://media.example.com/?a=b"),
        ("https://media.example.com/a@b?c=//d@e", "https://media.example.com/a@b?c=//d@e"),
        (
            "https://media.example.com/a%2fb%20?X=%2B~'",
            "https://media.example.com/a%2fb%20?X=%2B~'",
        ),
        ("https://media.example.com/é?名", "https://media.example.com/%C3%A9?%E5%90%8D"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://my_bucket.s3.example.com/a", "https://my_bucket.s3.example.com/a"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2001:4860:4860:0::8888]/", "https://[2001:4860:4860::8888]/"),
    ],
)
def test_an_honest_address(uri: str, sent: str) -> None:
    target = read_target(uri, LIMITS, is_public)
    assert isinstance(target, WebTarget)
    assert str(target.url) == sent
    assert target.url.raw_host == target.host


def test_http_and_ports_by_setting() -> None:
    for uri in ("http://media.example.com/", "http://a.example.com:8443/", "https://a.io:8443/"):
        target = read_target(uri, HTTP, is_public)
        assert isinstance(target, WebTarget)
        assert str(target.url) == uri
    assert read_target("https://a.io:80/", HTTP, is_public) == Refusal("port_refused")
    assert read_target("http://a.io:8080/", HTTP, is_public) == Refusal("port_refused")


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("cdn.media.example.co.uk", "example.co.uk"),
        ("a.b.workers.dev", "workers.dev"),  # whoever has one name there can have any number
        ("example.com", "example.com"),
        ("co.uk", "co.uk"),
        ("8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860::8888", "2001:4860:4860::8888"),
    ],
)
def test_a_site_is_what_one_party_owns(host: str, site: str) -> None:
    assert WebTarget("https", host, 443, "/", "").site == site


@given(
    st.text(max_size=60), st.sampled_from(["", "https://", "https://a.io", "https://[", "file:/"])
)
def test_any_text_is_a_target_or_a_refusal(text: str, start: str) -> None:
    for limits in (LIMITS, Limits(files_root=Path("/srv"), is_http_allowed=True)):
        target = read_target(start + text, limits, is_public)
        if isinstance(target, WebTarget):
            again = read_target(str(target.url), limits, is_public)
            assert again == target
            assert target.url.raw_host == target.host
            literal = parse(target.host)
            assert literal is None or is_public(literal)
        else:
            assert isinstance(target, (FileTarget, Refusal))


@given(st.text(max_size=60))
def test_any_redirect_is_a_target_or_a_refusal(location: str) -> None:
    start = WebTarget("https", "media.example.com", 443, "/a", "")
    assert isinstance(read_redirect(start, location, LIMITS, is_public), (WebTarget, Refusal))
