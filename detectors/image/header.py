"""What a file is and says of itself, before anything is decoded."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from PIL import Image, ImageFile

from detectors.image import animation
from detectors.image.picture import Format, Header, Limits, Refusal
from detectors.image.structure import jpeg_blocks, n_png_chunks

_ORIENTATION_TAG: Final = 0x0112
_MAX_ORIENTATION: Final = 8
_PILLOW_NAMES: Final[dict[Format, str]] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "bmp": "BMP",
    "avif": "AVIF",
}
_FIRST_BYTES: Final[tuple[tuple[bytes, Format], ...]] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
_REFUSED: Final = (
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"8BPS", "Photoshop"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"\x00\x00\x00\x0cjP", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL", "JPEG XL"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
)
_SIZE_FIELDS: Final[dict[Format, slice]] = {
    "png": slice(16, 24),
    "gif": slice(6, 10),
    "bmp": slice(18, 26),
}
"""Where width and height stand."""
_BRANDS: Final = frozenset({b"avif", b"avis"})
_MODES: Final = frozenset(
    {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "I;16",
     "I;16B", "I;16L", "I;16N"}
)  # fmt: skip


def sniff(content: bytes) -> Format | Refusal:
    """Names the format by the first bytes."""
    if not content:
        return Refusal("empty", "no bytes")
    for start, name in _FIRST_BYTES:
        if content.startswith(start):
            return name
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in _BRANDS:
        return "avif"
    return _not_decoded(content)


def _not_decoded(content: bytes) -> Refusal:
    if content[4:8] == b"ftyp":
        return Refusal("format_refused", "HEIF or a video")
    for start, known in _REFUSED:
        if content.startswith(start):
            return Refusal("format_refused", known)
    return Refusal("not_an_image", "the first bytes are of no image format")


@contextmanager
def bounded(limits: Limits) -> Iterator[None]:
    """Makes Pillow raise at `max_pixels` too, which it checks at each frame of an animation.

    The bound is a global of Pillow: callers hold `decode`'s lock.
    """
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def open_header(content: bytes, limits: Limits) -> tuple[Header, ImageFile.ImageFile] | Refusal:
    """Reads the header of a file that is not too large.

    Gives the header and Pillow's image, of which no pixel is decoded; call within `bounded`.
    """
    if len(content) > limits.max_bytes:
        return Refusal("too_many_bytes", f"{len(content)} bytes, at most {limits.max_bytes}")
    found = sniff(content)
    if isinstance(found, Refusal):
        return found
    n_blocks, n_scans = _structure(found, content, limits)
    if n_blocks > limits.max_blocks:
        return Refusal("too_complex", f"more than {limits.max_blocks} blocks")
    image = _opened(found, content, limits)
    if isinstance(image, Refusal):
        return image
    if n_scans * image.width * image.height > limits.scan_pixels:
        return Refusal("too_complex", f"{n_scans} scans of {image.width} x {image.height} pixels")
    return _checked(found, content, image, limits)


def _structure(found: Format, content: bytes, limits: Limits) -> tuple[int, int]:
    """How many blocks there are, and scans among them; 0 where the format has none to count."""
    if found == "jpeg":
        return jpeg_blocks(content, limits.max_blocks)
    return (n_png_chunks(content, limits.max_blocks) if found == "png" else 0), 0


def _opened(found: Format, content: bytes, limits: Limits) -> ImageFile.ImageFile | Refusal:
    try:
        return Image.open(BytesIO(content), formats=[_PILLOW_NAMES[found]])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return Refusal("too_many_pixels", f"at most {limits.max_pixels} pixels")
    except MemoryError:
        return Refusal("out_of_memory", "while reading the header")
    except Exception as error:  # noqa: BLE001 - whatever Pillow's parsers raise on hostile bytes
        return _broken(found, content, error)


def _broken(found: Format, content: bytes, error: Exception) -> Refusal:
    """Why a header cannot be read."""
    fields = _SIZE_FIELDS.get(found)
    if fields is not None and len(content) >= fields.stop:
        stored, half = content[fields], (fields.stop - fields.start) // 2
        if not any(stored[:half]) or not any(stored[half:]):
            return Refusal("zero_size", "a side of no pixels")
    if found == "webp" and int.from_bytes(content[4:8], "little") + 8 > len(content):
        return Refusal("truncated", "shorter than it says; WebP gives nothing then")
    return Refusal("header_corrupt", type(error).__name__)


def _checked(
    found: Format, content: bytes, image: ImageFile.ImageFile, limits: Limits
) -> tuple[Header, ImageFile.ImageFile] | Refusal:
    width_px, height_px = image.size
    if width_px <= 0 or height_px <= 0:
        return Refusal("zero_size", f"{width_px} x {height_px} pixels")
    if width_px * height_px > limits.max_pixels:
        cause = f"{width_px} x {height_px} pixels, at most {limits.max_pixels}"
        return Refusal("too_many_pixels", cause)
    if image.mode not in _MODES:
        return Refusal("colour_refused", image.mode)
    header = Header(
        format=found,
        width_px=width_px,
        height_px=height_px,
        mode=image.mode,
        n_frames=_n_frames(found, content, image),
        orientation=_orientation(found, image),
    )
    return header, image


def _n_frames(found: Format, content: bytes, image: Image.Image) -> int:
    """How many frames there are; Pillow itself would decode a GIF to say, or believe an APNG."""
    if found == "gif":
        return max(1, animation.count_gif(content))
    if found == "png":
        has_default = bool(getattr(image, "default_image", False))
        return max(1, animation.count_png(content) + has_default)
    if found in {"webp", "avif"}:
        return max(1, int(getattr(image, "n_frames", 1)))
    return 1


def _orientation(found: Format, image: Image.Image) -> int:
    """EXIF's orientation; 1 where it is none or cannot be read."""
    try:
        if found == "png":  # Pillow would decode the pixels to look for EXIF behind them
            exif = Image.Exif()
            exif.load(image.info.get("exif", b""))
        else:
            exif = image.getexif()
        value = exif.get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - a damaged EXIF block costs the rotation only
        return 1
    return value if isinstance(value, int) and 1 <= value <= _MAX_ORIENTATION else 1
