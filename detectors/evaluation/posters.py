"""Posters with a code on them, drawn by code: harmless, and each from a seed."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import segno
from msgspec import Struct

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
WIDTH_PX: Final = 1080
HEIGHT_PX: Final = 1350
_QUIET: Final = 4
_FINE: Final = 3
"""Codes are drawn so many times as large and then made smaller, as a camera's pixels average."""
_DOT_PX: Final = 8


class Look(Struct, frozen=True, kw_only=True):
    """How a code stands on its poster."""

    module_px: float = 6.0
    """Side of one of the code's squares."""
    rotation_deg: float = 0.0
    tilt_deg: float = 0.0
    """How far the poster is turned away, about an axis in its plane."""
    axis_deg: float = 0.0
    """The direction of that axis."""
    blur: float = 0.0
    """Standard deviation of a Gaussian, in squares of the code."""
    noise: float = 0.0
    """Standard deviation of the grain, of 255."""
    jpeg: int = 90
    contrast: float = 1.0
    """Of dark to light, 1 is black on white."""
    is_inverted: bool = False
    has_logo: bool = False
    """A blot over a twentieth of the code, with the highest error correction."""
    quiet: int = _QUIET
    """Free squares around the code."""


def photo(rng: np.random.Generator, width_px: int, height_px: int) -> Pixels:
    """Coarse and fine shapes, the finer the fainter, as photographs have them."""
    seen = np.full((height_px, width_px, 3), 128, np.float32)
    for side in (4, 8, 16, 32, 64, 128):
        coarse = rng.normal(0, 160 / side, (side, side, 3)).astype(np.float32)
        seen += cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(4, 12))):
        corners = rng.integers(0, (width_px, height_px), (int(rng.integers(3, 6)), 2))
        shade = rng.integers(0, 256, 3).tolist()
        cv2.fillPoly(seen, [corners.astype(np.int32)], shade)
    return np.asarray(np.clip(seen, 0, 255), np.uint8)


def poster(payload: str, look: Look, rng: np.random.Generator) -> Pixels:
    """Gives a poster, RGB, with the payload's code somewhere on it and lines of text."""
    seen = photo(rng, WIDTH_PX, HEIGHT_PX)
    for line in range(int(rng.integers(3, 9))):
        place = int(rng.integers(0, 300)), 80 + 150 * line
        size = float(rng.uniform(1, 3))
        shade = rng.integers(0, 256, 3).tolist()
        cv2.putText(seen, "Claim your reward today", place, cv2.FONT_HERSHEY_DUPLEX, size, shade, 3)
    seen = _placed(seen, _code(payload, look), look, rng)
    if look.blur:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), look.blur * look.module_px), np.uint8)
    if look.noise:
        grain = rng.normal(0, look.noise, seen.shape)
        seen = np.asarray(np.clip(seen + grain, 0, 255), np.uint8)
    _, content = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, look.jpeg])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def _code(payload: str, look: Look) -> Pixels:
    drawn = segno.make_qr(payload, error="h" if look.has_logo else "m", boost_error=False)
    squares = np.array([list(row) for row in drawn.matrix_iter(border=look.quiet)], np.uint8)
    light = np.repeat(np.repeat(1 - squares, _DOT_PX, 0), _DOT_PX, 1)
    if look.is_inverted:
        light = 1 - light
    span = 255 * look.contrast
    pixels = np.asarray(light * span + (255 - span) / 2, np.uint8)
    if look.has_logo:
        middle, reach = pixels.shape[0] // 2, int(pixels.shape[0] * 0.05**0.5 / 2)
        cv2.circle(pixels, (middle, middle), reach, 128, -1)
    return pixels


def _placed(seen: Pixels, code: Pixels, look: Look, rng: np.random.Generator) -> Pixels:
    """The code turned, tilted and laid on the poster, wholly inside it."""
    side = code.shape[0] / _DOT_PX * look.module_px
    corners = _corners(side, look)
    corners -= corners.min(axis=0)
    width, height = np.ceil(corners.max(axis=0)).astype(int) + 2
    left = int(rng.integers(0, max(1, WIDTH_PX - width)))
    top = int(rng.integers(0, max(1, HEIGHT_PX - height)))
    edge = code.shape[0]
    source = np.array([(0, 0), (edge, 0), (edge, edge), (0, edge)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, (corners * _FINE).astype(np.float32))
    size = (int(width) * _FINE, int(height) * _FINE)
    small = int(width), int(height)
    laid, mask = (
        cv2.resize(cv2.warpPerspective(one, matrix, size), small, interpolation=cv2.INTER_AREA)
        for one in (code, np.full_like(code, 255))
    )
    inside = (
        slice(top, min(HEIGHT_PX, top + small[1])),
        slice(left, min(WIDTH_PX, left + small[0])),
    )
    share = (mask / 255.0)[: HEIGHT_PX - top, : WIDTH_PX - left, None]
    over = np.asarray(laid, np.float64)[: HEIGHT_PX - top, : WIDTH_PX - left, None]
    seen[inside] = (seen[inside] * (1 - share) + over).astype(np.uint8)
    return seen


def _corners(side: float, look: Look) -> Floats:
    """Where a square's corners come to lie, seen from four times its side away."""
    half = side / 2
    flat = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    flat = flat @ _rotation(look.rotation_deg).T @ _rotation(-look.axis_deg).T
    tilt = np.radians(look.tilt_deg)
    depth = 4 * side + flat[:, 1] * np.sin(tilt)
    flat[:, 1] *= np.cos(tilt)
    return np.asarray((flat * (4 * side / depth)[:, None]) @ _rotation(look.axis_deg).T, np.float64)


def _rotation(angle_deg: float) -> Floats:
    angle = np.radians(angle_deg)
    return np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
