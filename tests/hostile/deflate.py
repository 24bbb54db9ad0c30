"""Compressed nothing: streams that unfold to any number of zeros, made without compressing them."""

import zlib
from typing import Final

_BLOCK: Final = 1 << 20
_ADLER: Final = 65_521


def zeros(n_bytes: int, *, is_raw: bool = False) -> bytes:
    """Gives a zlib stream, or a raw one of DEFLATE, of so many zeros: a thousandth of the size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = rest.compress(bytes(n_bytes % _BLOCK)) + rest.flush()
    body = block * (n_bytes // _BLOCK) + tail
    if is_raw:
        return body
    check = (n_bytes % _ADLER) << 16 | 1  # Adler-32 of nothing but zeros
    return b"\x78\xda" + body + check.to_bytes(4)


def gzip(n_bytes: int) -> bytes:
    """Gives a gzip file of zeros. Its CRC is wrong: readers find out at the end."""
    return b"\x1f\x8b\x08" + bytes(7) + zeros(n_bytes, is_raw=True) + bytes(8)
