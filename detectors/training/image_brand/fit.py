"""Fits the projection: copies of one logo together, different logos apart.

Linear discriminant analysis of edges. Convolutional networks learnt from the same copies found
fewer of them within the processor time that this project has; this takes ten seconds.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.image.brand.embedder import N_OUT
from detectors.training.image_brand.pool import Pool
from detectors.training.image_brand.turns import Floats, likenesses, positions

SMOOTHING: Final = 0.3
"""Of the spread within a logo: the share of its mean that is added in all directions."""


class Projection(Struct, frozen=True, eq=False):
    """`(edges - mean) @ matrix`: [1152] and [1152, N_OUT]."""

    mean: Floats
    matrix: Floats


def fit(pool: Pool) -> Projection:
    """Gives the projection in which copies of a logo differ least for how far logos lie apart."""
    owners = np.repeat(np.arange(len(pool.starts) - 1), np.diff(pool.starts))
    seen = aligned(pool.edges.astype(np.float32), pool.starts)
    mean = seen.mean(axis=0)
    counts = np.diff(pool.starts)[:, None]
    middles = np.add.reduceat(seen, pool.starts[:-1], axis=0) / counts
    apart = seen - middles[owners]
    within = apart.T @ apart / len(seen)
    within += SMOOTHING * np.trace(within) / len(within) * np.eye(len(within), dtype=np.float32)
    values, vectors = np.linalg.eigh(within)
    whitened = vectors / np.sqrt(values)
    spread = (middles - mean) @ whitened
    values, vectors = np.linalg.eigh(spread.T @ spread / len(spread))
    kept = slice(None, -N_OUT - 1, -1)
    share = np.maximum(values[kept], 0) / (1 + values[kept])
    matrix = whitened @ vectors[:, kept] * np.sqrt(share)
    return Projection(mean.astype(np.float32), matrix.astype(np.float32))


def aligned(edges: Floats, starts: npt.NDArray[np.int64]) -> Floats:
    """Gives each square in that of eight positions in which it is likest to its logo, [n, 1152].

    Logos are remembered in all of these, so no copy need be known by another's position.
    """
    turned = positions(edges)
    likeness = likenesses(turned, edges[np.repeat(starts[:-1], np.diff(starts))])
    best = likeness.argmax(axis=0)
    found = np.empty_like(edges)
    for number, one in enumerate(turned):
        found[best == number] = one[best == number]
    return found.reshape(len(edges), -1)
