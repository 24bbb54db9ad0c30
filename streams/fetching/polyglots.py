"""What else a file is: a second format that another reader would take it for."""

import re
from typing import Final

from streams.fetching.kinds import HEAD_BYTES, MODALITIES, kinds_of

_PDF_BYTES: Final = 1_024
"""Readers of PDF look that far for its signature (ISO 32000, note on the header)."""
_ZIP_BYTES: Final = 65_535 + 22
"""A ZIP file is read from its end: the record there, behind it a comment."""
_MARKUP_BYTES: Final = 1_445
"""How far browsers look for a type (WHATWG MIME Sniffing, resource header)."""
_MARKUP: Final = re.compile(rb"<(?:!doctype html|html|script|svg|iframe|\?php)", re.IGNORECASE)
_ARCHIVES: Final = ((b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"))
_ARCHIVE_BYTES: Final = 1024 * 1024
"""How far unpackers look for their signature, behind a program that unpacks itself."""
_MOVIE: Final = re.compile(rb"ftyp(?:isom|iso[2-9]|mp4[12]|avc1|qt  |M4V |M4A |3gp[4-7])")


def also(content: bytes) -> tuple[str, ...]:
    """Gives the names of the other formats that a file is too, sorted; () for an honest one.

    A kind of ours, `pdf`, `zip`, `rar`, `7z`, `html` (markup or a script), or `movie` (behind a
    picture, as phones store moving photos). The name says that a reader may take the file so, not
    that it is harmful.
    """
    kinds = kinds_of(content[:HEAD_BYTES])
    found: set[str] = set(kinds[1:])
    if b"%PDF-" in content[:_PDF_BYTES]:
        found.add("pdf")
    if _ends_as_zip(content[-_ZIP_BYTES:]):
        found.add("zip")
    if _MARKUP.search(content[:_MARKUP_BYTES]):
        found.add("html")
    if kinds and MODALITIES[kinds[0]] == "image":
        start = content[:_ARCHIVE_BYTES]
        found.update(name for signature, name in _ARCHIVES if signature in start)
        if _MOVIE.search(content, 12):
            found.add("movie")
    return tuple(sorted(found))


def _ends_as_zip(tail: bytes) -> bool:
    """Whether the end record is there and its comment ends where the file does."""
    at = tail.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)
