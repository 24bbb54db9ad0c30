"""Hostile pictures of other formats: GIF, WebP, AVIF, BMP, and what is not decoded."""

import io
import random
import struct
import zipfile
from typing import Final

from PIL import Image

from tests.detectors.image.pictures import animated, chunk, encoded, image
from tests.hostile import jpeg, png
from tests.hostile.deflate import gzip
from tests.hostile.file import ANSWERED, IN_PART, Recipe, Recipes

_GIF_PIXEL: Final = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
"""A frame of one pixel at the top left."""
_GIF_TEN: Final = b"GIF89a\x0a\0\x0a\0\x80\0\0" + bytes(3) + b"\xff\xff\xff"
"""Header and two colours of a picture of 10 x 10 pixels."""
BRANDS: Final = b"\0\0\0\x18ftypavif\0\0\0\0avifmif1"


def gif_frames(n_frames: int, width_px: int = 10) -> bytes:
    """Gives a GIF of many frames of one pixel, in a picture of any width."""
    start = _GIF_TEN[:6] + struct.pack("<HH", width_px, width_px) + _GIF_TEN[10:]
    pause = b"\x21\xf9\4\x08\1\0\0\0"
    return start + (pause + _GIF_PIXEL) * n_frames + b";"


def gif_large_frame() -> bytes:
    """Gives a GIF whose second frame is 65,535 pixels a side."""
    large = b"\x2c\0\0\0\0" + b"\xff" * 4 + _GIF_PIXEL[9:]
    return _GIF_TEN + _GIF_PIXEL + large + b";"


def gif_comments() -> bytes:
    """Gives a GIF with 10 MB of comments before its picture."""
    return _GIF_TEN + (b"\x21\xfe" + b"\xff" + b"a" * 255 + b"\0") * 40_000 + _GIF_PIXEL + b";"


def gif_codes() -> bytes:
    """Gives a GIF whose frame is 4,000 pixels a side and whose codes are noise."""
    dice = random.Random(3)  # noqa: S311 - the same each time
    blocks = b"".join(b"\xff" + dice.randbytes(255) for _ in range(4_000))
    frame = b"\x2c\0\0\0\0" + struct.pack("<HH", 4_000, 4_000) + b"\0\x08" + blocks + b"\0"
    return b"GIF89a" + struct.pack("<HH", 4_000, 4_000) + _GIF_TEN[10:] + frame + b";"


def webp_chunk(kind: bytes, body: bytes) -> bytes:
    """Gives a chunk of RIFF."""
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def webp(*chunks: bytes) -> bytes:
    """Gives a WebP of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_canvas(width_px: int, height_px: int) -> bytes:
    """Gives a small WebP within a canvas of any size."""
    small = encoded(image(), "WEBP", quality=50)
    fields = struct.pack("<I", 0) + (width_px - 1).to_bytes(3, "little")
    return webp(webp_chunk(b"VP8X", fields + (height_px - 1).to_bytes(3, "little")), small[12:])


def webp_frames(n_frames: int) -> bytes:
    """Gives an animation whose second frame stands there many times."""
    content = animated("WEBP", 2)
    at = content.rindex(b"ANMF")
    return webp(content[12:at] + content[at:] * n_frames)


def webp_lossless(width_px: int, height_px: int) -> bytes:
    """Gives a lossless picture of one colour, of any size up to 16,384 pixels a side."""
    content = encoded(Image.new("RGB", (2, 2), (9, 9, 9)), "WEBP", lossless=True)
    at = content.index(b"VP8L") + 9
    bits = (width_px - 1) | (height_px - 1) << 14
    return content[:at] + struct.pack("<I", bits) + content[at + 4 :]


def avif(**options: object) -> bytes:
    """Gives an honest AVIF."""
    return encoded(image(), "AVIF", **options)


def avif_sized(width_px: int, height_px: int) -> bytes:
    """Gives an AVIF whose container tells another size."""
    content = avif()
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width_px, height_px) + content[at + 8 :]


def bmp(width_px: int, height_px: int, compression: int, body: bytes) -> bytes:
    """Gives a BMP of 8 bits a pixel whose header says anything."""
    start = 14 + 40 + 1024
    head = struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start)
    fields = (40, width_px, height_px, 1, 8, compression, len(body), 1, 1, 256, 0)
    return head + struct.pack("<IiiHHIIiiII", *fields) + bytes(1024) + body


def tiff_in_a_circle() -> bytes:
    """Gives a TIFF whose directory follows itself."""
    return b"II*\0\x08\0\0\0" + b"\1\0" + jpeg.entry(0x100, 4, 1, 9) + struct.pack("<I", 8)


def svg_of_entities() -> bytes:
    """Gives an SVG whose text unfolds to ten billion letters."""
    names = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "x">{names}]>'
        '<svg xmlns="http://www.w3.org/2000/svg"><text>&l10;</text></svg>'
    ).encode()


def zipped(start: bytes) -> bytes:
    """Gives a file with an archive behind it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), "hello")
    return start + out.getvalue()


