"""What a file is by its first bytes: the kinds of media that are judged, and nothing else."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from schemas.labels import MediaModality

Kind = Literal[
    "jpeg", "png", "gif", "webp", "bmp", "tiff", "avif", "heic",
    "mp4", "mov", "webm", "mkv", "avi",
    "mp3", "wav", "ogg", "opus", "flac", "m4a", "aac",
]  # fmt: skip
MODALITIES: Final[Mapping[Kind, MediaModality]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("jpeg", "png", "gif", "webp", "bmp", "tiff", "avif", "heic"),
            "image",
        ),
        **dict.fromkeys(("mp4", "mov", "webm", "mkv", "avi"), "video"),
        **dict.fromkeys(("mp3", "wav", "ogg", "opus", "flac", "m4a", "aac"), "audio"),
    }
)
HEAD_BYTES: Final = 4_096
"""Enough to tell every kind."""

_BRANDS: Final[Mapping[bytes, Kind]] = MappingProxyType(
    {
        b"avif": "avif", b"avis": "avif",
        b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"hevx": "heic", b"heim": "heic",
        b"heis": "heic", b"hevm": "heic", b"hevs": "heic",
        b"qt  ": "mov",
        b"M4A ": "m4a", b"M4B ": "m4a", b"M4P ": "m4a",
        b"isom": "mp4", b"iso2": "mp4", b"iso3": "mp4", b"iso4": "mp4", b"iso5": "mp4",
        b"iso6": "mp4", b"iso7": "mp4", b"iso8": "mp4", b"iso9": "mp4", b"mp41": "mp4",
        b"mp42": "mp4", b"mp71": "mp4", b"avc1": "mp4", b"hvc1": "mp4", b"av01": "mp4",
        b"dash": "mp4", b"msdh": "mp4", b"msnv": "mp4", b"MSNV": "mp4", b"mmp4": "mp4",
        b"M4V ": "mp4", b"M4VH": "mp4", b"M4VP": "mp4", b"f4v ": "mp4", b"F4V ": "mp4",
        b"3gp4": "mp4", b"3gp5": "mp4", b"3gp6": "mp4", b"3gp7": "mp4", b"3g2a": "mp4",
        b"XAVC": "mp4",
    }
)  # fmt: skip
"""ISO base media files by brand (https://mp4ra.org/registered-types/brands)."""
_UNNAMED_BRANDS: Final = frozenset({b"mif1", b"msf1", b"miaf"})
"""Images of any coding: the compatible brands say which."""
_BARE_ATOMS: Final = frozenset({b"moov", b"mdat", b"wide", b"pnot"})
"""QuickTime files from before `ftyp` begin with one of these."""
_BMP_HEADER_BYTES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_BITRATES_KBPS: Final = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
"""Of MPEG-1 layer III and of MPEG-2 and 2.5 layer III."""
_RATES_HZ: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}


def kinds_of(head: bytes) -> tuple[Kind, ...]:
    """Gives the kinds that a file's first HEAD_BYTES are those of: none, one, or more.

    Signatures at the very start come before those further in and before mere synchronisation
    patterns, so the first is what most readers take the file for.
    """
    found = (read(head) for read in _READERS)
    return tuple(dict.fromkeys(kind for kind in found if kind is not None))


def _read_signature(head: bytes) -> Kind | None:
    for signature, kind in _SIGNATURES:
        if signature.match(head):
            return kind
    return None


_SIGNATURES: Final[tuple[tuple[re.Pattern[bytes], Kind], ...]] = (
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"RIFF....AVI ", re.DOTALL), "avi"),
    (re.compile(rb"(?:RIFF|RF64)....WAVE", re.DOTALL), "wav"),
    (re.compile(rb"II(?:\*\0|\+\0\x08\0)|MM(?:\0\*|\0\+\0\x08)"), "tiff"),
    (re.compile(rb"fLaC"), "flac"),
    (re.compile(rb"ADIF"), "aac"),
)


def _read_iso_media(head: bytes) -> Kind | None:
    atom = head[4:8]
    if atom in _BARE_ATOMS and int.from_bytes(head[:4], "big") != 0:
        return "mov"
    if atom != b"ftyp":
        return None
    size = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    others = [head[at : at + 4] for at in range(16, size - 3, 4)]
    if major in _BRANDS:
        return _BRANDS[major]
    known = [_BRANDS[brand] for brand in others if brand in _BRANDS]
    if major in _UNNAMED_BRANDS:
        return next((kind for kind in known if MODALITIES[kind] == "image"), None)
    return known[0] if known else None


def _read_matroska(head: bytes) -> Kind | None:
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    document = re.search(rb"\x42\x82[\x80-\x9f](webm|matroska)", head[:128])
    if document is None:
        return None
    return "webm" if document[1] == b"webm" else "mkv"


def _read_ogg(head: bytes) -> Kind | None:
    if not head.startswith(b"OggS"):
        return None
    if b"\x80theora" in head or b"BBCD\0" in head:
        return None  # a video of a kind that is not judged
    return "opus" if b"OpusHead" in head[:128] else "ogg"


def _read_bmp(head: bytes) -> Kind | None:
    is_bmp = (
        head.startswith(b"BM")
        and head[6:10] == bytes(4)
        and int.from_bytes(head[14:18], "little") in _BMP_HEADER_BYTES
    )
    return "bmp" if is_bmp else None


def _read_mp3(head: bytes) -> Kind | None:
    """After an ID3 tag as well, unless another kind's signature stands behind the tag."""
    if re.match(rb"ID3[\x02-\x04].", head, re.DOTALL):
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        behind = head[10 + size :]
        if behind.startswith(b"fLaC"):
            return "flac"
        return "aac" if _is_run(behind, _aac_frame_bytes) else "mp3"
    return "mp3" if _is_run(head, _mp3_frame_bytes) else None


def _read_aac(head: bytes) -> Kind | None:
    return "aac" if _is_run(head, _aac_frame_bytes) else None


def _is_run(head: bytes, frame_bytes: Callable[[bytes], int]) -> bool:
    """Whether a frame begins here, and another where it ends; or the file does."""
    size = frame_bytes(head)
    return size > 0 and (len(head) <= size or frame_bytes(head[size:]) > 0)


def _mp3_frame_bytes(head: bytes) -> int:
    """The length of an MPEG layer III frame by its header (ISO 11172-3); 0 where there is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # noqa: PLR2004
        return 0
    version = head[1] >> 3 & 3
    bitrate_at, rate_at = head[2] >> 4, head[2] >> 2 & 3
    if version not in _RATES_HZ or rate_at == 3 or not 0 < bitrate_at < 15:  # noqa: PLR2004
        return 0
    is_first = version == 3  # noqa: PLR2004
    kbps = _BITRATES_KBPS[0 if is_first else 1][bitrate_at]
    per_frame = 144_000 if is_first else 72_000
    return per_frame * kbps // _RATES_HZ[version][rate_at] + (head[2] >> 1 & 1)


def _aac_frame_bytes(head: bytes) -> int:
    """The length of an ADTS frame by its header (ISO 13818-7); 0 where there is none."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:  # noqa: PLR2004
        return 0
    if head[2] >> 2 & 0xF > 12:  # noqa: PLR2004
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0  # noqa: PLR2004


_READERS: Final[tuple[Callable[[bytes], Kind | None], ...]] = (
    _read_signature,
    _read_iso_media,
    _read_matroska,
    _read_ogg,
    _read_bmp,
    _read_mp3,
    _read_aac,
)
