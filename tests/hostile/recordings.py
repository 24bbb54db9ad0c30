"""Hostile recordings of other formats: MP3, Ogg, FLAC, M4A, AAC, and none."""

import random
import struct
from functools import lru_cache
from typing import Final

from tests.detectors.audio.sounds import encoded, noise, tone
from tests.detectors.image.pictures import png
from tests.hostile import png as hostile_png
from tests.hostile.boxes import edited
from tests.hostile.deflate import zeros
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes
from tests.hostile.pictures import zipped

MP3_FRAME: Final = b"\xff\xe3\x18\xc4" + bytes(68)
"""72 ms of silence: MPEG-2.5, layer III, 8 kHz, 8 kbit/s, one channel."""
TABLE: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


@lru_cache
def sample(container: str, codec: str, rate_hz: int = 16_000, *, is_stereo: bool = False) -> bytes:
    """Gives two seconds of a tone."""
    return encoded(tone(2), container, codec, rate_hz=rate_hz, is_stereo=is_stereo)


def mp3() -> bytes:
    """Gives two seconds of a tone without a tag before them."""
    content = sample("mp3", "libmp3lame")
    return content[content.index(b"\xff\xf3") :]


def tag(n_bytes: int, *frames: bytes) -> bytes:
    """Gives a tag (ID3v2.3) that says how long it is."""
    size = bytes(n_bytes >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + b"".join(frames)


def tag_frame(kind: bytes, body: bytes, n_bytes: int | None = None) -> bytes:
    """Gives a frame of a tag."""
    return kind + struct.pack(">I", len(body) if n_bytes is None else n_bytes) + b"\0\0" + body


def tagged(*frames: bytes) -> bytes:
    """Gives a recording with a tag of these frames."""
    return tag(sum(map(len, frames)), *frames) + mp3()


def picture(content: bytes) -> bytes:
    """Gives the frame of a tag that holds a cover."""
    return tag_frame(b"APIC", b"\0image/png\0\3\0" + content)


def ogg_page(body: bytes, *, flags: int = 0, granule: int = 0, number: int = 0) -> bytes:
    """Gives a page; its checksum is left out."""
    n_full, rest = divmod(len(body), 255)
    laces = b"\xff" * n_full + bytes([rest])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 7, number, 0, len(laces))
    page = head + laces + body
    return page[:22] + struct.pack("<I", ogg_crc(page)) + page[26:]


def ogg_crc(page: bytes) -> int:
    """Gives the checksum of a page whose own is zero (RFC 3533)."""
    found = 0
    for byte in page:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found & 0x80000000 else 0)) & 0xFFFFFFFF
    return found


def opus_header(channels: int, family: int = 0) -> bytes:
    """Gives the first page of an Opus file."""
    table = bytes([channels, 0]) + bytes(range(channels)) if family else b""
    head = b"OpusHead\1" + bytes([channels]) + struct.pack("<HIhB", 0, 48_000, 0, family)
    return ogg_page(head + table, flags=2)


def opus_comments(n_comments: int) -> bytes:
    """Gives an Opus file that says it has so many comments."""
    body = b"OpusTags" + struct.pack("<I", 1) + b"a" + struct.pack("<I", n_comments)
    sound = ogg_page(b"\x08" + bytes(20), granule=960, number=2, flags=4)
    return opus_header(1) + ogg_page(body + b"\xff\xff\xff\x7f", number=1) + sound


def flac(fields: bytes, *blocks: bytes) -> bytes:
    """Gives a FLAC file whose first block says anything."""
    honest = sample("flac", "flac")
    start = b"fLaC\0\0\0\x22" + fields
    return start + b"".join(blocks) + honest[42:]


def flac_fields(block: int, rate_hz: int, channels: int, n_samples: int) -> bytes:
    """Gives the fields of FLAC's first block, 16 bits a sample."""
    packed = rate_hz << 44 | (channels - 1) << 41 | 15 << 36 | n_samples
    return struct.pack(">HH", block, block) + bytes(6) + packed.to_bytes(8) + bytes(16)


def flac_picture(content: bytes) -> bytes:
    """Gives the block of a FLAC file that holds a cover."""
    body = struct.pack(">II", 3, 9) + b"image/png" + bytes(20) + struct.pack(">I", len(content))
    return b"\x06" + (len(body) + len(content)).to_bytes(3) + body + content


