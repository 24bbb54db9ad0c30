"""Pictures drawn by whole numbers alone: the same bytes with every library's version."""

from typing import Final

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
_LEVELS: Final = 256

PATTERNS: Final = ("ramp", "checks", "rings", "sand", "stripes", "grain", "discs", "dusk")
"""Names of the pictures that `pattern` draws."""
_SAND: Final = np.array([224, 172, 140])
_DUSK: Final = np.array([70, 60, 140])


def pattern(name: str, width_px: int, height_px: int) -> Pixels:
    """Gives a picture, RGB. Raises KeyError for a name that is none of PATTERNS."""
    rows, columns = np.mgrid[0:height_px, 0:width_px].astype(np.int64)
    across, down = columns * 255 // max(1, width_px - 1), rows * 255 // max(1, height_px - 1)
    far = (across - 128) ** 2 + (down - 128) ** 2
    drawn = {
        "ramp": (across, down, 255 - across),
        "checks": tuple([(columns // 16 + rows // 16) % 2 * 200 + 20] * 3),
        "rings": (far // 24 % _LEVELS, far // 48 % _LEVELS, far // 96 % _LEVELS),
        "sand": tuple(tone - far // 300 + _noise(rows, columns, 9) // 16 for tone in _SAND),
        "stripes": (across // 2 + columns // 8 % 2 * 99, down // 2, rows // 24 % 3 * 80),
        "grain": tuple(_noise(rows, columns, salt) for salt in (1, 2, 3)),
        "discs": tuple(np.where(_disc(across, down), tone, 245 - tone) for tone in _SAND),
        "dusk": tuple(tone + down * (200 - tone) // 255 + across // 32 for tone in _DUSK),
    }[name]
    return np.stack([np.clip(one, 0, 255) for one in drawn], axis=-1).astype(np.uint8)


def _noise(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], salt: int
) -> npt.NDArray[np.int64]:
    """Bytes without a pattern that the eye finds."""
    mixed = (rows * 73_856_093) ^ (columns * 19_349_663) ^ (salt * 83_492_791)
    mixed = (mixed * 2_654_435_761) % (1 << 32)
    return np.asarray(mixed >> 24)


def _disc(across: npt.NDArray[np.int64], down: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.asarray((across % 64 - 32) ** 2 + (down % 85 - 42) ** 2 < 24**2)