GIF_AND_WEBP: Final[Recipes] = {
    "gif_50000_frames": Recipe(
        "50,000 frames", lambda: gif_frames(50_000), "gif", IN_PART),
    "gif_50000_frames_large": Recipe(
        "50,000 frames of one pixel in 16 million", lambda: gif_frames(50_000, 4_000),
        "gif", IN_PART),
    "gif_65535x65535": Recipe(
        "4,294 million pixels by the header", lambda: gif_frames(1, 65_535),
        "gif", "too_many_pixels"),
    "gif_large_second_frame": Recipe(
        "a second frame of 4,294 million pixels", gif_large_frame, "gif", IN_PART),
    "gif_random_codes": Recipe(
        "16 million pixels, coded as noise", gif_codes, "gif", IN_PART),
    "gif_10_mb_of_comments": Recipe("10 MB of comments", gif_comments, "gif", ANSWERED),
    "gif_without_frame": Recipe(
        "no frame at all", lambda: _GIF_TEN + b";", "gif", "header_corrupt"),
    "gif_cut": Recipe(
        "ends in the middle",
        lambda: encoded(image(), "GIF")[: len(encoded(image(), "GIF")) // 2], "gif", IN_PART),
    "gif_looped": Recipe(
        "an animation that plays for ever", lambda: animated("GIF", 40, loop=0), "gif", ANSWERED),
    "webp_6300x6300": Recipe(
        "just within the limit: 39.7 million pixels in 38 bytes",
        lambda: webp_lossless(6_300, 6_300), "webp", ANSWERED),
    "webp_16384x16384": Recipe(
        "268 million pixels in 40 bytes", lambda: webp_lossless(16_384, 16_384),
        "webp", "too_many_pixels"),
    "webp_canvas_of_2_48": Recipe(
        "a canvas of 2^24 pixels a side", lambda: webp_canvas(1 << 24, 1 << 24),
        "webp", "too_many_pixels"),
    "webp_canvas_of_39_million": Recipe(
        "a small picture in a canvas of 39 million pixels", lambda: webp_canvas(6_250, 6_250),
        "webp", "header_corrupt"),
    "webp_animated": Recipe("an animation", lambda: animated("WEBP", 60), "webp", ANSWERED),
    "webp_20000_frames": Recipe(
        "20,000 frames", lambda: webp_frames(20_000), "webp", IN_PART),
    "webp_cut": Recipe("ends in the middle", lambda: encoded(image(), "WEBP")[:700],
                       "webp", "truncated"),
    "webp_says_4_gb": Recipe(
        "says it is 4 GB long",
        lambda: b"RIFF\xff\xff\xff\xff" + encoded(image(), "WEBP")[8:], "webp", "truncated"),
    "webp_transparent": Recipe(
        "half transparent",
        lambda: encoded(image().convert("RGBA"), "WEBP", quality=50), "webp", ANSWERED),
    "avif_65535x65535": Recipe(
        "4,294 million pixels by the container", lambda: avif_sized(65_535, 65_535),
        "avif", "header_corrupt"),
    "avif_6300x6300": Recipe(
        "39 million pixels by the container, 19,200 coded", lambda: avif_sized(6_300, 6_300),
        "avif", ANSWERED),
    "avif_animated": Recipe("an animation", lambda: animated("AVIF", 12), "avif", ANSWERED),
    "avif_cut": Recipe("ends in the middle", lambda: avif()[: len(avif()) // 2],
                       "avif", "header_corrupt"),
    "avif_brands_only": Recipe("nothing but its brands", lambda: BRANDS, "avif", "header_corrupt"),
}  # fmt: skip
"""What is tried with GIF, WebP and AVIF."""

OTHERS: Final[Recipes] = {
    "bmp_30000x30000": Recipe(
        "900 million pixels by the header", lambda: bmp(30_000, 30_000, 0, b""),
        "bmp", "too_many_pixels"),
    "bmp_negative": Recipe(
        "minus 2^31 pixels a side", lambda: bmp(-(2**31), -(2**31), 0, b""),
        "bmp", "too_many_pixels"),
    "bmp_runs_bomb": Recipe(
        "39 million pixels in runs that say more",
        lambda: bmp(6_000, 6_500, 1, b"\xff\x07" * 200_000 + b"\0\1"), "bmp",
        "pixels_corrupt"),
    "bmp_jumps": Recipe(
        "runs that jump out of the picture", lambda: bmp(60, 60, 1, b"\0\2\xff\xff" * 9_999),
        "bmp", ANSWERED),
    "bmp_cut": Recipe("ends in the middle", lambda: encoded(image(), "BMP")[:20_000],
                      "bmp", IN_PART),
    "tiff": Recipe("an honest TIFF", lambda: encoded(image(), "TIFF"), "tiff", "format_refused"),
    "tiff_in_a_circle": Recipe(
        "a directory that follows itself", tiff_in_a_circle, "tiff", "format_refused"),
    "svg_of_entities": Recipe(
        "a text that unfolds to ten billion letters", svg_of_entities,
        "kind_unknown", "format_refused"),
    "svg_with_script": Recipe(
        "a script, and a picture of another file",
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/>'
                b"<script>1</script></svg>", "kind_unknown", "format_refused"),
    "psd": Recipe(
        "Photoshop, 300,000 pixels a side",
        lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 4, 300_000, 300_000, 8, 3),
        "kind_unknown", "format_refused"),
    "heic": Recipe(
        "HEIC", lambda: b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(200),
        "heic", "format_refused"),
    "ico": Recipe(
        "an icon", lambda: encoded(image(), "ICO"), "kind_unknown", "format_refused"),
    "jpeg_2000": Recipe(
        "JPEG 2000", lambda: encoded(image(), "JPEG2000"), "kind_unknown", "format_refused"),
    "postscript": Recipe(
        "a program of PostScript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n{ } loop\n",
        "kind_unknown", "format_refused"),
    "gzip_bomb": Recipe(
        "8 GB of zeros", lambda: gzip(8 << 30), "kind_unknown", "not_an_image"),
    "empty": Recipe("no bytes", lambda: b"", "empty", "empty"),
    "one_byte": Recipe("one byte", lambda: b"\xff", "kind_unknown", "not_an_image"),
    "page": Recipe("a page", lambda: b"<!doctype html><img src=a>", "kind_unknown",
                   "not_an_image"),
    "over_20_mb": Recipe(
        "an honest PNG with 21 MB behind it",
        lambda: png.sample() + bytes(21_000_000), "too_large", "too_many_bytes"),
    "png_and_zip": Recipe("also an archive", lambda: zipped(png.sample()), "png", ANSWERED),
    "png_and_page": Recipe(
        "also a page with a script",
        lambda: png.with_chunks(chunk(b"tEXt", b"a\0<html><script>1</script>")),
        "png", ANSWERED),
    "png_and_pdf": Recipe(
        "also a document",
        lambda: png.with_chunks(chunk(b"teSt", b"%PDF-1.4\n1 0 obj<<>>endobj\n")),
        "png", ANSWERED),
    "gif_and_script": Recipe(
        "also a script, in JavaScript's terms",
        lambda: b"GIF89a/*" + gif_frames(1)[8:] + b"*/=1;", "gif",
        ANSWERED),
    "jpeg_and_zip": Recipe("also an archive", lambda: zipped(jpeg.sample()), "jpeg", ANSWERED),
    "bmp_and_script": Recipe(
        "also a script", lambda: encoded(image(), "BMP") + b"*/=1;<script>1</script>",
        "bmp", ANSWERED),
}  # fmt: skip
"""What is tried with other formats, with none, and with two at once."""
