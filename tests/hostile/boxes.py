"""Boxes of ISO base media files (MP4, QuickTime): made, found, changed."""

import struct
from collections.abc import Callable, Iterator
from typing import Final

_HEADER_BYTES: Final = 8


def box(kind: bytes, *bodies: bytes) -> bytes:
    """Gives a box."""
    body = b"".join(bodies)
    return struct.pack(">I", len(body) + _HEADER_BYTES) + kind + body


def full(kind: bytes, *bodies: bytes, flags: int = 0) -> bytes:
    """Gives a box with a version and flags."""
    return box(kind, struct.pack(">I", flags), *bodies)


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Gives the boxes of an honest file: kind and body."""
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4])
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


def edited(content: bytes, way: tuple[bytes, ...], change: Callable[[bytes], bytes]) -> bytes:
    """Gives a file whose boxes at the end of `way` have other bodies. What is around them grows."""
    out = []
    for kind, body in boxes(content):
        if kind != way[0]:
            out.append(box(kind, body))
        elif len(way) == 1:
            out.append(box(kind, change(body)))
        else:
            out.append(box(kind, edited(body, way[1:], change)))
    return b"".join(out)


def added(content: bytes, way: tuple[bytes, ...], *more: bytes) -> bytes:
    """Gives a file with more boxes at the end of those at the end of `way`."""
    return edited(content, way, lambda body: body + b"".join(more))


def put(at: int, written: bytes) -> Callable[[bytes], bytes]:
    """Gives a change that writes over what stands at a place."""
    return lambda body: body[:at] + written + body[at + len(written) :]
