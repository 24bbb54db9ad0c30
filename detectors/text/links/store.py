"""Block and allow lists as one file, read into memory as it is: exact, and not parsed.

Little-endian. A 40-byte header; a table of 64-bit slots, a power of two and at most half full; a
heap of names. A slot holds the CRC-32 of a name and where it stands in the heap, plus one; 0 is
empty. A name in the heap is one byte of kind, one of length, and its ASCII. Linear probing. The
last two labels of every longer name stand there too, marked `_BELOW`, so that most lookups end
after one.
"""

import os
import struct
import tempfile
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Final
from zlib import crc32

from msgspec import Struct

_HEADER: Final = struct.Struct("<8sIIIIQII")
_MAGIC: Final = b"TGLINKS1"
_MAX_NAME: Final = 255
_MAX_PARENTS: Final = 8
_SHORT: Final = 60
"""Names up to this long are looked up with all their parents, longer ones with the last 8."""


class Kind(IntEnum):
    """What a list says of a name."""

    DENY = 1
    """The name and its subdomains are blocked."""
    ALLOW = 2
    """The name and its subdomains are known as legitimate."""
    PLATFORM = 3
    """The name itself is legitimate; its subdomains belong to anybody (`*.web.app`)."""


_BELOW: Final = 4
"""Bit of a name that has listed names below it; with kind 0 where it is not listed itself."""
_KIND: Final = 3
_KINDS: Final = (Kind.DENY, Kind.DENY, Kind.ALLOW, Kind.PLATFORM)
"""By number; 0 is none."""


class Listed(Struct, frozen=True, gc=False):
    """A list's answer: the entry that matched."""

    kind: Kind
    entry: str


class StoreInvalid(ValueError):
    """The file is no store, or was cut or altered."""


def pack(entries: Mapping[str, Kind]) -> bytes:
    """The store's bytes. Raises ValueError for a name that is not ASCII or over 255 bytes."""
    kinds: dict[str, int] = {name: int(kind) for name, kind in entries.items()}
    for name in entries:
        stem = ".".join(name.rsplit(".", 2)[-2:])
        if stem != name and "/" not in name:
            kinds[stem] = kinds.get(stem, 0) | _BELOW
    n_slots = 1 << max(3, (2 * len(kinds)).bit_length())
    slots = [0] * n_slots
    heap = bytearray()
    for name, kind in sorted(kinds.items()):
        key = name.encode("ascii")
        if not 0 < len(key) <= _MAX_NAME:
            message = f"{name[:40]!r} has {len(key)} bytes; 1 to {_MAX_NAME} fit"
            raise ValueError(message)
        code = crc32(key)
        at = code & (n_slots - 1)
        while slots[at]:
            at = (at + 1) & (n_slots - 1)
        slots[at] = code << 32 | (len(heap) + 1)
        heap += bytes((kind, len(key))) + key
    body = struct.pack(f"<{n_slots}Q", *slots) + heap
    n_deny = sum(kind is Kind.DENY for kind in entries.values())
    n_paths = sum("/" in name for name in entries)
    counts = (n_deny, len(entries) - n_deny, n_paths, 0)
    return _HEADER.pack(_MAGIC, *counts, len(heap), n_slots, crc32(body)) + body


def write(path: Path, content: bytes) -> None:
    """Puts the bytes in place at once: a reader has the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class Store:
    """An open store. Lookups may come from any thread; nothing is ever changed in it."""

    def __init__(self, content: bytes) -> None:
        """Checks the content. Raises StoreInvalid."""
        if len(content) < _HEADER.size:
            message = f"{len(content)} bytes are no store"
            raise StoreInvalid(message)
        magic, n_deny, n_allow, n_paths, _, n_heap, n_slots, checksum = _HEADER.unpack_from(content)
        start = _HEADER.size + 8 * n_slots
        if magic != _MAGIC or n_slots & (n_slots - 1) or len(content) != start + n_heap:
            message = "not a store of this version, or cut short"
            raise StoreInvalid(message)
        view = memoryview(content)
        if crc32(view[_HEADER.size :]) != checksum:
            message = "the store's checksum does not fit its content"
            raise StoreInvalid(message)
        self._content = content
        self._slots = view[_HEADER.size : start].cast("Q")
        self._mask = n_slots - 1
        self._heap = start
        self.n_deny, self.n_allow, self.n_paths = n_deny, n_allow, n_paths

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Reads a file that `write` put there. Raises OSError, StoreInvalid.

        The bytes are copied: mapped into memory, a file that is cut in place ends every process
        that reads it (SIGBUS).
        """
        try:
            return cls(path.read_bytes())
        except ValueError as error:
            message = f"{path.name}: {error}"
            raise StoreInvalid(message) from error

    def kind(self, key: bytes) -> int:
        """What is said of exactly this name: a Kind, or 0."""
        return self._bits(key, crc32(key)) & _KIND

    def _bits(self, key: bytes, code: int) -> int:
        slots, mask = self._slots, self._mask
        at = code & mask
        while slot := slots[at]:
            if slot >> 32 == code:
                start = self._heap + (slot & 0xFFFFFFFF)
                content = self._content
                end = start + 1 + len(key)
                if content[start] == len(key) and content[start + 1 : end] == key:
                    return int(content[start - 1])
            at = (at + 1) & mask
        return 0

    def find(self, name: str) -> Listed | None:
        """What the lists say of a host: the entry of itself, else of its nearest parent.

        Where a name stands in both lists, allow won when the store was built.
        """
        key = name.encode("ascii", "replace")
        last = key.rfind(b".")
        at = key.rfind(b".", 0, last) + 1 if last > 0 else 0
        part = key[at:] if at else key
        code = crc32(part)
        if not self._slots[code & self._mask]:
            return None
        bits = self._bits(part, code)
        if at and bits & _BELOW:
            return self._nearest(name, key)
        kind = bits & _KIND
        if not kind or (at and kind == Kind.PLATFORM):
            return None
        return Listed(_KINDS[kind], name[at:])

    def _nearest(self, name: str, key: bytes) -> Listed | None:
        """The entry of a host or its nearest parent, by looking each up."""
        at, last = 0, key.rfind(b".")
        jump = 0 if len(key) <= _SHORT else _jump(key)
        while True:
            if kind := self.kind(key[at:]):
                found = _KINDS[kind]
                return None if at and found is Kind.PLATFORM else Listed(found, name[at:])
            following = key.find(b".", at) + 1
            if not 0 < following <= last:
                return None
            at = max(following, jump)


def _jump(key: bytes) -> int:
    """Where the longest parent begins that is looked up."""
    parts = key.rsplit(b".", _MAX_PARENTS)
    return len(parts[0]) + 1 if b"." in parts[0] else 0
