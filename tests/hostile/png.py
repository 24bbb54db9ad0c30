"""Hostile PNG files."""

import random
import struct
import zlib
from typing import Final

from PIL import Image

from tests.detectors.image.pictures import animated, chunk, encoded, image, png
from tests.hostile.deflate import zeros
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
END: Final = chunk(b"IEND", b"")
HEADER_END: Final = 33
"""The signature and the header's chunk."""


def header(
    width_px: int, height_px: int, depth: int = 8, colour: int = 2, interlace: int = 0
) -> bytes:
    """Gives the header's chunk."""
    fields = struct.pack(">IIBBBBB", width_px, height_px, depth, colour, 0, 0, interlace)
    return chunk(b"IHDR", fields)


def black(width_px: int, height_px: int, depth: int = 8, colour: int = 2) -> bytes:
    """Gives a PNG of zeros, of any size."""
    n_samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (width_px * n_samples * depth + 7) // 8
    return bare(header(width_px, height_px, depth, colour), chunk(b"IDAT", zeros(row * height_px)))


def bare(*chunks: bytes) -> bytes:
    """Gives a PNG of these chunks."""
    return SIGNATURE + b"".join(chunks) + END


def sample() -> bytes:
    """Gives an honest PNG."""
    return encoded(image(), "PNG")


def with_chunks(*chunks: bytes) -> bytes:
    """Gives an honest PNG with chunks behind its header."""
    honest = sample()
    return honest[:HEADER_END] + b"".join(chunks) + honest[HEADER_END:]


def interlaced() -> bytes:
    """Gives a grey picture of 32 x 32 pixels in the seven passes of Adam7."""
    passes = ((4, 4), (4, 4), (8, 4), (8, 8), (16, 8), (16, 16), (32, 16))
    rows = b"".join((b"\0" + b"\x80" * width) * height for width, height in passes)
    return bare(header(32, 32, 8, 0, 1), chunk(b"IDAT", zlib.compress(rows)))


def palette(n_colours: int, index: int) -> bytes:
    """Gives a picture of one colour of a palette that may not hold it, and is half transparent."""
    rows = (b"\0" + bytes([index]) * 16) * 16
    chunks = [header(16, 16, 8, 3)]
    if n_colours:
        chunks += [chunk(b"PLTE", bytes(range(48))[: 3 * n_colours]), chunk(b"tRNS", b"\x80\0")]
    return bare(*chunks, chunk(b"IDAT", zlib.compress(rows)))


def noise() -> bytes:
    """Gives random bytes behind an honest header."""
    return sample()[:HEADER_END] + random.Random(1).randbytes(20_000)  # noqa: S311 - the same each time


def claimed_animation(n_frames: int) -> bytes:
    """Gives an animation of nine frames that says it has more."""
    content = animated("PNG")
    at = content.index(b"acTL")
    return content[: at - 4] + chunk(b"acTL", struct.pack(">II", n_frames, 0)) + content[at + 16 :]


def far_frame() -> bytes:
    """Gives an animation whose second frame lies outside of the picture."""
    content = animated("PNG", 3)
    first = content.index(b"fcTL")
    at = content.index(b"fcTL", first + 4)
    number = content[at + 4 : at + 8]
    fields = number + struct.pack(">IIIIHHBB", 40_000, 40_000, 2**31 - 1, 2**31 - 1, 1, 1, 0, 0)
    return content[: at - 4] + chunk(b"fcTL", fields) + content[at + 34 :]


def text_bomb(kind: bytes, n_bytes: int) -> bytes:
    """Gives a PNG with a compressed text or profile of zeros."""
    start = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[kind]
    return with_chunks(chunk(kind, start + zeros(n_bytes)))


