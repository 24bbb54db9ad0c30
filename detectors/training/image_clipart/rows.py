"""Clip art of weapons and of other things, with copies changed at random."""

import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from msgspec import Struct

from detectors.image.decode import decode
from detectors.image.picture import Picture, Pixels

WEAPONS: Final = "tools_weapons"
N_LOGOS: Final = 100
"""Of the coins' logos, evenly spaced: clip art of another kind, and harmless."""
_VERSION: Final = re.compile(r"(_?[a-z]{0,2}|_?\d*)$")
SMALL_PX: Final = 64
WHITE: Final = (255, 255, 255)


class Row(Struct, frozen=True, eq=False):
    """A picture; `group` are those that one artist drew alike."""

    name: str
    group: str
    is_weapon: bool
    pixels: Pixels
    small: Pixels
    """The same, no side over `SMALL_PX`: what copies are made of."""


def read(data: Path) -> list[Row]:
    """Gives all rows, in the order of their files' names."""
    art = sorted((data / "openclipart_subset").rglob("*.png"))
    logos = sorted((data / "crypto_icons").rglob("*.png"))
    rows = []
    for path in (*art, *logos[:: max(1, len(logos) // N_LOGOS)]):
        found = decode(path.read_bytes(), name=path.stem)
        if isinstance(found, Picture):
            is_weapon = path.parent.name == WEAPONS
            pixels = found.frames[0].pixels
            rows.append(Row(path.stem, group(path.stem), is_weapon, pixels, _small(pixels)))
    return rows


def _small(pixels: Pixels) -> Pixels:
    scale = SMALL_PX / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def group(name: str) -> str:
    """Gives a name without what tells versions apart: `m16_02`, `bullet_hole_linda_kim_ab`."""
    return _VERSION.sub("", name)


def fold(row: Row, n_folds: int) -> int:
    """Gives the fold of a row's group, from its name alone."""
    return sum(row.group.encode()) % n_folds


def changed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Gives a copy turned, moved, mirrored, coloured otherwise, and on another ground."""
    height_px, width_px = pixels.shape[:2]
    side = max(height_px, width_px)
    scale = float(rng.uniform(0.6, 1.2))
    turn = cv2.getRotationMatrix2D(
        (width_px / 2, height_px / 2), float(rng.uniform(-40, 40)), scale
    )
    turn[:, 2] += (side - width_px) / 2, (side - height_px) / 2
    turn[:, 2] += rng.uniform(-0.1, 0.1, 2) * side
    seen = cv2.warpAffine(
        pixels,
        turn,
        (side, side),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=WHITE,
    )
    if rng.integers(2):
        seen = seen[:, ::-1]
    values = np.asarray(seen, np.float32)
    values *= rng.uniform(0.7, 1.0, 3).astype(np.float32)
    if rng.integers(3) == 0:
        values = values.mean(axis=2, keepdims=True).repeat(3, axis=2)
    if rng.integers(4) == 0:
        values = 255 - values
    values += rng.standard_normal(values.shape, np.float32) * float(rng.uniform(0, 8))
    return np.ascontiguousarray(np.clip(values, 0, 255).astype(np.uint8))
