"""Hashes of a picture with its edges cut off: PDQ itself does not survive that.

A bank holds them beside the picture's own hash, under its id with `~` and a number.
"""

from typing import Final

import numpy as np

from detectors.image.hash.bank import CROP, Entry
from detectors.image.hash.pdq import Hashed, hashed
from detectors.image.picture import Pixels

CUT: Final = 0.05
"""Share of a side that is cut off."""
_ENDS: Final = (0.0, CUT / 2, CUT)
CROPS: Final = (
    (CUT, 0.0, 0.0, 0.0),
    (0.0, CUT, 0.0, 0.0),
    (0.0, 0.0, CUT, 0.0),
    (0.0, 0.0, 0.0, CUT),
    *((left, top, CUT - left, CUT - top) for left in _ENDS for top in _ENDS),
    (CUT, CUT, CUT, CUT),
)
"""What is cut off: left, top, right, bottom."""


def cropped(pixels: Pixels) -> list[Hashed]:
    """Gives the hashes of a picture with each of CROPS cut off."""
    height_px, width_px = pixels.shape[:2]
    found = []
    for left, top, right, bottom in CROPS:
        rows = slice(round(top * height_px), height_px - round(bottom * height_px))
        columns = slice(round(left * width_px), width_px - round(right * width_px))
        found.append(hashed(np.ascontiguousarray(pixels[rows, columns])))
    return found


def with_crops(entry: Entry, pixels: Pixels) -> list[Entry]:
    """Gives a picture's entry and those of its crops."""
    crops = [
        Entry(hashes.own, f"{entry.id}{CROP}{number}", entry.note)
        for number, hashes in enumerate(cropped(pixels), start=1)
    ]
    return [entry, *crops]
