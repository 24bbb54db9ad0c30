import struct
import zipfile
from io import BytesIO
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.labels import MediaModality
from streams.fetching.fetched import _TYPES
from streams.fetching.kinds import HEAD_BYTES, MODALITIES, Kind, kinds_of
from streams.fetching.polyglots import also

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(50)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(50)
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 2
AAC = (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)) * 2


def movie(*brands: bytes, first: bytes = b"") -> bytes:
    names = brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", 8 + len(names)) + b"ftyp" + names + first + bytes(40)


def matroska(document: bytes) -> bytes:
    return b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\x82" + bytes([0x80 | len(document)]) + document


def tagged(behind: bytes) -> bytes:
    return b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + behind


SAMPLES: list[tuple[Kind, bytes]] = [
    ("jpeg", JPEG),
    ("png", PNG),
    ("gif", b"GIF89a" + bytes(20)),
    ("gif", b"GIF87a" + bytes(20)),
    ("webp", b"RIFF\x24\0\0\0WEBPVP8 " + bytes(20)),
    ("bmp", b"BM" + struct.pack("<IHHII", 90, 0, 0, 54, 40) + bytes(60)),
    ("tiff", b"II*\0\x08\0\0\0"),
    ("tiff", b"MM\0*\0\0\0\x08"),
    ("tiff", b"II+\0\x08\0\0\0"),
    ("avif", movie(b"avif", b"mif1", b"miaf")),
    ("avif", movie(b"mif1", b"avif", b"miaf")),
    ("heic", movie(b"heic", b"mif1")),
    ("heic", movie(b"mif1", b"heic")),
    ("mp4", movie(b"isom", b"iso2", b"avc1")),
    ("mp4", movie(b"mp42")),
    ("mp4", movie(b"????", b"mp41")),
    ("mov", movie(b"qt  ")),
    ("mov", b"\0\0\0\x08wide" + bytes(20)),
    ("m4a", movie(b"M4A ", b"mp42", b"isom")),
    ("webm", matroska(b"webm")),
    ("mkv", matroska(b"matroska")),
    ("avi", b"RIFF\x24\0\0\0AVI LIST" + bytes(20)),
    ("wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(20)),
    ("mp3", MP3),
    ("mp3", MP3[:417]),
    ("mp3", tagged(MP3)),
    ("flac", tagged(b"fLaC")),
    ("aac", tagged(AAC)),
    ("aac", AAC),
    ("aac", b"ADIF" + bytes(20)),
    ("ogg", b"OggS\0\2" + bytes(22) + b"\1vorbis"),
    ("opus", b"OggS\0\2" + bytes(22) + b"OpusHead"),
    ("flac", b"fLaC\0\0\0\x22"),
]
OTHERS = [
    b"", b"\0", bytes(500), b"hello", b"\xff", b"\xff\xd8", b"RIFF", b"RIFF\0\0\0\0XXXX", b"GIF88a",
    b"BMW is a car and this is a text about it", b"II*", b"%PDF-1.7", b"PK\3\4", b"\x7fELF", b"MZ",
    b"<svg/>", b"\xff\xfe" + "text".encode("utf-16-le"), movie(b"????"), movie(b"crx "),
    movie(b"mif1", b"isom"), matroska(b"other"), b"\xff\xfb\x90\x00" + bytes(600), b"ID3",
    b"OggS\0\2" + bytes(22) + b"\x80theora", b"\xff\xfb\xf0\x00", b"\xff\xfb\x9c\x00",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "head"), SAMPLES)
def test_a_kind_is_known_by_its_first_bytes(kind: Kind, head: bytes) -> None:
    assert kinds_of(head) == (kind,)
    assert also(head) == ()


@pytest.mark.parametrize("head", OTHERS)
def test_what_is_none_of_them(head: bytes) -> None:
    assert kinds_of(head) == ()


def test_every_kind_has_a_sample_a_modality_and_types() -> None:
    kinds = set(get_args(Kind))
    assert {kind for kind, _ in SAMPLES} == kinds == set(MODALITIES) == set(_TYPES)
    assert set(MODALITIES.values()) == set(get_args(MediaModality))


@given(st.sampled_from([head for _, head in SAMPLES]), st.integers(0, 60), st.binary(max_size=40))
def test_cut_and_damaged_heads_raise_nothing(head: bytes, at: int, rest: bytes) -> None:
    assert len(kinds_of((head[:at] + rest)[:HEAD_BYTES])) <= 3
    also(head[:at] + rest)


def zipped() -> bytes:
    memory = BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("a.class", b"\xca\xfe\xba\xbe")
        archive.comment = b"a comment"
    return memory.getvalue()


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (PNG + zipped(), ("zip",)),
        (PNG + zipped() + b"x", ()),
        (JPEG + b"%PDF-1.4", ("pdf",)),
        (JPEG + bytes(2_000) + b"%PDF-1.4", ()),
        (b"GIF89a" + b"/*<script>*/", ("html",)),
        (JPEG + b"<?php echo 1;", ("html",)),
        (PNG + bytes(9_000) + b"Rar!\x1a\x07\0", ("rar",)),
        (PNG + b"7z\xbc\xaf\x27\x1c", ("7z",)),
        (JPEG + movie(b"mp42"), ("movie",)),
        (b"\xff\xd8\xff\xe0ftypisom" + bytes(40), ("mp4",)),
        (b"RIFF\x24\0\0\0WAVE%PDF-" + b"<SVG" + zipped(), ("html", "pdf", "zip")),
    ],
)
def test_a_file_that_is_two_things_says_so(content: bytes, names: tuple[str, ...]) -> None:
    assert also(content) == names
    assert kinds_of(content) != ()
