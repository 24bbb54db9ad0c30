"""How many blocks and scans a file is made of: what reads it goes through each, however small."""

import re
from typing import Final

_PNG_HEADER_BYTES: Final = 8
_PNG_END: Final = b"IEND"
_JPEG_START_BYTES: Final = 2
_SCAN: Final = 0xDA
_END: Final = 0xD9
_FILLING: Final = re.compile(rb"\xff*")
_BEHIND_CODES: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""A marker that ends a scan's codes: none that is escaped, none that restarts them."""
_BARE: Final = frozenset((0x00, 0x01, *range(0xD0, 0xD9)))
"""Markers to which nothing belongs, and what is none."""


def n_png_chunks(content: bytes, most: int) -> int:
    """Counts the chunks of a PNG, up to one more than `most`."""
    at, n_chunks = _PNG_HEADER_BYTES, 0
    while at + 8 <= len(content) and n_chunks <= most:
        n_chunks += 1
        if content[at + 4 : at + 8] == _PNG_END:
            break
        at += 12 + int.from_bytes(content[at : at + 4])
    return n_chunks


def jpeg_blocks(content: bytes, most: int) -> tuple[int, int]:
    """Counts a JPEG's segments, and its scans among them, up to one more than `most`.

    Bytes that only fill the place before a marker, or are in it by mistake, count like segments:
    they are read one by one. What lies behind the picture's end does not count.
    """
    at, n_blocks, n_scans = _JPEG_START_BYTES, 0, 0
    while n_blocks <= most:
        start = content.find(b"\xff", at)
        filled = _FILLING.match(content, start) if start >= 0 else None
        if filled is None or filled.end() >= len(content):
            break
        n_blocks += 1 + (filled.end() - 1 - at)
        at, marker = filled.end() + 1, content[filled.end()]
        if marker == _END:
            break
        if marker not in _BARE:
            at += max(2, int.from_bytes(content[at : at + 2]))
        if marker == _SCAN:
            n_scans += 1
            behind = _BEHIND_CODES.search(content, at)
            if behind is None:
                break
            at = behind.start()
    return n_blocks, n_scans
