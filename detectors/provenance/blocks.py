"""Metadata in the blocks of PNG and WebP files; decompressed within bounds, no pixel decoded."""

import zlib
from collections.abc import Iterator
from typing import Final

from detectors.provenance import exif, xmp
from detectors.provenance.claim import MAX_FIELD_CHARS, Field, Role

PNG: Final = b"\x89PNG\r\n\x1a\n"
MAX_BLOCKS: Final = 100_000
MAX_TEXTS: Final = 64
_SOFTWARE: Final = frozenset({"software", "source", "creator", "creation tool", "generator"})
_XMP: Final = "XML:com.adobe.xmp"


def fields(content: bytes) -> Iterator[Field]:
    """Gives the texts of a PNG's or WebP's blocks; nothing of other files."""
    if content.startswith(PNG):
        yield from _png(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        yield from _webp(content)


def _png(content: bytes) -> Iterator[Field]:
    n_texts = 0
    for kind, block in _png_blocks(content):
        if kind == b"eXIf":
            yield from exif.fields(block)
        elif kind in {b"tEXt", b"zTXt", b"iTXt"} and n_texts < MAX_TEXTS:
            n_texts += 1
            key, text = _text(kind, block)
            if key == _XMP:
                yield from xmp.fields(text.encode())
            elif text:
                role: Role = "software" if key.lower() in _SOFTWARE else "text"
                yield Field(f"png:{key}", role, text)


def _png_blocks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    for _ in range(MAX_BLOCKS):
        if at + 8 > len(content):
            return
        size = int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        if kind in {b"eXIf", b"tEXt", b"zTXt", b"iTXt"}:
            yield kind, content[at + 8 : at + 8 + size]
        at += 12 + size


def _text(kind: bytes, block: bytes) -> tuple[str, str]:
    """The keyword and the text of a block."""
    key, _, rest = block.partition(b"\x00")
    name = key[:79].decode("latin-1")
    if kind == b"tEXt":
        return name, _either(rest[: 4 * MAX_FIELD_CHARS])
    if kind == b"zTXt":
        return name, _either(_inflated(rest[1:]))
    is_packed, (_, _, text) = rest[:1] == b"\x01", _three(rest[2:])
    return name, _either(_inflated(text) if is_packed else text[: 4 * MAX_FIELD_CHARS])


def _three(rest: bytes) -> tuple[bytes, bytes, bytes]:
    """The language, the translated keyword and the text."""
    lang, _, rest = rest.partition(b"\x00")
    key, _, text = rest.partition(b"\x00")
    return lang, key, text


def _inflated(packed: bytes) -> bytes:
    """The beginning of what is packed, however much that would be."""
    try:
        return zlib.decompressobj().decompress(packed, 4 * MAX_FIELD_CHARS)
    except zlib.error:
        return b""


def _either(raw: bytes) -> str:
    """UTF-8 where it is, as most programs write in spite of the format's rules; else Latin-1."""
    try:
        return raw.decode("utf-8")[:MAX_FIELD_CHARS]
    except UnicodeDecodeError:
        return raw.decode("latin-1")[:MAX_FIELD_CHARS]


def _webp(content: bytes) -> Iterator[Field]:
    at = 12
    for _ in range(MAX_BLOCKS):
        if at + 8 > len(content):
            return
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        if content[at : at + 4] == b"EXIF":
            block = content[at + 8 : at + 8 + size]
            yield from exif.fields(block.removeprefix(b"Exif\x00\x00"))
        at += 8 + size + size % 2
