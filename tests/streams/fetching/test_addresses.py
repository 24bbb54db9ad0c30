import pytest

from streams.fetching.addresses import is_public, parse
from tests.streams.fetching.hostile import HOSTILE

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
    "198.20.0.0", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111",
    "2a00:1450:4001::1",
]  # fmt: skip
NOT_PUBLIC = [
    "0.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "168.63.129.16",
    "169.254.0.0", "172.16.0.0", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.255.255",
    "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.0", "239.1.1.1",
    "240.0.0.0", "255.255.255.255", "::", "::1", "::ffff:1.1.1.1", "::1.1.1.1", "64:ff9b::101:101",
    "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:101:101::1", "2620:4f:8000::1",
    "3ffe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff0e::1",
    "fe80::1%eth0", "2606:4700::1111%1",
]  # fmt: skip


@pytest.mark.parametrize("written", PUBLIC)
def test_public(written: str) -> None:
    address = parse(written)
    assert address is not None
    assert is_public(address)


@pytest.mark.parametrize("written", NOT_PUBLIC)
def test_not_public(written: str) -> None:
    address = parse(written)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize(
    "written", ["", "127.1", "0x7f.0.0.1", "010.0.0.1", "localhost", "1.1.1.1 "]
)
def test_another_form_is_no_address(written: str) -> None:
    assert parse(written) is None


def test_the_table_of_hostile_addresses_is_long_enough() -> None:
    assert len({uri for uri, _ in HOSTILE}) == len(HOSTILE) >= 40
