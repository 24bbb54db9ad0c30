"""Pixels into a network's input, as its card says."""

from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.image.picture import Pixels
from detectors.network_card import PixelTable

Floats = npt.NDArray[np.float32]
Region = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_FILTERS: Final = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def prepared(pixels: Pixels, table: PixelTable) -> Floats:
    """Gives the input of one picture: float32 [1, height, width, 3] or [1, 3, height, width]."""
    image = _sized(Image.fromarray(pixels), table)
    if table.jpeg_quality:
        image = _compressed(image, table.jpeg_quality)
    seen = np.asarray(image)
    margin = table.margin_px
    seen = seen[margin : margin + table.height_px, margin : margin + table.width_px]
    if table.colours == "bgr":
        seen = seen[:, :, ::-1]
    # Written so that what needs no arithmetic keeps every bit.
    values = seen.astype(np.float32)
    if table.divide_by != 1.0:
        values /= np.float32(table.divide_by)
    values -= np.array(table.mean, np.float32)
    values /= np.array(table.std, np.float32)
    if table.layout == "nchw":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[None])


def _sized(image: Image.Image, table: PixelTable) -> Image.Image:
    size = (table.width_px + 2 * table.margin_px, table.height_px + 2 * table.margin_px)
    how = _FILTERS[table.filter]
    match table.resize:
        case "squash":
            return image if image.size == size else image.resize(size, how)
        case "crop":
            return image.resize(size, how, box=_middle(image.size, size))
        case "pad":
            inner = _inside(image.size, size)
            whole = Image.new("RGB", size, table.fill)
            place = ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)
            whole.paste(image.resize(inner, how), place)
            return whole


def _middle(of: tuple[int, int], like: tuple[int, int]) -> Region:
    """The largest region in the middle that has the proportions of `like`.

    It is cut out before it is resized: a strip of 1 x 16,384 pixels would otherwise become huge.
    """
    width, height = of
    across = min(width, height * like[0] / like[1])
    along = min(height, width * like[1] / like[0])
    left, top = (width - across) / 2, (height - along) / 2
    return (left, top, left + across, top + along)


def _inside(of: tuple[int, int], like: tuple[int, int]) -> tuple[int, int]:
    """The largest size within `like` that has the proportions of `of`."""
    scale = min(like[0] / of[0], like[1] / of[1])
    return max(1, round(of[0] * scale)), max(1, round(of[1] * scale))


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    out.seek(0)
    with Image.open(out) as again:
        return again.convert("RGB")
