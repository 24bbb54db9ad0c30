"""What the model sees of a square: which way its edges run, and where; no colour."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from detectors.image.picture import Pixels

N_WAYS: Final = 8
"""Directions that an edge may have, over half a turn: dark to light or light to dark is one."""
N_CELLS: Final = 12
_FLOOR: Final = 12.0
"""Contrast, of 255, below which there is nothing to see."""
Edges = npt.NDArray[np.float32]
"""float32 [N_WAYS, 12, 12], 0 to about 1."""


def edges(view: Pixels) -> Edges:
    """Gives the edges of a square, uint8 [48, 48, 3], after Dalal and Triggs.

    Each pixel's strongest gradient of the three colours counts, shared between the two nearest
    ways; sums over cells are softened, and divided by the contrast round about.
    """
    seen = view.astype(np.float32)
    across = np.zeros_like(seen)
    along = np.zeros_like(seen)
    across[:, 1:-1] = seen[:, 2:] - seen[:, :-2]
    along[1:-1] = seen[2:] - seen[:-2]
    strongest = (across * across + along * along).argmax(axis=2)[..., None]
    dx = np.take_along_axis(across, strongest, 2)[..., 0]
    dy = np.take_along_axis(along, strongest, 2)[..., 0]
    strength = np.sqrt(dx * dx + dy * dy)
    way = (np.arctan2(dy, dx) % np.pi) * np.float32(N_WAYS / np.pi)
    low = way.astype(np.int64)
    share = way - low
    low %= N_WAYS
    by_way = np.zeros((*strength.shape, N_WAYS), np.float32)
    np.put_along_axis(by_way, low[..., None], (strength * (1 - share))[..., None], 2)
    np.put_along_axis(by_way, ((low + 1) % N_WAYS)[..., None], (strength * share)[..., None], 2)
    side = len(view) // N_CELLS
    cells = by_way.reshape(N_CELLS, side, N_CELLS, side, N_WAYS).mean(axis=(1, 3))
    soft = np.asarray(cv2.GaussianBlur(cells, (0, 0), 0.6), np.float32)
    power = cv2.GaussianBlur((soft * soft).sum(axis=2), (0, 0), 2.0)
    around = np.sqrt(np.asarray(power, np.float32) + _FLOOR * _FLOOR)
    found = np.sqrt(soft / around[..., None])
    return np.ascontiguousarray(found.transpose(2, 0, 1), np.float32)
