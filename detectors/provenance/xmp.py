"""Texts in XMP packets, wherever in a file they stand, read by a parser that takes no entities."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from xml.parsers import expat

from detectors.provenance.claim import MAX_FIELD_CHARS, Field, Role

_OPEN, _CLOSE = b"<x:xmpmeta", b"</x:xmpmeta>"
MAX_PACKETS: Final = 4
MAX_PACKET_BYTES: Final = 1 << 20
_MAX_DEPTH: Final = 64
_MAX_FOUND: Final = 64
_NAMES: Final[dict[str, Role]] = {
    "digitalsourcetype": "source_type",
    "digitalsourcefiletype": "source_type",
    "creatortool": "software",
    "softwareagent": "software",
    "software": "software",
    "aisystemused": "software",
    "credit": "credit",
    "creator": "credit",
    "aigc": "text",
    "description": "text",
    "usercomment": "text",
    "aipromptinformation": "text",
}
"""Names without their namespaces' prefixes, in small letters."""


class _TooMuch(Exception):
    """A packet declares a document type, or is nested deeper than any real one."""


def scanned(content: bytes) -> Iterator[Field]:
    """Gives the texts of the first packets of a file; of a broken one what stands before."""
    at = 0
    for _ in range(MAX_PACKETS):
        start = content.find(_OPEN, at)
        if start < 0:
            return
        end = content.find(_CLOSE, start, start + MAX_PACKET_BYTES)
        at = start + len(_OPEN) if end < 0 else end + len(_CLOSE)
        if end >= 0:
            yield from fields(content[start:at])


def fields(packet: bytes) -> list[Field]:
    """Gives the texts of one packet."""
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.refuse
    # A damaged packet still says what it has said.
    with suppress(expat.ExpatError, _TooMuch, ValueError):
        parser.Parse(packet[:MAX_PACKET_BYTES], True)
    return reading.found


class _Reading:
    """What a parser has met so far."""

    def __init__(self) -> None:
        self.found: list[Field] = []
        self._open: list[tuple[str, list[str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise _TooMuch
        self._open.append((name, []))
        for key, value in attributes.items():
            self._add(key, value)

    def end(self, name: str) -> None:
        own, pieces = self._open.pop()
        text = "".join(pieces).strip()
        if not text or own != name:
            return
        if _local(name) in _NAMES:
            self._add(name, text)
        elif self._open:
            # Lists and alternatives stand inside what they are values of.
            self._open[-1][1].append(text)

    def text(self, given: str) -> None:
        if self._open and sum(map(len, self._open[-1][1])) < MAX_FIELD_CHARS:
            self._open[-1][1].append(given)

    def refuse(self, *_: object) -> None:
        raise _TooMuch

    def _add(self, name: str, text: str) -> None:
        role = _NAMES.get(_local(name))
        if role is not None and len(self.found) < _MAX_FOUND:
            self.found.append(Field(f"xmp:{name}", role, text[:MAX_FIELD_CHARS]))


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
