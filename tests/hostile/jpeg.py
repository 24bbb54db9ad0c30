"""Hostile JPEG files."""

import random
import struct
from typing import Final

from PIL import Image

from tests.detectors.image.pictures import encoded, image
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes

_SOI: Final = b"\xff\xd8"
_SOS: Final = 0xDA
_ORIENTATION: Final = 0x0112


def sample(**options: object) -> bytes:
    """Gives an honest JPEG."""
    return encoded(image(), "JPEG", **options)


def segment(marker: int, body: bytes) -> bytes:
    """Gives a marker and what belongs to it, at most 65,533 bytes."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(*segments: bytes) -> bytes:
    """Gives an honest JPEG with segments behind its first marker."""
    return _SOI + b"".join(segments) + sample()[2:]


def sized(width_px: int, height_px: int, content: bytes | None = None) -> bytes:
    """Gives a JPEG whose header tells another size."""
    content = content or sample()
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height_px, width_px) + content[at + 4 :]


def coded(marker: int, precision: int = 8) -> bytes:
    """Gives a JPEG that says it is coded another way."""
    content = sample()
    at = content.index(b"\xff\xc0")
    return content[: at + 1] + bytes([marker]) + content[at + 2 : at + 4] + bytes(
        [precision]
    ) + content[at + 5 :]  # fmt: skip


def many_scans(width_px: int, height_px: int, n_scans: int) -> bytes:
    """Gives a progressive picture of one grey whose last scan stands there again and again."""
    grey = encoded(Image.new("RGB", (width_px, height_px), (9, 9, 9)), "JPEG", progressive=True)
    last = grey.rindex(bytes([0xFF, _SOS]))
    return grey[:last] + grey[last:-2] * n_scans + grey[-2:]


def turned(orientation: int) -> bytes:
    """Gives a picture that EXIF says is turned."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    return sample(exif=exif)


def _turned(orientation: int) -> Recipe:
    about = f"turned by EXIF, {orientation} of 8"
    return Recipe(about, lambda: turned(orientation), "jpeg", ANSWERED)


def exif(*entries: bytes, following: int = 0) -> bytes:
    """Gives a JPEG with an EXIF block of these entries of 12 bytes."""
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries)
    return with_segments(segment(0xE1, b"Exif\0\0" + block + struct.pack("<I", following)))


def entry(tag: int, kind: int, n_values: int, value: int) -> bytes:
    """Gives an entry of EXIF."""
    return struct.pack("<HHII", tag, kind, n_values, value)


def pictures_in_one(n_pictures: int) -> bytes:
    """Gives a JPEG whose index says that more pictures follow; there are none."""
    entries = struct.pack("<IIIHH", 0x030000, 400, 2**31, 0, 0) * n_pictures
    fields = (
        entry(0xB000, 7, 4, int.from_bytes(b"0100", "little")),
        entry(0xB001, 4, 1, n_pictures),
        entry(0xB002, 7, len(entries), 8 + 2 + 3 * 12 + 4),
    )
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + b"".join(fields) + bytes(4) + entries
    return with_segments(segment(0xE2, b"MPF\0" + block))


def profile(number: int, n_all: int, body: bytes) -> bytes:
    """Gives a part of a colour profile."""
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, n_all]) + body)


def ycck() -> bytes:
    """Gives four inks, stored as brightness, two colours and black."""
    content = encoded(image().convert("CMYK"), "JPEG")
    at = content.index(b"Adobe") + 11
    return content[:at] + b"\2" + content[at + 1 :]


def noise() -> bytes:
    """Gives random bytes behind an honest header."""
    content = sample()
    start = content.index(b"\xff\xda")
    dice = random.Random(2)  # noqa: S311 - the same each time
    return content[: start + 14] + dice.randbytes(20_000)


