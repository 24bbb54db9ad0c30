"""Elements of Matroska files (EBML, RFC 8794), made and put together."""

import struct
from typing import Final

SEGMENT: Final = b"\x18\x53\x80\x67"
INFO: Final = b"\x15\x49\xa9\x66"
TRACKS: Final = b"\x16\x54\xae\x6b"
TRACK: Final = b"\xae"
CLUSTER: Final = b"\x1f\x43\xb6\x75"
_MOST_SHORT: Final = 127
UNKNOWN_SIZE: Final = b"\x01" + b"\xff" * 7


def element(name: bytes, *bodies: bytes) -> bytes:
    """Gives an element, its size written in one byte or in eight."""
    body = b"".join(bodies)
    is_short = len(body) < _MOST_SHORT
    size = (0x80 | len(body)).to_bytes(1) if is_short else (1 << 56 | len(body)).to_bytes(8)
    return name + size + body


def number(name: bytes, value: int) -> bytes:
    """Gives an element of an unsigned number."""
    return element(name, value.to_bytes(8))


def start(document: bytes = b"matroska") -> bytes:
    """Gives what a file begins with."""
    return element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", document))


def info() -> bytes:
    """Gives the element that tells the unit of times: a millisecond."""
    return element(INFO, number(b"\x2a\xd7\xb1", 1_000_000))


def video(n: int, codec: bytes, width_px: int, height_px: int, *more: bytes) -> bytes:
    """Gives a track of pictures."""
    size = element(b"\xe0", number(b"\xb0", width_px), number(b"\xba", height_px))
    return element(
        TRACK, number(b"\xd7", n), number(b"\x73\xc5", n), number(b"\x83", 1),
        element(b"\x86", codec), size, *more,
    )  # fmt: skip


def subtitles(n: int) -> bytes:
    """Gives a track of lines."""
    return element(
        TRACK, number(b"\xd7", n), number(b"\x73\xc5", n), number(b"\x83", 17),
        element(b"\x86", b"S_TEXT/UTF8"),
    )  # fmt: skip


def frame(n: int, at_ms: int, content: bytes) -> bytes:
    """Gives a cluster of one frame of a track."""
    block = bytes([0x80 | n]) + struct.pack(">hB", 0, 0x80) + content
    return element(CLUSTER, number(b"\xe7", at_ms), element(b"\xa3", block))


def zlib_coded() -> bytes:
    """Gives the element that says a track's frames are compressed."""
    how = element(b"\x50\x34", number(b"\x42\x54", 0))
    return element(b"\x6d\x80", element(b"\x62\x40", number(b"\x50\x32", 1), how))


def attachment(name: bytes, content: bytes) -> bytes:
    """Gives an attached file."""
    return element(
        b"\x61\xa7", element(b"\x46\x6e", name), element(b"\x46\x60", b"font/ttf"),
        element(b"\x46\x5c", content), number(b"\x46\xae", 1),
    )  # fmt: skip


def chapters(n_chapters: int, n_deep: int) -> bytes:
    """Gives chapters, each with others in it."""
    inner = b""
    for _ in range(n_deep):
        inner = element(b"\xb6", number(b"\x73\xc4", 1), number(b"\x91", 0), inner)
    return element(b"\x10\x43\xa7\x70", element(b"\x45\xb9", inner * n_chapters))
