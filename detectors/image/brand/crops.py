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
_LONGER: Final = 1.08
_LONGEST: Final = 3.0
"""Between these a thing may have been added to or stretched, by its longer side over the other."""
_SAME: Final = 0.86
"""Boxes that share so much of what they cover together are looked at once."""
_MIN_SIDE_PX: Final = 8


class Region(Struct, frozen=True):
    """A rectangle of the picture, in pixels of its working size; it may reach beyond the edge."""

    left: float
    top: float
    width: float
    height: float

    def overlap(self, other: "Region") -> float:
        """Gives what both cover, as a share of what they cover together."""
        right, end = self.left + self.width, self.top + self.height
        across = min(right, other.left + other.width) - max(self.left, other.left)
        along = min(end, other.top + other.height) - max(self.top, other.top)
        both = max(across, 0.0) * max(along, 0.0)
        return both / (self.width * self.height + other.width * other.height - both)


def crops(pixels: Pixels) -> list[Pixels]:
    """Gives the squares of a picture that may show a logo, at most seven.

    What is left without margins of one colour; the whole; the largest thing in it; its middle.
    Where what is left is longer one way than the other, both its ends, in case a hat or words
    were added, and all of it made square, in case it was stretched.
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
    whole = _square(Region(0, 0, width, height))
    apart = np.abs(work.astype(np.int16) - ground.astype(np.int16)).max(axis=2) > _APART
    rows, columns = apart.sum(axis=1), apart.sum(axis=0)
    down, right = np.flatnonzero(rows > width // 64), np.flatnonzero(columns > height // 64)
    content, found = whole, [whole]
    if down.size and right.size:
        left, top = int(right[0]), int(down[0])
        box = Region(left, top, int(right[-1]) + 1 - left, int(down[-1]) + 1 - top)
        content = _square(_wider(box))
        found = [content, whole]
        _, _, stats, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8))
        if len(stats) > 2:  # noqa: PLR2004 - the ground and two things
            left, top, across, along, _ = stats[1 + int(np.argmax(stats[1:, 4]))]
            thing = Region(int(left), int(top), int(across), int(along))
            found.append(_square(_wider(thing)))
        found += _ends(box)
    across, along = content.width * (1 - _MIDDLE) / 2, content.height * (1 - _MIDDLE) / 2
    inside = content.width * _MIDDLE, content.height * _MIDDLE
    found.append(Region(content.left + across, content.top + along, *inside))
    kept: list[Region] = []
    for region in found:
        is_new = all(region.overlap(one) < _SAME for one in kept)
        if is_new and (not kept or min(region.width, region.height) >= _MIN_SIDE_PX):
            kept.append(region)
    return kept


def _ends(box: Region) -> list[Region]:
    """Of a box longer one way: the squares at its ends, and the box itself."""
    short, long = min(box.width, box.height), max(box.width, box.height)
    if not _LONGER < long / short < _LONGEST:
        return []
    far = Region(box.left + box.width - short, box.top + box.height - short, short, short)
    near = Region(box.left, box.top, short, short)
    return [_wider(far), _wider(near), _wider(box)]


def cut(work: Pixels, region: Region, ground: Pixels) -> Pixels:
    """Gives a region at 48 pixels a side; beyond the picture's edge is the ground's colour."""
    height, width = work.shape[:2]
    left, top = round(region.left), round(region.top)
    across, along = max(1, round(region.width)), max(1, round(region.height))
    seen = np.empty((along, across, 3), np.uint8)
    seen[:] = ground
    inside = work[max(top, 0) : min(top + along, height), max(left, 0) : min(left + across, width)]
    row, column = max(-top, 0), max(-left, 0)
    seen[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    kind = cv2.INTER_AREA if min(across, along) > SIDE_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(seen, (SIDE_PX, SIDE_PX), interpolation=kind), np.uint8)


def _wider(box: Region) -> Region:
    """The box with a margin."""
    across, along = box.width * _MARGIN, box.height * _MARGIN
    wide, high = box.width + 2 * across, box.height + 2 * along
    return Region(box.left - across, box.top - along, wide, high)


def _square(box: Region) -> Region:
    """The square about a box."""
    side = max(box.width, box.height)
    left, top = box.left + (box.width - side) / 2, box.top + (box.height - side) / 2
    return Region(left, top, side, side)
