"""Lines of text as a picture's boxes give them, drawn by code."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.evaluation import writing
from detectors.evaluation.writing import Face
from detectors.image.picture import Pixels
from detectors.training.image_ocr.texts import ARABIC

_MAX_WIDTH_PX: Final = 3000
_COLOURED: Final = 0.5


def drawn(
    text: str, lang: str, faces: tuple[Face, Face], rng: np.random.Generator
) -> Pixels | None:
    """Gives a line of text on some ground, RGB, cut out as a detector would.

    None if it is blank or cannot be written. The ground is plain, a gradient or shapes; grain,
    blur, JPEG, a little rotation at times.

    Args:
        text: The line.
        lang: Its language.
        faces: The face, and the one for words that it cannot write.
        rng: Where chance comes from.
    """
    size = int(np.exp(rng.uniform(np.log(14), np.log(60))))
    stroke = int(rng.integers(1, 3)) if rng.random() < 0.08 else 0  # noqa: PLR2004
    rim = max(1, size // int(rng.integers(8, 20))) if rng.random() < 0.12 else 0  # noqa: PLR2004
    is_right_to_left = lang in ARABIC
    whole, mask = (
        writing.line(text, faces, size, is_right_to_left=is_right_to_left, stroke=stroke + more)
        for more in (rim, 0)
    )
    box = whole.getbbox() if whole is not None else None
    is_short = box is not None and 3 <= box[2] - box[0] < _MAX_WIDTH_PX  # noqa: PLR2004
    if whole is None or mask is None or box is None or not is_short:
        return None
    ground, colour = _colours(mask.size, rng)
    seen = np.asarray(ground)
    if rim:
        ground, _ = _colours(mask.size, rng)
        edge = np.full(3, 0.0 if colour.mean() > 128 else 255.0, np.float32)  # noqa: PLR2004
        seen = _inked(ground, whole, edge)
    line = np.asarray(_inked(seen, mask, colour), np.uint8)
    if rng.random() < 0.25:  # noqa: PLR2004
        line = _rotated(line, float(rng.normal(0, 1.5)), ground)
    return _spoiled(_cut(line, box, rng), rng)


def _inked(
    seen: npt.NDArray[np.float32], mask: Image.Image, colour: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    ink = np.asarray(mask, np.float32)[..., None] / 255
    return np.asarray(seen * (1 - ink) + colour * ink, np.float32)


def _colours(
    size: tuple[int, int], rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """A ground and a colour that can be told from it."""
    width, height = size
    base, colour = (
        rng.uniform(0, 255, 3) if rng.random() < _COLOURED else np.full(3, rng.choice(greys))
        for greys in ((0, 18, 245, 255), (0, 25, 235, 255))
    )
    weights = np.array((0.3, 0.59, 0.11))
    if abs(float((base - colour) @ weights)) < 50:  # noqa: PLR2004
        colour = np.full(3, 255.0 if float(base @ weights) < 128 else 0.0)  # noqa: PLR2004
    ground = np.broadcast_to(base, (height, width, 3)).astype(np.float32)
    if rng.random() < 0.3:  # noqa: PLR2004
        coarse = rng.normal(0, rng.uniform(5, 30), (3, int(rng.integers(2, 12)), 3))
        ground = ground + cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.clip(ground, 0, 255), colour.astype(np.float32)


def _rotated(seen: Pixels, angle_deg: float, ground: npt.NDArray[np.float32]) -> Pixels:
    height, width = seen.shape[:2]
    limit = np.degrees(np.arctan2(0.5 * height, width))
    angle_deg = float(np.clip(angle_deg, -limit, limit))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    border = ground.mean((0, 1)).tolist()
    turned = cv2.warpAffine(
        seen, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=border
    )
    return np.asarray(turned, np.uint8)


def _cut(seen: Pixels, box: tuple[int, int, int, int], rng: np.random.Generator) -> Pixels:
    """The line with some free pixels around, more or fewer at each side."""
    height = box[3] - box[1]
    free = rng.normal(0.18, 0.10, 4) * height
    top, bottom = (int(max(one, -0.04 * height)) for one in free[:2])
    left, right = (int(max(2 * one, 0)) for one in free[2:])
    return seen[max(0, box[1] - top) : box[3] + bottom, max(0, box[0] - left) : box[2] + right]


def _spoiled(seen: Pixels, rng: np.random.Generator) -> Pixels:
    """Small, blurred, grained, saved as JPEG: each at times."""
    if rng.random() < 0.3:  # noqa: PLR2004
        scale = rng.uniform(max(0.3, min(1.0, 12 / seen.shape[0])), 1)
        smaller = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        seen = np.asarray(smaller, np.uint8)
    if rng.random() < 0.2:  # noqa: PLR2004
        sigma = rng.uniform(0.3, 0.03 * seen.shape[0] + 0.4)
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma), np.uint8)
    if rng.random() < 0.3:  # noqa: PLR2004
        grain = rng.normal(0, rng.uniform(2, 18), seen.shape)
        seen = np.asarray(np.clip(seen + grain, 0, 255), np.uint8)
    if rng.random() < 0.5:  # noqa: PLR2004
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))]
        _, coded = cv2.imencode(".jpg", seen, quality)
        seen = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return seen
