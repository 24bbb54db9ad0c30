import asyncio
import socket
from collections.abc import Sequence

import pytest

from streams.fetching.addresses import is_public
from streams.fetching.resolving import (
    AddressRefused,
    CheckedResolver,
    SystemLookup,
    socket_maker,
)


def resolve(*addresses: str) -> list[str]:
    async def look_up(_: str) -> Sequence[str]:
        await asyncio.sleep(0)
        return addresses

    found = asyncio.run(CheckedResolver(look_up, is_public).resolve("media.test", 443))
    assert all(entry["port"] == 443 for entry in found)
    assert all((":" in entry["host"]) == (entry["family"] == socket.AF_INET6) for entry in found)
    return [entry["host"] for entry in found]


def test_public_addresses_pass_as_they_are() -> None:
    assert resolve("8.8.8.8", "2001:4860:4860::8888") == ["8.8.8.8", "2001:4860:4860::8888"]


def test_not_more_are_tried_than_a_few_but_all_are_checked() -> None:
    many = [f"8.8.8.{n}" for n in range(100)]
    assert resolve(*many) == many[:8]
    with pytest.raises(AddressRefused):
        resolve(*many, "10.0.0.1")


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "169.254.169.254", "x", ""]
)
def test_one_that_is_not_public_refuses_all(address: str) -> None:
    for addresses in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        with pytest.raises(AddressRefused):
            resolve(*addresses)


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "localhost", "0x7f.1"])
def test_no_socket_is_made_for_an_address_that_is_not_public(address: str) -> None:
    make = socket_maker(is_public)
    with pytest.raises(AddressRefused):
        make((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443)))
    make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 443))).close()


def test_the_system_is_asked_for_the_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def answer(host: str, port: None, **_: object) -> list[object]:
        asked.append((host, port))
        one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 0))
        return [one, one, (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    lookup = SystemLookup(1)
    try:
        assert asyncio.run(_await(lookup)) == ["8.8.8.8", "::1"]
    finally:
        lookup.close()
    assert asked == [("media.test.", None)]


async def _await(lookup: SystemLookup) -> Sequence[str]:
    return await lookup("media.test")
