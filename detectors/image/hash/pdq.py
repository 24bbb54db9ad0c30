"""PDQ, Meta's perceptual hash of 256 bits.

After "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (Facebook, 2019)
and its C++ code in facebook/threatexchange (BSD): blur twice with a box, keep 64 x 64 points, take
the lowest 16 x 16 waves of their cosine transform, and compare each with the median.
"""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.image.picture import Pixels

HASH_BYTES: Final = 32
MIN_QUALITY: Final = 50
"""Below, a picture shows too little for its hash to mean anything; Meta's recommendation is 50."""
MIN_SIDE_PX: Final = 5
MAX_SIDE_PX: Final = 512
"""A longer side is made this long before; the reference program does the same."""
TURNS: Final = (
    "as it is",
    "rotated 90",
    "rotated 180",
    "rotated 270",
    "upside down",
    "mirrored",
    "transposed",
    "transposed other way",
)
"""What the hashes of `Hashed.turned` are of, in order."""
_SIDE: Final = 64
_KEPT: Final = 16
_LUMA: Final = np.array([[0.299, 0.587, 0.114]], np.float32)
_MEDIAN: Final = 127
"""Place of the median of 256 in ascending order: 128 bits are set."""
Floats = npt.NDArray[np.float64]


class Hashed(Struct, frozen=True):
    """A picture's hash in eight positions, each 32 bytes in the order of the usual hexadecimal."""

    turned: tuple[bytes, ...]
    """The picture's own first, then as TURNS says."""
    quality: int
    """0 to 100: how much there is to see."""

    @property
    def own(self) -> bytes:
        """The hash of the picture as it is."""
        return self.turned[0]


def hashed(pixels: Pixels, *, n_turns: int = len(TURNS)) -> Hashed:
    """Gives the hashes of a picture; all zeros and quality 0 below five pixels a side.

    With one turn, that of the picture as it is alone.
    """
    height_px, width_px = pixels.shape[:2]
    if min(height_px, width_px) < MIN_SIDE_PX:
        return Hashed((bytes(HASH_BYTES),) * n_turns, 0)
    size = min(width_px, MAX_SIDE_PX), min(height_px, MAX_SIDE_PX)
    if size != (width_px, height_px):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma = cv2.transform(pixels.astype(np.float32), _LUMA)
    turned = [_shrunk(one) for one in _turned(np.asarray(luma, np.float32))[:n_turns]]
    return Hashed(tuple(map(_bits, turned)), _quality(turned[0]))


def _turned(luma: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    """The picture in each position.

    Meta's code turns the waves instead, at an eighth of the cost; but boxes and points of an even
    number of pixels have no middle, and of a soft picture a seventh of the bits then differ.
    """
    rotated = [np.rot90(luma, n) for n in range(4)]
    flipped = [luma[::-1], luma[:, ::-1], luma.T, rotated[2].T]
    return [np.ascontiguousarray(one) for one in (*rotated, *flipped)]


def _shrunk(luma: npt.NDArray[np.float32]) -> Floats:
    """64 x 64 points of the blurred picture. Windows that hang over its border count less."""
    n_rows, n_columns = luma.shape
    for _ in range(2):
        luma = _blurred(luma)
    rows, columns = (
        ((np.arange(_SIDE) + 0.5) * n / _SIDE).astype(np.intp) for n in (n_rows, n_columns)
    )
    return np.asarray(luma[rows[:, None], columns], np.float64)


def _blurred(luma: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Means over a box, of what of it lies inside the picture."""
    sides = luma.shape[1], luma.shape[0]
    window = [_window(n) for n in sides]
    summed = cv2.boxFilter(
        luma,
        -1,
        window,
        anchor=[n - (n + 2) // 2 for n in window],
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
    across, along = (_inside(n) for n in sides)
    return np.asarray(summed / along[:, None] / across, np.float32)


def _window(n: int) -> int:
    """The box's side for a picture's side of `n` pixels."""
    return (n + 2 * _SIDE - 1) // (2 * _SIDE)


@lru_cache(maxsize=2 * MAX_SIDE_PX)
def _inside(n: int) -> npt.NDArray[np.float32]:
    """How many pixels of the box at each place lie inside a side of `n` pixels."""
    last = np.arange(n) + (_window(n) + 2) // 2
    inside = np.minimum(last, n) - np.maximum(last - _window(n), 0)
    return np.asarray(inside, np.float32)


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """The matrix [16, 64] of the cosine transform, without its constant row."""
    row, column = np.arange(1, _KEPT + 1)[:, None], np.arange(_SIDE)[None, :]
    return np.asarray(
        np.sqrt(2.0 / _SIDE) * np.cos(np.pi / 2 / _SIDE * row * (2 * column + 1)), np.float64
    )


def _bits(small: Floats) -> bytes:
    waves = _cosines() @ small @ _cosines().T
    flat = waves.ravel()
    is_set = flat > np.partition(flat, _MEDIAN)[_MEDIAN]
    return np.packbits(is_set[::-1]).tobytes()


def _quality(small: Floats) -> int:
    steps = [np.trunc(np.diff(small, axis=axis) * 100 / 255) for axis in (0, 1)]
    return min(100, int(sum(np.abs(one).sum() for one in steps)) // 90)
