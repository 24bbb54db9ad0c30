"""Texts in IPTC-IIM, the older form of press metadata, inside Photoshop's resource blocks."""

from collections.abc import Iterator
from typing import Final

from detectors.provenance.claim import Field, Role

_MARK: Final = b"8BIM\x04\x04"
SCANNED_BYTES: Final = 4 << 20
_TAGS: Final[dict[int, tuple[str, Role]]] = {
    40: ("SpecialInstructions", "text"),
    65: ("OriginatingProgram", "software"),
    80: ("Byline", "credit"),
    110: ("Credit", "credit"),
    115: ("Source", "credit"),
    116: ("CopyrightNotice", "credit"),
    120: ("Caption", "text"),
}
_RECORD: Final = 2
_LONGEST: Final = 32_767
_MAX_DATASETS: Final = 200


def scanned(content: bytes) -> Iterator[Field]:
    """Gives the texts of the first such block of a file."""
    at = content.find(_MARK, 0, SCANNED_BYTES)
    if at < 0:
        return
    # A Pascal string of even length, then four bytes of size.
    name_at = at + len(_MARK)
    n_name = content[name_at] if name_at < len(content) else 0
    size_at = name_at + n_name + 1 + (n_name + 1) % 2
    size = int.from_bytes(content[size_at : size_at + 4], "big")
    yield from _datasets(content[size_at + 4 : size_at + 4 + min(size, 1 << 20)])


def _datasets(block: bytes) -> Iterator[Field]:
    at = 0
    for _ in range(_MAX_DATASETS):
        if at + 5 > len(block) or block[at] != 0x1C:  # noqa: PLR2004
            return
        record, tag = block[at + 1], block[at + 2]
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        if size > _LONGEST:
            return
        if record == _RECORD and tag in _TAGS:
            name, role = _TAGS[tag]
            text = block[at + 5 : at + 5 + size].decode("utf-8", "replace")
            yield Field(f"iptc:{name}", role, text)
        at += 5 + size
