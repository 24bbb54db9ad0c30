"""Fits the projection: copies of one logo together, different logos apart.

Linear discriminant analysis of edges; it takes ten seconds. Small convolutional networks were tried
before it: five short runs did not get past the loss of guessing, and were not measured further.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.image.brand.embedder import N_OUT
from detectors.training.image_brand.pool import Pool

SMOOTHING: Final = 0.3
"""Of the spread within a logo: the share of its mean that is added in all directions."""
Floats = npt.NDArray[np.float32]


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
    turned = [one.reshape(len(edges), -1) for one in positions(edges)]
    middle = turned[0].mean(axis=0)
    owners = np.repeat(starts[:-1], np.diff(starts))
    logos = _unit(turned[0] - middle)[owners]
    likeness = np.stack([(_unit(one - middle) * logos).sum(axis=1) for one in turned])
    best = likeness.argmax(axis=0)
    found = np.empty_like(turned[0])
    for number, one in enumerate(turned):
        found[best == number] = one[best == number]
    return found


def positions(edges: Floats) -> list[Floats]:
    """Gives the edges of squares rotated by quarters of a turn, each also mirrored first."""
    found = []
    for n_quarters in range(4):
        for is_mirrored in (False, True):
            seen = mirrored(edges) if is_mirrored else edges
            found.append(np.ascontiguousarray(turned(seen, n_quarters)))
    return found


def mirrored(edges: Floats) -> Floats:
    """Gives the edges of squares whose left and right are exchanged, [n, 8, 12, 12]."""
    return np.roll(edges[:, ::-1, :, ::-1], 1, axis=1)


def turned(edges: Floats, n_quarters: int) -> Floats:
    """Gives the edges of squares rotated by quarters of a turn, as `numpy.rot90` does."""
    seen = np.rot90(edges, n_quarters, axes=(2, 3))
    return np.roll(seen, edges.shape[1] // 2, axis=1) if n_quarters % 2 else seen


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
