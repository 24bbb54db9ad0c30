import pytest

from detectors.text.links import hosts


@pytest.mark.parametrize(
    ("written", "name"),
    [
        # web-platform-tests, url/resources/urltestdata.json: IPv4 in its unusual forms
        ("192.0x00a80001", "192.168.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0300.168.0xF0".lower(), "192.168.0.240"),
        ("3232235777", "192.168.1.1"),
        ("0xffffffff", "255.255.255.255"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_addresses_are_read_as_browsers_read_them(written: str, name: str) -> None:
    found = hosts.address(written)
    assert found is not None
    assert found.is_ip
    assert found.name == name


@pytest.mark.parametrize(
    "written",
    ["256.256.256.256", "1.2.3.4.5", "0x100000000", "08.1.1.1", "1..2", "", "9" * 500, "g::1"],
)
def test_what_is_no_address(written: str) -> None:
    assert hosts.address(written) is None


@pytest.mark.parametrize(
    ("written", "registered"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("shop.web.app", "shop.web.app"),
        ("name.co.za", "name.co.za"),
        ("a.name.test", "name.test"),
    ],
)
def test_who_registers_a_name(written: str, registered: str) -> None:
    found = hosts.named(written)
    assert found is not None
    assert found.registered == registered


def test_names_in_other_letters_are_encoded_and_compared() -> None:
    found = hosts.named("exаmple.test")  # a Cyrillic letter
    assert found is not None
    assert found.name == "xn--exmple-4nf.test"
    assert found.looks_like == "example.test"
    again = hosts.named(found.name)
    assert again == found


@pytest.mark.parametrize(
    "written", ["word", "two.words", "a..test", ".".join(["a"] * 200) + ".test", "-a.test", "a b.c"]
)
def test_what_is_no_name(written: str) -> None:
    assert hosts.named(written) is None
