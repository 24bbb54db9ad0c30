"""Private keys in a text, by their checksums or by what stands beside them."""

import hashlib
import re
from collections.abc import Callable
from typing import Final

import base58
from Crypto.Signature import eddsa

from detectors.text.entities.finding import Finding, without_overlaps

_BASE58: Final = re.compile(r"(?<![0-9A-Za-z])[1-9A-HJ-NP-Za-km-z]{29,112}(?![0-9A-Za-z])")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?[0-9a-fA-F]{64}(?![0-9A-Za-z])")
_ARRAY: Final = re.compile(r"\[\s*(?:\d{1,3}\s*,\s*){63}\d{1,3}\s*\]")
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1, https://www.secg.org/sec2-v2.pdf: a key is 1 to one less."""
_SECRET_BYTES: Final = 32
_WIF: Final = {0x80: "btc", 0xEF: "btc test", 0xB0: "ltc"}
_WIF_LENGTHS: Final = range(51, 53)
_EXTENDED_LENGTHS: Final = range(107, 113)
_EXTENDED_BYTES: Final = 78
_EXTENDED: Final = {
    bytes.fromhex("0488ade4"): "xprv",
    bytes.fromhex("049d7878"): "yprv",
    bytes.fromhex("04b2430c"): "zprv",
    bytes.fromhex("04358394"): "tprv",
    bytes.fromhex("0295b005"): "Yprv",
    bytes.fromhex("02aa7a99"): "Zprv",
}
"""Versions of BIP-32 and SLIP-132."""
_KEYPAIR_LENGTHS: Final = range(85, 89)
_SEED_LENGTHS: Final = range(29, 32)
_FAMILY_SEED: Final = (17, b"\x21")
_ED25519_SEED: Final = (19, b"\x01\xe1\x4b")
"""XRP Ledger seeds: length and prefix, https://xrpl.org/docs/references/protocol/data-types/base58-encodings"""
_SHOWN: Final = 4


def is_scalar(digits: str) -> bool:
    """Whether 64 hexadecimal digits are a private key of secp256k1."""
    return 0 < int(digits, 16) < _ORDER


def is_keypair(payload: bytes) -> bool:
    """Whether 64 bytes are an Ed25519 seed and its own public key, as Solana wallets export."""
    seed, public = payload[:_SECRET_BYTES], payload[_SECRET_BYTES:]
    if len(public) != _SECRET_BYTES:
        return False
    point = eddsa.import_private_key(seed).public_key().export_key(format="raw")
    return point == public


def _wif(text: str) -> str | None:
    if len(text) not in _WIF_LENGTHS:
        return None
    try:
        payload = base58.b58decode_check(text)
    except ValueError:
        return None
    is_compressed = len(payload) == _SECRET_BYTES + 2 and payload[-1] == 1
    if len(payload) != _SECRET_BYTES + 1 and not is_compressed:
        return None
    chain = _WIF.get(payload[0])
    return f"wif {chain}" if chain and is_scalar(payload[1:33].hex()) else None


def _extended(text: str) -> str | None:
    if len(text) not in _EXTENDED_LENGTHS:
        return None
    try:
        payload = base58.b58decode_check(text)
    except ValueError:
        return None
    return _EXTENDED.get(payload[:4]) if len(payload) == _EXTENDED_BYTES else None


def _keypair(text: str) -> str | None:
    if len(text) not in _KEYPAIR_LENGTHS or not is_keypair(base58.b58decode(text)):
        return None
    return "solana base58"


def _xrp_seed(text: str) -> str | None:
    if text[0] != "s" or len(text) not in _SEED_LENGTHS:
        return None
    try:
        payload = base58.b58decode_check(text, alphabet=base58.XRP_ALPHABET)
    except ValueError:
        return None
    for n_bytes, prefix in (_FAMILY_SEED, _ED25519_SEED):
        if len(payload) == n_bytes and payload.startswith(prefix):
            return "xrp seed"
    return None


_BASE58_FORMS: Final[tuple[Callable[[str], str | None], ...]] = (
    _wif,
    _extended,
    _keypair,
    _xrp_seed,
)


def mask(secret: str) -> dict[str, str]:
    """Gives evidence that tells two secrets apart and reveals neither."""
    digest = hashlib.sha256(secret.encode()).hexdigest()[:12]
    return {"begins": secret[:_SHOWN], "length": str(len(secret)), "sha256_begins": digest}


def _finding(match: re.Match[str], form: str) -> Finding:
    return Finding(
        kind="private_key",
        start=match.start(),
        end=match.end(),
        evidence={"form": form, **mask(match.group())},
    )


def find(text: str) -> list[Finding]:
    """Finds keys that prove themselves: WIF, xprv, Solana key pairs, XRP seeds."""
    found: list[Finding] = []
    for match in _BASE58.finditer(text):
        form = next((f for check in _BASE58_FORMS if (f := check(match.group()))), None)
        if form is not None:
            found.append(_finding(match, form))
    if "[" in text:
        for match in _ARRAY.finditer(text):
            values = [int(one) for one in match.group()[1:-1].split(",")]
            if max(values) < 256 and is_keypair(bytes(values)):  # noqa: PLR2004  a byte
                found.append(_finding(match, "solana bytes"))
    return without_overlaps(found)


def hexadecimal(text: str) -> list[Finding]:
    """Finds 64 hexadecimal digits that could be a secp256k1 key.

    So are most hashes: worth a signal only beside words that say what it is.
    """
    return [
        _finding(match, "hexadecimal")
        for match in _HEX.finditer(text)
        if is_scalar(match.group()[-64:])
    ]
