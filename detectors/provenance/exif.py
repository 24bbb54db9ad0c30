"""Texts in EXIF: a walk over at most two directories, with every offset checked."""

import struct
from collections.abc import Iterator
from typing import Final

from detectors.provenance.claim import MAX_FIELD_CHARS, Field, Role

_TAGS: Final[dict[int, tuple[str, Role]]] = {
    0x010E: ("ImageDescription", "text"),
    0x010F: ("Make", "software"),
    0x0110: ("Model", "software"),
    0x0131: ("Software", "software"),
    0x013B: ("Artist", "credit"),
    0x8298: ("Copyright", "credit"),
    0x9286: ("UserComment", "text"),
    0x9C9C: ("XPComment", "text"),
    0x9C9D: ("XPAuthor", "credit"),
}
_EXIF_DIRECTORY: Final = 0x8769
_MAX_ENTRIES: Final = 200
_ASCII, _LONG, _UNDEFINED, _BYTE = 2, 4, 7, 1
_MARK: Final = b"Exif\x00\x00"
_HEADS: Final = (b"II*\x00", b"MM\x00*")
SCANNED_BYTES: Final = 4 << 20


def scanned(content: bytes) -> Iterator[Field]:
    """Gives the texts of EXIF blocks with their usual mark, wherever they stand: JPEG, HEIC."""
    at = content.find(_MARK, 0, SCANNED_BYTES)
    for _ in range(4):
        if at < 0:
            return
        yield from fields(content[at + len(_MARK) :])
        at = content.find(_MARK, at + 1, SCANNED_BYTES)


def fields(block: bytes) -> Iterator[Field]:
    """Gives the texts of an EXIF block, which begins with its byte order; nothing of another."""
    if block[:4] not in _HEADS:
        return
    order = "<" if block[:2] == b"II" else ">"
    later = list(_directory(block, order, _number(block, order, 4), depth=0))
    yield from later


def _directory(block: bytes, order: str, at: int, *, depth: int) -> Iterator[Field]:
    if not 0 < at <= len(block) - 2:
        return
    (n_entries,) = struct.unpack_from(f"{order}H", block, at)
    for number in range(min(n_entries, _MAX_ENTRIES)):
        entry = at + 2 + 12 * number
        if entry + 12 > len(block):
            return
        tag, kind, count = struct.unpack_from(f"{order}HHI", block, entry)
        if tag == _EXIF_DIRECTORY and kind == _LONG and depth == 0:
            yield from _directory(block, order, _number(block, order, entry + 8), depth=1)
        elif tag in _TAGS and kind in {_ASCII, _UNDEFINED, _BYTE}:
            start = entry + 8 if count <= 4 else _number(block, order, entry + 8)  # noqa: PLR2004
            raw = block[start : start + min(count, MAX_FIELD_CHARS)]
            name, role = _TAGS[tag]
            text = _text(raw, order, is_wide=name.startswith("XP"))
            if text:
                yield Field(f"exif:{name}", role, text)


def _number(block: bytes, order: str, at: int) -> int:
    return int(struct.unpack_from(f"{order}I", block, at)[0]) if at + 4 <= len(block) else 0


def _text(raw: bytes, order: str, *, is_wide: bool) -> str:
    """A text, or a comment after the eight bytes that name its encoding."""
    if is_wide:
        return raw.decode("utf-16-le", "replace").strip("\x00 ")
    head, rest = raw[:8], raw[8:]
    if head.startswith(b"UNICODE\x00"):
        wide = "utf-16-le" if order == "<" else "utf-16-be"
        # Programs write either order, whatever the block's own is.
        found = rest.decode(wide, "replace")
        if found and sum(one.isascii() for one in found[:64]) * 2 < len(found[:64]):
            found = rest.decode("utf-16-be" if order == "<" else "utf-16-le", "replace")
        return found.strip("\x00 ")
    if head in {b"ASCII\x00\x00\x00", b"\x00" * 8}:
        raw = rest
    return raw.decode("utf-8", "replace").strip("\x00 ")
