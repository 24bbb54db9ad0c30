"""Disguised copies of logos to learn from, drawn once by two processes."""

import hashlib
import multiprocessing
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.image.brand.crops import crops
from detectors.image.brand.edges import edges
from detectors.training.image_brand.disguises import Kit, disguised, flat, pictured
from detectors.training.image_brand.drawn import Bytes
from detectors.training.image_brand.logos import Logo

CANVAS_PX: Final = 56
"""Disguises are drawn at this size: a quarter of the time of 128."""
N_COPIES: Final = {"coin": 24}
N_OTHERS: Final = 5
"""Copies of each coin's logo, and of any other picture."""
EVERY: Final = 3
"""Of the pictures that are no coins' logos, every third."""
N_STICKERS: Final = 64
SEED: Final = 5
_LOOKED: Final = 3
"""A copy is seen in one of the first so many of its squares."""
_PROCESSES: Final = 2
_WHITE: Final = np.array([255, 255, 255])


class Pool(Struct, frozen=True, eq=False):
    """Edges of squares, float16 [n, 8, 12, 12], by whose they are; a logo's first is itself."""

    edges: npt.NDArray[np.float16]
    starts: npt.NDArray[np.int64]
    """Where each logo's begin, and where the last ends."""
    n_coins: int
    """Coins come first."""


class _Task(Struct, frozen=True, eq=False):
    name: str
    image: Bytes
    n_copies: int
    stickers: Sequence[Bytes]


def draw(logos: Sequence[Logo]) -> Pool:
    """Gives copies of coins' logos and of every third other picture."""
    coins = [one for one in logos if one.source == "coin"]
    others = [one for one in logos if one.source != "coin"]
    stickers = [one.image for one in others if one.source == "emoji"][:N_STICKERS]
    chosen = [*coins, *others[::EVERY]]
    tasks = [
        _Task(
            f"{one.source}/{one.name}",
            _shrunk(one.image),
            N_COPIES.get(one.source, N_OTHERS),
            stickers,
        )
        for one in chosen
    ]
    # Not forked: a copy of a process whose libraries have threads may wait for these for ever.
    with multiprocessing.get_context("spawn").Pool(_PROCESSES) as processes:
        drawn = processes.map(_copies, tasks, chunksize=32)
    starts = np.cumsum([0, *(len(one) for one in drawn)])
    return Pool(np.concatenate(drawn), starts, len(coins))


def _copies(task: _Task) -> npt.NDArray[np.float16]:
    """A logo as a list of logos has it, then disguised copies; from its name's hash alone."""
    cv2.setNumThreads(1)
    digest = hashlib.sha256(task.name.encode()).digest()
    rng = np.random.default_rng((SEED, int.from_bytes(digest[:8], "big")))
    kit = Kit(task.stickers)
    views = [crops(flat(task.image, _WHITE))[0]]
    for _ in range(task.n_copies):
        found = crops(pictured(disguised(task.image, rng, kit), rng))
        views.append(found[int(rng.integers(min(_LOOKED, len(found))))])
    return np.stack([edges(view) for view in views]).astype(np.float16)


def _shrunk(image: Bytes) -> Bytes:
    size = (CANVAS_PX, CANVAS_PX)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
