"""Where lines of text stand in a picture: PP-OCRv6's detector and what its map says."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from msgspec import Struct

from detectors.image.picture import Pixels

Corners = npt.NDArray[np.float32]
"""float32 [4, 2]: top left, top right, bottom right, bottom left as the text is read; x, y."""
Chances = npt.NDArray[np.float32]
"""float32 [height, width], 0 to 1: that a pixel lies in the middle of a line of text."""

STEP: Final = 32
"""Sides that the detector takes are multiples of this."""
_MEAN: Final = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION: Final = np.array((0.229, 0.224, 0.225), np.float32)
"""As PP-OCR's own configuration has them, over blue, green, red."""
INSIDE: Final = 0.2
"""Chance from which a pixel belongs to a line (the model's configuration)."""
LINE: Final = 0.4
"""Mean chance from which it is a line (the same)."""
UNCLIP: Final = 1.5
"""How far a line's middle is widened: area over circumference, so many times (the same: 1.4)."""
MAX_LINES: Final = 1000
_SMALLEST_PX: Final = 3


class Line(Struct, frozen=True, eq=False):
    """A line's corners, and how sure the detector is."""

    corners: Corners
    score: float

    @property
    def width(self) -> float:
        """Its length, in pixels."""
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        """Its height, in pixels."""
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def longer(self) -> float:
        """Its longer side."""
        return max(self.width, self.height)

    @property
    def shorter(self) -> float:
        """Its shorter side."""
        return min(self.width, self.height)


def chances(session: ort.InferenceSession, pixels: Pixels, side_px: int) -> Chances:
    """Gives the detector's map of a picture made so small that its longer side is `side_px`."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    size = _stepped(width * scale), _stepped(height * scale)
    is_smaller = size[0] * size[1] < width * height
    small = cv2.resize(
        pixels, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    )
    given = (small[..., ::-1].astype(np.float32) / 255 - _MEAN) / _DEVIATION
    found = session.run(None, {"x": np.ascontiguousarray(given.transpose(2, 0, 1)[None])})
    return np.asarray(found[0][0, 0], np.float32)


def lines(found: Chances, width_px: int, height_px: int) -> list[Line]:
    """Gives the lines of a map, in pixels of a picture of that size."""
    inside = (found > INSIDE).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array((width_px / found.shape[1], height_px / found.shape[0]), np.float32)
    kept = []
    for contour in sorted(contours, key=len, reverse=True)[:MAX_LINES]:
        line = _line(found, np.asarray(contour, np.int32), scale)
        if line is not None:
            kept.append(line)
    return kept


def _line(found: Chances, contour: npt.NDArray[np.int32], scale: Corners) -> Line | None:
    (x, y), (width, height), angle = cv2.minAreaRect(contour)
    if min(width, height) < _SMALLEST_PX:
        return None
    left, top, across, along = cv2.boundingRect(contour)
    mask = np.zeros((along, across), np.uint8)
    cv2.drawContours(mask, [contour - (left, top)], -1, 1, -1)
    score = float(found[top : top + along, left : left + across][mask > 0].mean())
    if score < LINE:
        return None
    wider = width * height * UNCLIP / (width + height)
    corners = cv2.boxPoints(((x, y), (width + wider, height + wider), angle))
    return Line(_ordered(np.asarray(corners, np.float32) * scale), score)


def _ordered(corners: Corners) -> Corners:
    """Corners from the top left on, with the longer side across unless the box stands upright."""
    middle = corners.mean(0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    around = corners[np.argsort(angles)]
    first = int(np.argmin(around.sum(1)))
    return np.roll(around, -first, 0)


def cut(pixels: Pixels, corners: Corners) -> Pixels:
    """Gives a line's pixels, from its first corner to its second across."""
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    target = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(corners, np.float32), target)
    flat = cv2.warpPerspective(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8)


def median_height(found: Sequence[Line]) -> float:
    """Gives the middle one of the lines' shorter sides; 0 without lines."""
    return float(np.median([one.shorter for one in found])) if found else 0.0


def _stepped(length: float) -> int:
    return max(STEP, round(length / STEP) * STEP)