RECIPES: Final[Recipes] = {
    "jpeg_65500x65500": Recipe(
        "4,290 million pixels by the header",
        lambda: sized(65_500, 65_500), "jpeg", "too_many_pixels"),
    "jpeg_65500x600_cut": Recipe(
        "39 million pixels by the header, 0.05 % of them there",
        lambda: sized(65_500, 600), "jpeg", ANSWERED),
    "jpeg_zero_high": Recipe(
        "no pixels down", lambda: sized(160, 0), "jpeg", "header_corrupt"),
    "jpeg_cmyk": Recipe(
        "four inks", lambda: encoded(image().convert("CMYK"), "JPEG"), "jpeg", ANSWERED),
    "jpeg_ycck": Recipe("four inks, of brightness and colours", ycck, "jpeg", ANSWERED),
    "jpeg_grey": Recipe("one channel", lambda: encoded(image().convert("L"), "JPEG"),
                        "jpeg", ANSWERED),
    "jpeg_progressive": Recipe(
        "in ten scans", lambda: sample(progressive=True), "jpeg", ANSWERED),
    "jpeg_progressive_cut": Recipe(
        "in ten scans, of which three are there",
        lambda: sample(progressive=True)[: len(sample(progressive=True)) // 2], "jpeg", IN_PART),
    "jpeg_progressive_38_million": Recipe(
        "just within the limit: 38.5 million pixels in ten scans",
        lambda: many_scans(7_000, 5_500, 1), "jpeg", ANSWERED),
    "jpeg_40_scans": Recipe(
        "38.5 million pixels in 49 scans", lambda: many_scans(7_000, 5_500, 40),
        "jpeg", ANSWERED),
    "jpeg_20000_scans": Recipe(
        "38 million pixels in 20,000 scans", lambda: many_scans(7_000, 5_500, 20_000),
        "jpeg", "too_complex"),
    "jpeg_arithmetic": Recipe("says that it is coded arithmetically", lambda: coded(0xC9),
                              "jpeg", ANSWERED),
    "jpeg_lossless": Recipe("says that it is lossless", lambda: coded(0xC3),
                            "jpeg", IN_PART),
    "jpeg_12_bits": Recipe("says that it has 12 bits", lambda: coded(0xC1, 12),
                           "jpeg", "header_corrupt"),
    **{f"jpeg_turned_{turn}": _turned(turn) for turn in range(1, 9)},
    "jpeg_exif_in_a_circle": Recipe(
        "directories of EXIF that follow each other in a circle",
        lambda: exif(entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8), following=8),
        "jpeg", ANSWERED),
    "jpeg_exif_4_billion_values": Recipe(
        "an orientation of 4 billion values far behind the end",
        lambda: exif(entry(_ORIENTATION, 12, 2**32 - 1, 2**32 - 1)), "jpeg", ANSWERED),
    "jpeg_18_mb_of_exif": Recipe(
        "18 MB of EXIF in 280 segments",
        lambda: with_segments(*[segment(0xE1, b"Exif\0\0II*\0" + bytes(65_000))] * 280),
        "jpeg", ANSWERED),
    "jpeg_profile_broken": Recipe(
        "a colour profile of zeros", lambda: with_segments(profile(1, 1, bytes(60_000))),
        "jpeg", ANSWERED),
    "jpeg_profile_in_255_parts": Recipe(
        "a colour profile whose parts are all the first of 255",
        lambda: with_segments(*[profile(1, 255, bytes(60_000))] * 255), "jpeg", ANSWERED),
    "jpeg_4000_pictures": Recipe(
        "an index of 4,000 further pictures that are not there",
        lambda: pictures_in_one(4_000), "jpeg", ANSWERED),
    "jpeg_300000_comments": Recipe(
        "300,000 comments", lambda: with_segments(segment(0xFE, b"a" * 40) * 300_000),
        "jpeg", "too_complex"),
    "jpeg_15_mb_of_filling": Recipe(
        "15 MB of filling before a marker", lambda: with_segments(b"\xff" * 15_000_000),
        "jpeg", "too_complex"),
    "jpeg_cut_at_start": Recipe("three bytes", lambda: sample()[:3], "jpeg", "header_corrupt"),
    "jpeg_cut_in_tables": Recipe("200 bytes", lambda: sample()[:200], "jpeg", "header_corrupt"),
    "jpeg_cut_in_pixels": Recipe(
        "ends in the middle", lambda: sample()[: len(sample()) * 2 // 3], "jpeg", IN_PART),
    "jpeg_cut_before_end": Recipe(
        "the last marker is missing", lambda: sample()[:-2], "jpeg", IN_PART),
    "jpeg_random": Recipe(
        "random bytes behind the header", noise, "jpeg", IN_PART),
    "jpeg_1x1": Recipe(
        "one pixel", lambda: encoded(Image.new("RGB", (1, 1)), "JPEG"), "jpeg", ANSWERED),
}  # fmt: skip
"""What is tried with JPEG."""
