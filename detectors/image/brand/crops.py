"""Which parts of a picture are compared with logos: squares of 48 pixels."""

from typing import Final

import cv2
import numpy as np
from msgspec import Struct

from detectors.image.picture import Pixels

SIDE_PX: Final = 48
_WORK_PX: Final = 128
"""A longer side is first made this long."""
_APART: Final = 26
"""How far, of 255, a pixel's colour is from the ground's if it is none."""
_MARGIN: Final = 0.04
_MIDDLE: Final = 0.72
"""Side of the closer look, of what is looked at."""
_SAME: Final = 0.86
"""Boxes that share so much of what they cover together are looked at once."""
_MIN_SIDE_PX: Final = 8


class Region(Struct, frozen=True):
    """A square of the picture, in pixels of its working size; it may reach beyond the edge."""

    left: float
    top: float
    side: float

    def overlap(self, other: "Region") -> float:
        """Gives what both cover, as a share of what they cover together."""
        across = min(self.left + self.side, other.left + other.side) - max(self.left, other.left)
        along = min(self.top + self.side, other.top + other.side) - max(self.top, other.top)
        both = max(across, 0.0) * max(along, 0.0)
        return both / (self.side**2 + other.side**2 - both)


def crops(pixels: Pixels) -> list[Pixels]:
    """Gives the squares of a picture that may show a logo, at most four.

    What is left without margins of one colour; the whole; the largest thing in it; its middle.
    """
    work = shrunk(pixels)
    ground = ground_of(work)
    return [cut(work, region, ground) for region in regions(work, ground)]


def shrunk(pixels: Pixels) -> Pixels:
    """Gives the picture with its longer side at `_WORK_PX` at most."""
    height, width = pixels.shape[:2]
    scale = _WORK_PX / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def ground_of(work: Pixels) -> Pixels:
    """Gives the colour along the edge: the median of its pixels, uint8 [3]."""
    edge = np.concatenate([work[0], work[-1], work[:, 0], work[:, -1]])
    return np.asarray(np.median(edge, axis=0), np.uint8)


def regions(work: Pixels, ground: Pixels) -> list[Region]:
    """Gives what to look at, without repetitions."""
    height, width = work.shape[:2]
    whole = _square(0, 0, width, height, 0.0)
    apart = np.abs(work.astype(np.int16) - ground.astype(np.int16)).max(axis=2) > _APART
    rows, columns = apart.sum(axis=1), apart.sum(axis=0)
    down, right = np.flatnonzero(rows > width // 64), np.flatnonzero(columns > height // 64)
    content, found = whole, [whole]
    if down.size and right.size:
        left, top = int(right[0]), int(down[0])
        content = _square(left, top, int(right[-1]) + 1 - left, int(down[-1]) + 1 - top, _MARGIN)
        found = [content, whole]
        _, _, stats, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8))
        if len(stats) > 2:  # noqa: PLR2004 - the ground and two things
            left, top, across, along, _ = stats[1 + int(np.argmax(stats[1:, 4]))]
            found.append(_square(int(left), int(top), int(across), int(along), _MARGIN))
    inset = content.side * (1 - _MIDDLE) / 2
    found.append(Region(content.left + inset, content.top + inset, content.side * _MIDDLE))
    kept: list[Region] = []
    for region in found:
        is_new = all(region.overlap(one) < _SAME for one in kept)
        if is_new and (not kept or region.side >= _MIN_SIDE_PX):
            kept.append(region)
    return kept


def cut(work: Pixels, region: Region, ground: Pixels) -> Pixels:
    """Gives a region at 48 pixels a side; beyond the picture's edge is the ground's colour."""
    height, width = work.shape[:2]
    left, top = round(region.left), round(region.top)
    side = max(1, round(region.side))
    seen = np.empty((side, side, 3), np.uint8)
    seen[:] = ground
    inside = work[max(top, 0) : min(top + side, height), max(left, 0) : min(left + side, width)]
    row, column = max(-top, 0), max(-left, 0)
    seen[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    kind = cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(seen, (SIDE_PX, SIDE_PX), interpolation=kind), np.uint8)


def _square(left: int, top: int, width: int, height: int, margin: float) -> Region:
    """The square about a box, with a margin."""
    side = max(width, height) * (1 + 2 * margin)
    return Region(left + (width - side) / 2, top + (height - side) / 2, side)
