"""Pillow's images, of any colour model, into RGB of a bounded size."""

from math import sqrt
from typing import Final

import numpy as np
from PIL import Image

from detectors.image.picture import Limits, Pixels

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a stored picture upright, by EXIF's orientation."""
_STRIP_PIXELS: Final = 1 << 20
_WHITE: Final = (255, 255, 255)
_ALPHA_MODES: Final = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})


def kept_size(width_px: int, height_px: int, limits: Limits) -> tuple[int, int]:
    """Gives the size, at most the given one, at which a frame is kept."""
    scale = min(
        1.0,
        sqrt(limits.kept_pixels / (width_px * height_px)),
        limits.kept_side_px / max(width_px, height_px),
    )
    return max(1, int(width_px * scale)), max(1, int(height_px * scale))


def upright_size(width_px: int, height_px: int, orientation: int) -> tuple[int, int]:
    """Gives width and height after the rotation that EXIF asks for."""
    is_turned = orientation >= 5  # noqa: PLR2004 - 5 to 8 swap the sides
    return (height_px, width_px) if is_turned else (width_px, height_px)


def upright(image: Image.Image, orientation: int, limits: Limits) -> Pixels:
    """Gives an image's pixels: RGB, transparency on white, made smaller, turned upright.

    Works in strips, so that beside the decoded image little memory is needed.
    """
    size = kept_size(*image.size, limits)
    factor = max(1, min(image.width // size[0], image.height // size[1]))
    small = _reduced(image, factor)
    if small.size != size:
        small = small.resize(size, Image.Resampling.BOX)
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    return np.array(small, dtype=np.uint8, order="C")


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """An image as RGB, each square of `factor` x `factor` pixels averaged into one."""
    width_px, height_px = image.size
    out = Image.new("RGB", (-(-width_px // factor), -(-height_px // factor)))
    step = max(1, _STRIP_PIXELS // width_px // factor) * factor
    for top in range(0, height_px, step):
        strip = image.crop((0, top, width_px, min(height_px, top + step)))
        strip.info = image.info
        flat = _flat(strip)
        out.paste(flat.reduce(factor) if factor > 1 else flat, (0, top // factor))
    return out


def _flat(image: Image.Image) -> Image.Image:
    """RGB with whatever is transparent on white."""
    if image.mode.startswith("I;16"):
        high = (np.asarray(image) >> 8).astype(np.uint8)
        return Image.fromarray(high).convert("RGB")
    if image.mode not in _ALPHA_MODES and "transparency" not in image.info:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    white = Image.new("RGB", image.size, _WHITE)
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def draft_size(width_px: int, height_px: int, limits: Limits) -> tuple[int, int]:
    """Gives the size from which on a JPEG may be decoded smaller: twice what is kept."""
    width, height = kept_size(width_px, height_px, limits)
    return 2 * width, 2 * height
