"""Host names and IP addresses: what is one, and who registers it.

Public suffixes come from the list that PyPI `publicsuffixlist` carries; no network is used.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Final

import idna
from msgspec import Struct
from publicsuffixlist import PublicSuffixList

from detectors.text.links.fold import skeleton

RESERVED: Final = frozenset({"test", "example", "invalid", "onion"})
"""Top-level names that nobody registers (RFC 2606, RFC 7686): read as names all the same."""
_MAX_HOST: Final = 253
_N_QUAD: Final = 4
_ASCII_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")


class Host(Struct, frozen=True):
    """A host by name. `name` is ASCII (IDNA), lower case, without a trailing dot."""

    name: str
    registered: str
    """The part somebody registered, under a public suffix: `example.co.uk`."""
    suffix: str
    """Public suffix, private ones (`web.app`) included."""
    looks_like: str | None = None
    """The ASCII name it resembles, where it is written in other letters."""
    is_ip: bool = False


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=1)
def _icann() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


def is_public_suffix(name: str) -> bool:
    """Whether subdomains of `name` belong to different people."""
    return name in RESERVED or bool(_suffixes().is_public(name))


@lru_cache(maxsize=16384)
def is_top_level(label: str) -> bool:
    """Whether a label, or two, is a registry's suffix or a reserved one. ASCII or not."""
    if label in RESERVED:
        return True
    return bool(_icann().publicsuffix(label, accept_unknown=False))


@lru_cache(maxsize=16384)
def named(written: str) -> Host | None:
    """The host that a folded, dotted name means; None where it is none.

    Args:
        written: Lower case, Unicode labels joined by full stops.
    """
    written = written.strip(".")
    labels = written.split(".")
    if len(labels) < 2 or len(written) > _MAX_HOST or not all(labels):  # noqa: PLR2004
        return None
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return address(written)
    if written.isascii():
        return _ascii_host(written, None)
    bare = skeleton(written)
    looks_like = bare if bare.isascii() and _has_suffix(bare.split(".")) else None
    if _has_suffix(labels):
        encoded = _idna(written)
        if encoded is not None:
            return _ascii_host(encoded, looks_like)
    return None if looks_like is None else _ascii_host(looks_like, looks_like)


def _has_suffix(labels: list[str]) -> bool:
    """Whether names are registered there; some countries (`za`) take none at the top."""
    return is_top_level(labels[-1]) or is_top_level(".".join(labels[-2:]))


def _ascii_host(name: str, looks_like: str | None) -> Host | None:
    labels = name.split(".")
    if not _has_suffix(labels) or not all(map(_ASCII_LABEL.fullmatch, labels)):
        return None
    suffix = _suffixes().publicsuffix(name) or labels[-1]
    n = suffix.count(".") + 2
    registered = ".".join(labels[-n:])
    if looks_like is None and "xn--" in name:
        looks_like = _shown(name)
    return Host(name, registered, suffix, looks_like if looks_like != name else None)


def _idna(name: str) -> str | None:
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _shown(name: str) -> str | None:
    """The ASCII that a punycode name looks like when a browser shows it."""
    try:
        bare = skeleton(idna.decode(name))
    except (idna.IDNAError, UnicodeError):
        return None
    return bare if bare.isascii() else None


def address(written: str) -> Host | None:
    """The IP address that a number means, as browsers read it (WHATWG URL, IPv4 parser).

    Decimal, octal and hexadecimal numbers, one to four of them; or IPv6 without brackets.
    """
    if ":" in written:
        try:
            name = str(ipaddress.IPv6Address(written))
        except ValueError:
            return None
        return Host(name, name, "", is_ip=True)
    parts = written.split(".")
    if not 1 <= len(parts) <= _N_QUAD or not all(map(_NUMBER.fullmatch, parts)):
        return None
    numbers = [_number(part) for part in parts]
    last = numbers.pop()
    if None in numbers or last is None or last >= 256 ** (_N_QUAD - len(numbers)):
        return None
    total = last
    for at, number in enumerate(numbers):
        if number is None or number > 255:  # noqa: PLR2004
            return None
        total += number << (8 * (3 - at))
    name = str(ipaddress.IPv4Address(total))
    return Host(name, name, "", is_ip=True)


def _number(part: str) -> int | None:
    if len(part) > 16:  # noqa: PLR2004
        return None
    try:
        if part.startswith("0x"):
            return int(part[2:] or "0", 16)
        return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)
    except ValueError:
        return None
