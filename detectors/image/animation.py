"""How many frames a file holds, by its blocks: nothing is decoded, no figure in it is believed."""

from typing import Final

_GIF_HEADER_BYTES: Final = 13
_GIF_EXTENSION: Final = 0x21
_GIF_IMAGE: Final = 0x2C
_GIF_IMAGE_BYTES: Final = 10
_HAS_COLOURS: Final = 0x80
_PNG_HEADER_BYTES: Final = 8
_PNG_FRAME: Final = b"fcTL"
_PNG_END: Final = b"IEND"


def count_gif(content: bytes) -> int:
    """Counts the image blocks of a GIF up to its end, or up to where it is broken."""
    if len(content) < _GIF_HEADER_BYTES:
        return 0
    at = _GIF_HEADER_BYTES + _colours_bytes(content[10])
    n_frames = 0
    while at < len(content):
        kind = content[at]
        if kind == _GIF_EXTENSION:
            at = _after_blocks(content, at + 2)
        elif kind == _GIF_IMAGE and at + _GIF_IMAGE_BYTES < len(content):
            n_frames += 1
            colours = _colours_bytes(content[at + 9])
            at = _after_blocks(content, at + _GIF_IMAGE_BYTES + colours + 1)
        elif kind == 0:  # padding that decoders pass over
            at += 1
        else:
            break
    return n_frames


def _colours_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & _HAS_COLOURS else 0


def _after_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += content[at] + 1
    return at + 1


def count_png(content: bytes) -> int:
    """Counts the frame-control chunks of a PNG; 0 where it is not animated."""
    at, n_frames = _PNG_HEADER_BYTES, 0
    while at + 8 <= len(content):
        kind = content[at + 4 : at + 8]
        if kind == _PNG_END:
            break
        n_frames += kind == _PNG_FRAME
        at += 12 + int.from_bytes(content[at : at + 4])
    return n_frames