def adts(n_bytes: int) -> bytes:
    """Gives a header of AAC whose frame is said to have so many bytes."""
    return bytes((0xFF, 0xF1, 0x60, 0x40 | n_bytes >> 11, n_bytes >> 3 & 0xFF,
                  (n_bytes & 7) << 5 | 0x1F, 0xFC))  # fmt: skip


MP3: Final[Recipes] = {
    "mp3": Recipe("honest", mp3, "mp3", ANSWERED),
    "mp3_44_khz_stereo": Recipe(
        "44.1 kHz, two channels",
        lambda: sample("mp3", "libmp3lame", 44_100, is_stereo=True), "mp3", ANSWERED),
    "mp3_hour": Recipe("an hour of silence in 3.6 MB", lambda: MP3_FRAME * 50_000, "mp3", IN_PART),
    "mp3_ten_hours": Recipe("ten hours in 36 MB", lambda: MP3_FRAME * 500_000, "mp3", IN_PART),
    "mp3_tag_of_10_mb": Recipe(
        "10 MB of tags", lambda: tagged(*[tag_frame(b"TXXX", b"\0a\0" + b"b" * 97)] * 90_000),
        "mp3", ANSWERED),
    "mp3_tag_longer_than_file": Recipe(
        "a tag that says it is 256 MB long", lambda: tag(2**28 - 1) + mp3(), "mp3",
        "header_corrupt"),
    "mp3_tag_unfolds": Recipe(
        "a compressed frame of a tag that unfolds to 4 GB",
        lambda: tagged(b"TXXX" + struct.pack(">I", len(zeros(4 << 30)) + 4) + b"\0\x80"
                       + b"\x7f\xff\xff\xff" + zeros(4 << 30)), "mp3", ANSWERED),
    "mp3_cover_60000x60000": Recipe(
        "a cover of 3,600 million pixels", lambda: tagged(picture(png(60_000, 60_000))),
        "mp3", ANSWERED),
    "mp3_cover_of_20_mb": Recipe(
        "a cover of 20 MB", lambda: tagged(picture(hostile_png.sample() + bytes(20_000_000))),
        "mp3", ANSWERED),
    "mp3_and_noise": Recipe(
        "random bytes between its frames",
        lambda: mp3()[:2_000] + random.Random(6).randbytes(30_000) + mp3()[2_000:],  # noqa: S311
        "mp3", IN_PART),
    "mp3_changes": Recipe(
        "one channel, then two; 16 kHz, then 44.1",
        lambda: mp3() + sample("mp3", "libmp3lame", 44_100, is_stereo=True), "mp3",
        IN_PART),
    "mp3_cut": Recipe("ends in the middle", lambda: mp3()[: len(mp3()) // 2 + 7], "mp3",
                      IN_PART),
    "mp3_and_zip": Recipe("also an archive", lambda: zipped(mp3()), "mp3",
                          IN_PART),
}  # fmt: skip
"""What is tried with MP3."""

OGG_AND_FLAC: Final[Recipes] = {
    "opus_8_khz_mono": Recipe("8 kHz, one channel", lambda: sample("ogg", "libopus", 8_000),
                              "opus", ANSWERED),
    "opus_48_khz_stereo": Recipe(
        "48 kHz, two channels", lambda: sample("ogg", "libopus", 48_000, is_stereo=True),
        "opus", ANSWERED),
    "opus_in_webm": Recipe("Opus in WebM", lambda: sample("webm", "libopus", 48_000),
                           "webm", ANSWERED),
    "ogg_vorbis": Recipe(
        "Vorbis", lambda: sample("ogg", "vorbis", 44_100, is_stereo=True), "ogg", ANSWERED),
    "ogg_300_chained": Recipe(
        "300 recordings one after the other, of one channel and of two",
        lambda: (sample("ogg", "libopus", 8_000)
                 + sample("ogg", "libopus", 48_000, is_stereo=True)) * 150,
        "opus", IN_PART),
    "opus_255_channels": Recipe(
        "255 channels", lambda: opus_header(255, 255) + sample("ogg", "libopus", 8_000),
        "opus", IN_PART),
    "opus_no_channel": Recipe("no channel", lambda: opus_header(0), "opus",
                              "header_corrupt"),
    "opus_4_billion_comments": Recipe(
        "4 billion comments of 2 GB each", lambda: opus_comments(2**32 - 1), "opus",
        ANSWERED),
    "opus_ends_before_it_begins": Recipe(
        "a time of -2^63", lambda: opus_header(1) + ogg_page(
            b"OpusTags" + bytes(8), number=1) + ogg_page(
            b"\x08" + bytes(20), number=2, granule=-(2**63)), "opus",
        "zero_length"),
    "ogg_empty_pages": Recipe(
        "30,000 pages that hold nothing",
        lambda: opus_header(1) + ogg_page(b"OpusTags" + bytes(8), number=1)
        + ogg_page(b"", number=2) * 30_000, "opus", "samples_corrupt"),
    "opus_cut": Recipe(
        "ends in the middle", lambda: sample("ogg", "libopus", 48_000)[:20_000], "opus",
        f"{ANSWERED}|{IN_PART}"),
    "flac": Recipe("honest", lambda: sample("flac", "flac", 44_100, is_stereo=True),
                   "flac", ANSWERED),
    "flac_blocks_of_65535": Recipe(
        "blocks of 65,535 samples, 655,350 Hz, eight channels, 2^36 - 1 samples",
        lambda: flac(flac_fields(65_535, 655_350, 8, 2**36 - 1)), "flac", IN_PART),
    "flac_blocks_of_0": Recipe(
        "blocks of no samples", lambda: flac(flac_fields(0, 16_000, 1, 0)), "flac",
        "samples_corrupt"),
    "flac_cover_of_15_mb": Recipe(
        "a cover of 15 MB",
        lambda: flac(flac_fields(4_096, 16_000, 1, 32_000),
                     flac_picture(bytes(15_000_000))), "flac",
        ANSWERED),
    "flac_cut": Recipe("ends in the middle", lambda: sample("flac", "flac")[:9_000], "flac",
                       IN_PART),
}  # fmt: skip
"""What is tried with Ogg and FLAC."""

OTHERS: Final[Recipes] = {
    "m4a": Recipe("honest", lambda: sample("ipod", "aac", 44_100, is_stereo=True),
                  "m4a", ANSWERED),
    "m4a_4_billion_samples": Recipe(
        "4 billion packets of a byte, by the table",
        lambda: edited(sample("ipod", "aac"), (*TABLE, b"stsz"),
                       lambda _: struct.pack(">III", 0, 1, 2**32 - 1)), "m4a",
        "zero_length"),
    "m4a_0_hz": Recipe(
        "0 Hz by the container",
        lambda: edited(sample("ipod", "aac"), (*TABLE, b"stsd"),
                       lambda body: body[:40] + bytes(4) + body[44:]), "m4a",
        ANSWERED),
    "m4a_cut": Recipe("ends before its header", lambda: sample("ipod", "aac")[:3_000],
                      "m4a", "header_corrupt"),
    "aac": Recipe("honest", lambda: sample("adts", "aac"), "aac", ANSWERED),
    "aac_frames_of_7_bytes": Recipe(
        "100,000 frames that hold nothing", lambda: adts(8) * 2 + (adts(7) * 100_000),
        "kind_unknown", "rate_refused"),
    "recording_empty": Recipe("no bytes", lambda: b"", "empty", "empty"),
    "recording_of_one_byte": Recipe("one byte", lambda: b"R", "kind_unknown", "not_audio"),
    "recording_of_noise": Recipe(
        "random bytes behind a header",
        lambda: mp3()[:4] + random.Random(7).randbytes(40_000),  # noqa: S311
        "kind_unknown", "header_corrupt"),
    "recording_is_a_picture": Recipe(
        "a picture that is posted as a recording", hostile_png.sample, "png", "not_audio"),
    "recording_is_a_list": Recipe(
        "a playlist that names a file of the host",
        lambda: b"[playlist]\nFile1=/etc/hostname\n", "kind_unknown", "format_refused"),
    "recording_is_midi": Recipe(
        "notes", lambda: b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + bytes(8), "kind_unknown",
        "format_refused"),
    "recording_hisses": Recipe(
        "noise that is no speech", lambda: encoded(noise(20), "ogg", "libopus"), "opus", ANSWERED),
}  # fmt: skip
"""What is tried with other formats and with none."""