RECIPES: Final[Recipes] = {
    "png_60000x60000": Recipe(
        "a header of 3,600 million pixels, no pixel behind it",
        lambda: png(60_000, 60_000), "png", "too_many_pixels"),
    "png_largest_sides": Recipe(
        "2^31 - 1 pixels a side", lambda: png(2**31 - 1, 2**31 - 1), "png", "too_many_pixels"),
    "png_zero_wide": Recipe("no pixels across", lambda: png(0, 100), "png", "zero_size"),
    "png_black_39_million": Recipe(
        "just within the limit: 39.7 million pixels in 120 KB",
        lambda: black(6_300, 6_300), "png", ANSWERED),
    "png_rgba_16_bit_36_million": Recipe(
        "288 MB of pixels in 280 KB", lambda: black(6_000, 6_000, 16, 6), "png", ANSWERED),
    "png_pixels_unfold_to_8_gb": Recipe(
        "8 GB behind the last row",
        lambda: bare(header(64, 64), chunk(b"IDAT", zeros(8 << 30))), "png", ANSWERED),
    "png_ztxt_bomb": Recipe(
        "a comment that unfolds to 4 GB",
        lambda: text_bomb(b"zTXt", 4 << 30), "png", "header_corrupt"),
    "png_itxt_bomb": Recipe(
        "an international text that unfolds to 4 GB",
        lambda: text_bomb(b"iTXt", 4 << 30), "png", "header_corrupt"),
    "png_profile_bomb": Recipe(
        "a colour profile that unfolds to 4 GB",
        lambda: text_bomb(b"iCCP", 4 << 30), "png", "header_corrupt"),
    "png_300_texts": Recipe(
        "300 comments that unfold to 1 MB each",
        lambda: with_chunks(*[chunk(b"zTXt", b"a\0\0" + zeros(1 << 20))] * 300),
        "png", "header_corrupt"),
    "png_million_chunks": Recipe(
        "a million empty chunks",
        lambda: with_chunks(chunk(b"teSt", b"") * 1_000_000), "png", "too_complex"),
    "png_chunk_of_4_gb": Recipe(
        "a chunk that says it is 4 GB long",
        lambda: sample()[:HEADER_END] + b"\xff\xff\xff\xff" + sample()[HEADER_END + 4 :],
        "png", ANSWERED),
    "png_cut_in_signature": Recipe("eight bytes", lambda: SIGNATURE, "png", "header_corrupt"),
    "png_cut_in_header": Recipe("20 bytes", lambda: sample()[:20], "png", "header_corrupt"),
    "png_cut_behind_header": Recipe(
        "no pixels at all", lambda: sample()[:HEADER_END], "png", "header_corrupt"),
    "png_cut_in_pixels": Recipe(
        "ends in the middle", lambda: sample()[: len(sample()) // 2], "png", IN_PART),
    "png_cut_before_end": Recipe(
        "the last chunk is missing", lambda: sample()[:-12], "png", ANSWERED),
    "png_random": Recipe("random bytes behind the header", noise, "png", "header_corrupt"),
    "png_wrong_crc": Recipe(
        "a header whose checksum is wrong",
        lambda: sample()[:29] + b"\0\0\0\0" + sample()[HEADER_END:], "png", "header_corrupt"),
    "png_unknown_colour": Recipe(
        "colour type 5, three bits",
        lambda: bare(header(9, 9, 3, 5), chunk(b"IDAT", zeros(99))), "png", "header_corrupt"),
    "png_interlaced": Recipe("seven passes", interlaced, "png", ANSWERED),
    "png_grey_16_bit": Recipe("16 bits, grey", lambda: black(300, 200, 16, 0), "png", ANSWERED),
    "png_palette_transparent": Recipe(
        "a palette, half transparent", lambda: palette(16, 0), "png", ANSWERED),
    "png_palette_too_short": Recipe(
        "colour 200 of a palette of 2", lambda: palette(2, 200), "png", ANSWERED),
    "png_without_palette": Recipe(
        "a palette that is not there", lambda: palette(0, 3), "png", ANSWERED),
    "png_1x60000": Recipe("one pixel wide", lambda: black(1, 60_000), "png", ANSWERED),
    "png_60000x1": Recipe("one pixel high", lambda: black(60_000, 1), "png", ANSWERED),
    "png_1x1": Recipe("one pixel", lambda: black(1, 1), "png", ANSWERED),
    "png_transparent": Recipe(
        "nothing but transparency",
        lambda: encoded(Image.new("RGBA", (99, 99), (0, 0, 0, 0)), "PNG"), "png", ANSWERED),
    "apng": Recipe("an animation of 400 frames", lambda: animated("PNG", 400), "png", ANSWERED),
    "apng_4_billion_frames": Recipe(
        "nine frames, said to be 4 billion",
        lambda: claimed_animation(2**32 - 1), "png", IN_PART),
    "apng_frame_outside": Recipe(
        "a frame of 40,000 x 40,000 pixels two billion pixels away", far_frame, "png", IN_PART),
}  # fmt: skip
"""What is tried with PNG."""
