"""Bech32 and Bech32m: native segregated-witness addresses, decoded and checked.

After BIP-173 and BIP-350. The `bech32` package of PyPI knows BIP-173 alone and would refuse
every taproot address.
"""

from typing import Final

_CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES: Final = {character: n for n, character in enumerate(_CHARSET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
BECH32: Final = 1
BECH32M: Final = 0x2BC830A3
"""The constants that the checksum ends in (BIP-350)."""
_MAX_LENGTH: Final = 90
_CHECKSUM_LENGTH: Final = 6
_MAX_WITNESS_VERSION: Final = 16
_SHORTEST_PROGRAM: Final = 2
_LONGEST_PROGRAM: Final = 40
_V0_PROGRAMS: Final = (20, 32)
_FIRST_PRINTABLE: Final = 33
_LAST_PRINTABLE: Final = 126


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for n in range(5):
            check ^= _GENERATOR[n] if top >> n & 1 else 0
    return check


def decode(text: str) -> tuple[str, list[int], int] | None:
    """Gives the human-readable part, the 5-bit values and the constant; None if not valid."""
    if text.lower() != text and text.upper() != text:
        return None
    low = text.lower()
    if any(not _FIRST_PRINTABLE <= ord(c) <= _LAST_PRINTABLE for c in low):
        return None
    split = low.rfind("1")
    if split < 1 or split + _CHECKSUM_LENGTH + 1 > len(low) or len(low) > _MAX_LENGTH:
        return None
    prefix = low[:split]
    try:
        values = [_VALUES[c] for c in low[split + 1 :]]
    except KeyError:
        return None
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    constant = _polymod(expanded + values)
    if constant not in (BECH32, BECH32M):
        return None
    return prefix, values[:-_CHECKSUM_LENGTH], constant


def _to_bytes(values: list[int]) -> bytes | None:
    number, n_bits = 0, 0
    found = bytearray()
    for value in values:
        number = (number << 5 | value) & 0xFFF
        n_bits += 5
        if n_bits >= 8:  # noqa: PLR2004  bits in a byte
            n_bits -= 8
            found.append(number >> n_bits & 0xFF)
    is_padded = n_bits >= 5 or number & ((1 << n_bits) - 1)  # noqa: PLR2004
    return None if is_padded else bytes(found)


def witness(text: str, prefix: str) -> tuple[int, bytes] | None:
    """Gives version and program of a segregated-witness address of `prefix`; None if not valid."""
    decoded = decode(text)
    if decoded is None or decoded[0] != prefix or not decoded[1]:
        return None
    version = decoded[1][0]
    program = _to_bytes(decoded[1][1:])
    if program is None or version > _MAX_WITNESS_VERSION:
        return None
    if not _SHORTEST_PROGRAM <= len(program) <= _LONGEST_PROGRAM:
        return None
    if version == 0 and len(program) not in _V0_PROGRAMS:
        return None
    expected = BECH32 if version == 0 else BECH32M
    return (version, program) if decoded[2] == expected else None
