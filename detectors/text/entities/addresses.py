"""Wallet and contract addresses of seven chains, with their checksums."""

import hashlib
import re
from typing import TYPE_CHECKING, Final, Literal

import base58
from Crypto.Hash import keccak
from msgspec import Struct

from detectors.text.entities import bech32, ton
from detectors.text.entities.finding import Finding, without_overlaps

if TYPE_CHECKING:
    from collections.abc import Callable

Chain = Literal["evm", "btc", "ltc", "sol", "tron", "ton", "xrp", "dot"]

_PLAIN: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{25,90}(?![0-9A-Za-z])")
_TON: Final = re.compile(
    r"(?<![0-9A-Za-z_+-])[EUk0][0-9A-Za-z_-]{47}(?![0-9A-Za-z_-])"
    r"|(?<![0-9A-Za-z+/])[EUk0][0-9A-Za-z+/]{47}(?![0-9A-Za-z+/])"
    r"|(?<![0-9A-Za-z])(?:0|-1):[0-9a-fA-F]{64}(?![0-9A-Za-z])"
)
_EVM: Final = re.compile(r"0[xX][0-9a-fA-F]{40}")
_BASE58: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,48}")
_TON_LENGTH: Final = 48
_SOLANA_LENGTHS: Final = range(32, 45)
_ACCOUNT_BYTES: Final = 20
_KEY_BYTES: Final = 32
_X_ADDRESS_BYTES: Final = 31
_SS58_BYTES: Final = (35, 36)
_FEW: Final = 12
_SYSTEM_PROGRAM: Final = "1" * 32
_CHECKED: Final[dict[int, tuple[Chain, str]]] = {
    0x00: ("btc", "p2pkh"),
    0x05: ("btc", "p2sh"),  # Litecoin's old scripts look the same
    0x30: ("ltc", "p2pkh"),
    0x32: ("ltc", "p2sh"),
    0x41: ("tron", "account"),
}
"""Version bytes: Bitcoin Core, Litecoin Core and TRON's documentation."""
_WITNESS: Final[dict[str, Chain]] = {"bc": "btc", "ltc": "ltc"}
_X_PREFIXES: Final = (bytes((0x05, 0x44)), bytes((0x04, 0x93)))
"""Main and test network, https://github.com/XRPLF/XRPL-Standards/issues/6"""


class Address(Struct, frozen=True):
    """A valid address. `canonical` is the one spelling that lists hold."""

    chain: Chain
    form: str
    canonical: str


def checksummed(address: str) -> str:
    """Gives the EIP-55 spelling of `0x` and 40 hexadecimal digits."""
    low = address[2:].lower()
    digest = keccak.new(digest_bits=256, data=low.encode()).hexdigest()
    pairs = zip(low, digest, strict=False)
    return "0x" + "".join(c.upper() if int(d, 16) > 7 else c for c, d in pairs)  # noqa: PLR2004


def _evm(text: str) -> Address | None:
    digits = text[2:]
    if digits in (digits.lower(), digits.upper()):
        return Address("evm", "unchecked", "0x" + digits.lower())
    if checksummed(text)[2:] != digits:
        return None
    return Address("evm", "eip55", "0x" + digits.lower())


def _segwit(text: str) -> Address | None:
    prefix = text.partition("1")[0].lower()
    chain = _WITNESS.get(prefix)
    found = bech32.witness(text, prefix) if chain else None
    if chain is None or found is None:
        return None
    return Address(chain, f"witness v{found[0]}", text.lower())


def _base58check(text: str) -> Address | None:
    try:
        payload = base58.b58decode_check(text)
    except ValueError:
        return None
    known = _CHECKED.get(payload[0]) if len(payload) == 1 + _ACCOUNT_BYTES else None
    return Address(known[0], known[1], text) if known else None


def _xrp(text: str) -> Address | None:
    try:
        payload = base58.b58decode_check(text, alphabet=base58.XRP_ALPHABET)
    except ValueError:
        return None
    if len(payload) == 1 + _ACCOUNT_BYTES and payload[0] == 0:
        return Address("xrp", "classic", text)
    if len(payload) == _X_ADDRESS_BYTES and payload[:2] in _X_PREFIXES and payload[22] <= 1:
        account = b"\0" + payload[2:22]
        classic = base58.b58encode_check(account, alphabet=base58.XRP_ALPHABET).decode()
        return Address("xrp", "x-address", classic)
    return None


def _substrate(text: str) -> Address | None:
    payload = base58.b58decode(text)
    if len(payload) not in _SS58_BYTES:
        return None
    check = hashlib.blake2b(b"SS58PRE" + payload[:-2]).digest()[:2]
    return Address("dot", "ss58", text) if check == payload[-2:] else None


def _is_varied(text: str) -> bool:
    """Whether a text looks drawn at random: letters of both cases and digits, few repeats."""
    return (
        len(set(text)) > _FEW
        and not text.isalpha()
        and text.lower() != text
        and text.upper() != text
    )


def _solana(text: str) -> Address | None:
    if text != _SYSTEM_PROGRAM and not _is_varied(text):
        return None
    if len(base58.b58decode(text)) != _KEY_BYTES:
        return None
    return Address("sol", "public key", text)


def _ton(text: str) -> Address | None:
    raw = ton.raw_form(text)
    form = "raw" if ":" in text else "user-friendly"
    return None if raw is None else Address("ton", form, raw)


def parse(text: str) -> Address | None:
    """Gives the address that a text is, spelled exactly; None if it is none.

    A Solana address has no checksum: any 32 bytes in base58 that look drawn at random are
    taken for one (on the curve an account, off it an address that a program derived).
    """
    if _EVM.fullmatch(text):
        return _evm(text)
    tries: list[Callable[[str], Address | None]] = []
    if text[:3].lower() == "bc1" or text[:4].lower() == "ltc1":
        tries.append(_segwit)
    if len(text) == _TON_LENGTH or ":" in text:
        tries.append(_ton)
    if _BASE58.fullmatch(text):
        tries += [_xrp] if text[0] in "rXT" else []
        tries += [_base58check] if text[0] in "13LMT" else []
        tries += [_solana] if len(text) in _SOLANA_LENGTHS else []
        tries += [_substrate] if len(text) > _SOLANA_LENGTHS.stop - 1 else []
    return next((found for attempt in tries if (found := attempt(text))), None)


def _finding(address: Address, start: int, end: int) -> Finding:
    evidence = {"chain": address.chain, "form": address.form, "address": address.canonical}
    return Finding(kind="address", start=start, end=end, evidence=evidence)


def find(text: str) -> list[Finding]:
    """Finds the valid addresses of a text."""
    found: list[Finding] = []
    for pattern in (_TON, _PLAIN):
        for match in pattern.finditer(text):
            address = parse(match.group())
            if address is not None:
                found.append(_finding(address, *match.span()))
    return without_overlaps(found)
