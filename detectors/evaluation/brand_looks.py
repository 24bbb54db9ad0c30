"""What `image.brand` sees of the pictures that it is measured with, kept between runs.

Drawing the pictures and finding their edges takes far longer than the model, and does not depend on
it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from detectors.image.brand.crops import crops
from detectors.image.brand.edges import Edges, edges
from detectors.image.brand.embedder import Embedder
from detectors.image.brand.index import Words, hash_of
from detectors.image.brand.match import Look
from detectors.training.image_brand import trials
from detectors.training.image_brand.logos import Logo, Split
from detectors.training.image_brand.trials import Pictures, Trial


class Name(Struct, frozen=True):
    """A trial without its picture, and how many squares that has."""

    kind: str
    name: str
    brand: str | None
    n_squares: int


class Drawn(Struct, frozen=True, eq=False):
    """Trials: the edges of all their squares, in order, and the hash of each first square."""

    names: tuple[Name, ...]
    edges: Edges
    """float32 [n, 8, 12, 12]."""
    hashes: Words
    """uint64 [n trials, 4]."""


class Looked(Struct, frozen=True, eq=False):
    """A trial as the detector sees it."""

    kind: str
    name: str
    brand: str | None
    look: Look


def drawn(given: Iterable[Trial]) -> Drawn:
    """Gives what there is to see of trials."""
    names, found, hashes = [], [], []
    for one in given:
        views = crops(one.pixels)
        names.append(Name(one.kind, one.name, one.brand, len(views)))
        found += [edges(view) for view in views]
        hashes.append(hash_of(views[0])[:1])
    return Drawn(tuple(names), np.stack(found), np.concatenate(hashes))


def kept(given: Iterable[Trial], path: Path | None) -> Drawn:
    """Gives what there is to see of trials, from a file if there is one; else it is written."""
    if path is None:
        return drawn(given)
    if path.exists():
        with np.load(path, allow_pickle=False) as held:
            names = msgspec.json.decode(held["names"].tobytes(), type=tuple[Name, ...])
            return Drawn(names, held["edges"], held["hashes"])
    found = drawn(given)
    listed = np.frombuffer(msgspec.json.encode(found.names), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, names=listed, edges=found.edges, hashes=found.hashes)
    return found


def looked(given: Drawn, embedder: Embedder) -> list[Looked]:
    """Gives trials as the detector sees them."""
    directions = embedder.of_edges(given.edges)
    found, start = [], 0
    for number, one in enumerate(given.names):
        look = Look(directions[start : start + one.n_squares], given.hashes[number : number + 1])
        found.append(Looked(one.kind, one.name, one.brand, look))
        start += one.n_squares
    return found


def copies(
    pictures: Pictures, coins: Sequence[Logo], split: Split, name: str, work: Path | None
) -> Drawn:
    """Gives the disguised copies of coins; `name` is that of the file within `work`."""
    kit = trials.kit_of(pictures, split)
    return kept(trials.copies(coins, kit), None if work is None else work / f"{name}.npz")


def unrelated(pictures: Pictures, split: Split, work: Path | None) -> Drawn:
    """Gives pictures of a split that show no coin's logo."""
    path = None if work is None else work / f"{split}-unrelated.npz"
    return kept(trials.unrelated(pictures, split), path)


def coins(pictures: Pictures, work: Path | None) -> Drawn:
    """Gives all coins' logos as they are."""
    path = None if work is None else work / "coins.npz"
    return kept(trials.as_they_are(pictures.coins), path)
