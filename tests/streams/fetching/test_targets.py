"""Addresses as people who mean harm write them: each has its reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.fetching.addresses import is_public, parse
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal
from streams.fetching.targets import FileTarget, WebTarget, read_redirect, read_target

LIMITS = Limits()
HTTP = Limits(is_http_allowed=True, ports=(443, 8443))

HOSTILE = [
    # schemes
    ("http://media.example.com/a.png", "scheme_refused"),
    ("file:///etc/passwd", "scheme_refused"),
    ("gopher://media.example.com:70/_GET", "scheme_refused"),
    ("ftp://media.example.com/a.png", "scheme_refused"),
    ("data:image/png;base64,iVBORw0KGgo=", "scheme_refused"),
    ("javascript:alert(1)", "scheme_refused"),
    ("blob:https://media.example.com/1b9c", "scheme_refused"),
    ("s3://bucket/key.png", "scheme_refused"),
    ("dict://127.0.0.1:11211/stat", "scheme_refused"),
    ("ldap://127.0.0.1/", "scheme_refused"),
    ("jar:https://media.example.com!/a", "scheme_refused"),
    ("unix:///var/run/docker.sock", "scheme_refused"),
    ("view-source:https://media.example.com/", "scheme_refused"),
    ("ws://media.example.com/", "scheme_refused"),
    # no URLs
    ("", "url_invalid"),
    ("//media.example.com/a.png", "url_invalid"),
    ("media.example.com/a.png", "url_invalid"),
    ("https:media.example.com/a.png", "url_invalid"),
    ("https:/media.example.com/a.png", "url_invalid"),
    (" https://media.example.com/", "url_invalid"),
    ("https://media.example.com/a b", "url_invalid"),
    ("https://media.example.com/\r\nHost: 10.0.0.1", "url_invalid"),
    ("https://media.example.com\t.10.0.0.1.example.com/", "url_invalid"),
    ("https://media.example.com\\@10.0.0.1/", "url_invalid"),
    ("https:\\\\media.example.com\\", "url_invalid"),
    ("https://media.example.com/\0", "url_invalid"),
    ("https://media.example.com/\ud800", "url_invalid"),
    ("https://media.example.com/" + "a" * 4_000, "url_invalid"),
    # who is meant
    ("https://media.example.com@10.0.0.1/", "userinfo_refused"),
    ("https://user:word@media.example.com/", "userinfo_refused"),
    ("https://@media.example.com/", "userinfo_refused"),
    ("https://10.0.0.1:443@media.example.com/", "userinfo_refused"),
    ("https://media.example.com:443@127.0.0.1:443/", "userinfo_refused"),
    # hosts
    ("https:///a.png", "host_invalid"),
    ("https://", "host_invalid"),
    ("https://:443/", "host_invalid"),
    ("https://?a", "host_invalid"),
    ("https://#media.example.com", "host_invalid"),
    ("https://./", "host_invalid"),
    ("https://media..example.com/", "host_invalid"),
    ("https://media.example.com../", "host_invalid"),
    ("https://.media.example.com/", "host_invalid"),
    ("https://localhost/", "host_invalid"),
    ("https://localhost./", "host_invalid"),
    ("https://LOCALHOST/", "host_invalid"),
    ("https://metadata/", "host_invalid"),
    ("https://kubernetes/api", "host_invalid"),
    ("https://2130706433/", "host_invalid"),
    ("https://0x7f000001/", "host_invalid"),
    ("https://0x7f.0.0.1/", "host_invalid"),
    ("https://017700000001/", "host_invalid"),
    ("https://0177.0.0.1/", "host_invalid"),
    ("https://127.0.0.01/", "host_invalid"),
    ("https://127.1/", "host_invalid"),
    ("https://127.0.1/", "host_invalid"),
    ("https://0/", "host_invalid"),
    ("https://256.256.256.256/", "host_invalid"),
    ("https://1.2.3.4.5/", "host_invalid"),
    ("https://media.example.0x7f/", "host_invalid"),
    ("https://%31%32%37.0.0.1/", "host_invalid"),
    ("https://media%2eexample.com/", "host_invalid"),
    ("https://media.example.com%00.10.0.0.1/", "host_invalid"),
    ("https://-media.example.com/", "host_invalid"),
    ("https://" + "a" * 64 + ".example.com/", "host_invalid"),
    ("https://" + "a." * 130 + "com/", "host_invalid"),
    ("https://media.example.com,10.0.0.1/", "host_invalid"),
    ("https://[::1/", "host_invalid"),
    ("https://[::1]x/", "host_invalid"),
    ("https://[127.0.0.1]/", "host_invalid"),
    ("https://[fe80::1%25eth0]/", "host_invalid"),
    ("https://[v1.fe80::a]/", "host_invalid"),
    ("https://::1/", "host_invalid"),
    ("https://xn--\u2488.example.com/", "host_invalid"),
    ("https://media.example.c℀m/", "host_invalid"),
    ("https://ⅼocalhost/", "host_invalid"),
    # ports
    ("https://media.example.com:22/", "port_refused"),
    ("https://media.example.com:80/", "port_refused"),
    ("https://media.example.com:6379/", "port_refused"),
    ("https://media.example.com:0/", "port_refused"),
    ("https://media.example.com:65536/", "port_refused"),
    ("https://media.example.com:+443/", "port_refused"),
    ("https://media.example.com:443:22/", "port_refused"),
    ("https://media.example.com:٤٤٣/", "port_refused"),
    ("https://media.example.com:000443/", "port_refused"),
    # addresses
    ("https://127.0.0.1/", "address_refused"),
    ("https://127.0.0.1./", "address_refused"),
    ("https://127.255.255.254/", "address_refused"),
    ("https://0.0.0.0/", "address_refused"),
    ("https://10.0.0.1/", "address_refused"),
    ("https://172.31.255.255/", "address_refused"),
    ("https://192.168.1.1/", "address_refused"),
    ("https://100.64.0.1/", "address_refused"),
    ("https://100.100.100.200/latest/meta-data/", "address_refused"),
    ("https://169.254.169.254/latest/meta-data/", "address_refused"),
    ("https://169.254.170.2/v2/credentials", "address_refused"),
    ("https://168.63.129.16/", "address_refused"),
    ("https://192.0.0.192/opc/v2/", "address_refused"),
    ("https://224.0.0.1/", "address_refused"),
    ("https://255.255.255.255/", "address_refused"),
    ("https://１２７.０.０.１/", "address_refused"),
    ("https://①②⑦.⓪.⓪.①/", "address_refused"),
    ("https://127。0。0。1/", "address_refused"),
    ("https://[::1]/", "address_refused"),
    ("https://[::]/", "address_refused"),
    ("https://[::127.0.0.1]/", "address_refused"),
    ("https://[::ffff:127.0.0.1]/", "address_refused"),
    ("https://[::ffff:7f00:1]/", "address_refused"),
    ("https://[0:0:0:0:0:ffff:a9fe:a9fe]/", "address_refused"),
    ("https://[::ffff:8.8.8.8]/", "address_refused"),
    ("https://[64:ff9b::7f00:1]/", "address_refused"),
    ("https://[64:ff9b:1::1]/", "address_refused"),
    ("https://[2002:7f00:1::]/", "address_refused"),
    ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "address_refused"),
    ("https://[fe80::1]/", "address_refused"),
    ("https://[fec0::1]/", "address_refused"),
    ("https://[fd00:ec2::254]/latest/meta-data/", "address_refused"),
    ("https://[fd20:ce::254]/", "address_refused"),
    ("https://[ff02::1]/", "address_refused"),
    ("https://[2001:db8::1]/", "address_refused"),
]  # fmt: skip


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
