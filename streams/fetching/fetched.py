"""A file that was fetched, judged by its own bytes."""

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from schemas.bounds import Sha256
from schemas.labels import MediaModality
from streams.fetching.kinds import HEAD_BYTES, MODALITIES, Kind, kinds_of
from streams.fetching.limits import Limits
from streams.fetching.polyglots import also
from streams.fetching.refusals import Refusal

_TYPE: Final = re.compile(r"\s*([\w.+-]{1,60}/[\w.+-]{1,60})\s*(?:;|$)", re.ASCII)
_SAYS_NOTHING: Final = frozenset({"application/octet-stream", "binary/octet-stream"})
_TYPES: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        "jpeg": frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}),
        "png": frozenset({"image/png", "image/apng", "image/x-png"}),
        "gif": frozenset({"image/gif"}),
        "webp": frozenset({"image/webp"}),
        "bmp": frozenset({"image/bmp", "image/x-bmp", "image/x-ms-bmp"}),
        "tiff": frozenset({"image/tiff"}),
        "avif": frozenset({"image/avif", "image/avif-sequence"}),
        "heic": frozenset({"image/heic", "image/heif", "image/heic-sequence"}),
        "mp4": frozenset({"video/mp4", "audio/mp4", "video/3gpp", "video/3gpp2", "video/x-m4v"}),
        "mov": frozenset({"video/quicktime"}),
        "webm": frozenset({"video/webm", "audio/webm"}),
        "mkv": frozenset({"video/x-matroska", "video/matroska", "audio/x-matroska"}),
        "avi": frozenset({"video/x-msvideo", "video/avi", "video/msvideo", "video/vnd.avi"}),
        "mp3": frozenset({"audio/mpeg", "audio/mp3", "audio/mpeg3"}),
        "wav": frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"}),
        "ogg": frozenset({"audio/ogg", "application/ogg", "audio/vorbis"}),
        "opus": frozenset({"audio/opus", "audio/ogg", "application/ogg"}),
        "flac": frozenset({"audio/flac", "audio/x-flac"}),
        "m4a": frozenset({"audio/mp4", "audio/x-m4a", "audio/m4a"}),
        "aac": frozenset({"audio/aac", "audio/aacp", "audio/x-aac"}),
    }
)
"""Media types in use for each kind; only compared with, never trusted."""


class Fetched(Struct, frozen=True, kw_only=True):
    """A file's bytes and what they are.

    Attributes:
        content: All of it, as it lay there.
        sha256: Of the content.
        kind: By its first bytes. That it can be decoded is not promised.
        also: Other formats that it is too (`polyglots.also`).
        declared: The media type that the server gave, in lower case; None if it gave none.
        is_as_declared: Whether that is one of the kind's; None if nothing was declared.
    """

    content: bytes
    sha256: Sha256
    kind: Kind
    also: tuple[str, ...] = ()
    declared: str | None = None
    is_as_declared: bool | None = None

    @property
    def modality(self) -> MediaModality:
        """Image, video or audio, by the kind."""
        return MODALITIES[self.kind]

    def __repr__(self) -> str:
        """The file in a line, without its bytes."""
        return f"Fetched({self.kind}, {len(self.content)} bytes, sha256={self.sha256})"


def largest_bytes(kind: Kind, limits: Limits) -> int:
    """Gives the largest size that a file of this kind may have."""
    return limits.sizes()[MODALITIES[kind]]


def receive_bytes(content: bytes, limits: Limits, sha256: str | None) -> Fetched | Refusal:
    """Gives what bytes that lie here are, or why they are refused."""
    arrival = Arrival(limits)
    return arrival.add(content) or arrival.end(sha256, None)


class Arrival:
    """A file while it arrives: refused as soon as it is known that it will be."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._content = bytearray()
        self._hash = hashlib.sha256()
        self._kind: Kind | None = None
        self._announced_bytes = 0
        self.n_bytes = 0

    def announce(self, n_bytes: int | None) -> Refusal | None:
        """Takes the length that the server claims; a lie is found out by `add` or the client."""
        largest = max(self._limits.sizes().values())
        self._announced_bytes = n_bytes or 0
        return Refusal("too_large") if self._announced_bytes > largest else None

    def add(self, chunk: bytes) -> Refusal | None:
        """Takes the next bytes."""
        self._content += chunk
        self._hash.update(chunk)
        self.n_bytes += len(chunk)
        if self._kind is None and len(self._content) >= HEAD_BYTES:
            return self._read_kind()
        return self._check_size()

    def end(self, sha256: str | None, declared: str | None) -> Fetched | Refusal:
        """Gives the whole file, or why it is refused.

        Args:
            sha256: What its SHA-256 must be; None: anything.
            declared: The `Content-Type` that came with it, as it was written.
        """
        if not self._content:
            return Refusal("empty")
        if self._kind is None and (refusal := self._read_kind()) is not None:
            return refusal
        digest = self._hash.hexdigest()
        if sha256 is not None and sha256.lower() != digest:
            return Refusal("sha256_differs")
        content = bytes(self._content)
        self._content.clear()
        written = _TYPE.match(declared or "")
        media_type = written[1].lower() if written else None
        has_said = media_type is not None and media_type not in _SAYS_NOTHING
        kind = self._kind
        if kind is None:
            return Refusal("kind_unknown")
        return Fetched(
            content=content,
            sha256=digest,
            kind=kind,
            also=also(content),
            declared=media_type,
            is_as_declared=media_type in _TYPES[kind] if has_said else None,
        )

    def _read_kind(self) -> Refusal | None:
        kinds = kinds_of(bytes(self._content[:HEAD_BYTES]))
        if not kinds:
            return Refusal("kind_unknown")
        self._kind = kinds[0]
        return self._check_size()

    def _check_size(self) -> Refusal | None:
        if self._kind is None:
            return None
        n_bytes = max(self.n_bytes, self._announced_bytes)
        is_over = n_bytes > largest_bytes(self._kind, self._limits)
        return Refusal("too_large") if is_over else None
