"""The logos that are protected: what they look like to the model and to the hash."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.image.brand.crops import SIDE_PX, crops, ground_of
from detectors.image.brand.embedder import N_OUT, Directions, Embedder
from detectors.image.decode import decode
from detectors.image.hash.pdq import hashed
from detectors.image.picture import Pixels, Refusal

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif"})
SIGHTS: Final = (
    (1.0, 1.0, -30.0, 0.0),
    (1.0, 1.0, -15.0, 0.0),
    (1.0, 1.0, 15.0, 0.0),
    (1.0, 1.0, 30.0, 0.0),
    (0.75, 1.0, 0.0, 0.0),
    (1.0, 0.75, 0.0, 0.0),
    (1.25, 1.25, 0.0, 0.0),
    (1.12, 1.12, 0.0, 0.0),
    (0.8, 0.8, 0.0, 4.5),
    (0.75, 0.75, 0.0, -5.0),
    (0.85, 0.85, 0.0, 0.0),
)
"""Scale across and along, rotation in degrees, pixels of 48 down."""
_WORDS: Final = 4
"""A hash is so many numbers of 64 bits."""
Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


class LogosInvalid(ValueError):
    """Logos that cannot be read; the message says which file and why."""


class Logos(Struct, frozen=True, eq=False):
    """Protected logos. Row `i` of `directions` and of `hashes` is one sight of a logo."""

    brands: tuple[str, ...]
    directions: Directions
    owners: Numbers
    """Place in `brands` of each direction."""
    hashes: Words
    """uint64 [n, 4]."""
    hash_owners: Numbers

    def likest(self, directions: Directions) -> tuple[str, float]:
        """Gives the brand likest to any of some views, with the cosine. There must be brands."""
        cosines = (directions @ self.directions.T).max(axis=0)
        place = int(cosines.argmax())
        return self.brands[self.owners[place]], float(cosines[place])

    def nearest(self, hashes: Words) -> tuple[str, int]:
        """Gives the brand nearest to any of some hashes, with the bits apart; likewise."""
        apart = np.bitwise_count(hashes[:, None] ^ self.hashes[None]).sum(axis=2, dtype=np.int64)
        bits = apart.min(axis=0)
        place = int(bits.argmin())
        return self.brands[self.hash_owners[place]], int(bits[place])


def sights(pixels: Pixels) -> list[Pixels]:
    """Gives the views that a logo is remembered by; as it is, first.

    Rotated by quarters of a turn, also mirrored; then rotated a little, stretched, closer, and
    smaller with room for what copies have above or below.
    """
    first = crops(pixels)[0]
    both = first, first[:, ::-1]
    found = [np.ascontiguousarray(np.rot90(one, n)) for n in range(4) for one in both]
    ground = [float(one) for one in ground_of(first)]
    for across, along, angle_deg, down_px in SIGHTS:
        found.append(_moved(first, (across, along), angle_deg, down_px, ground))
    return found


def _moved(
    view: Pixels,
    scales: tuple[float, float],
    angle_deg: float,
    down_px: float,
    ground: Sequence[float],
) -> Pixels:
    """A view scaled and rotated about its middle, then moved down; around it is its ground."""
    angle = np.radians(angle_deg)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    matrix = turn @ np.diag(scales)
    middle = np.full(2, (SIDE_PX - 1) / 2)
    both = np.column_stack([matrix, middle - matrix @ middle + (0, down_px)])
    moved = cv2.warpAffine(
        view,
        both,
        (SIDE_PX, SIDE_PX),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=ground,
    )
    return np.asarray(moved, np.uint8)


def hash_of(view: Pixels) -> Words:
    """Gives the PDQ hash of a view in eight positions, uint64 [8, 4]; the view's own is first."""
    return np.frombuffer(b"".join(hashed(view).turned), np.uint64).reshape(-1, _WORDS)


def made(logos: Iterable[tuple[str, Pixels]], embedder: Embedder) -> Logos:
    """Gives an index of brands' pictures, RGB; a brand may have several."""
    brands: list[str] = []
    directions, owners, hashes, hash_owners = [], [], [], []
    for brand, pixels in logos:
        if brand not in brands:
            brands.append(brand)
        place = brands.index(brand)
        views = sights(pixels)
        directions.append(embedder.directions(views))
        owners += [place] * len(views)
        own = hash_of(views[0])
        hashes.append(own)
        hash_owners += [place] * len(own)
    if not brands:
        directions.append(np.empty((0, N_OUT), np.float32))
        hashes.append(np.empty((0, _WORDS), np.uint64))
    return Logos(
        tuple(brands),
        np.concatenate(directions),
        np.array(owners, np.int64),
        np.concatenate(hashes),
        np.array(hash_owners, np.int64),
    )


def read(path: Path, embedder: Embedder) -> Logos:
    """Gives the logos of a folder of pictures, or of a file that `write` wrote.

    In a folder each picture is named after its brand, `Example Coin.png`; what stands behind a `~`
    counts not, so that a brand may have several (`Example Coin~dark.png`).

    Raises:
        LogosInvalid: if a picture or the file cannot be read, or a folder has no picture.
        OSError: likewise.
    """
    return read_folder(path, embedder) if path.is_dir() else read_file(path)


def read_folder(folder: Path, embedder: Embedder) -> Logos:
    """Gives the logos of a folder. Raises LogosInvalid, OSError."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        message = f"{folder.name}: no picture in it"
        raise LogosInvalid(message)
    return made([(brand_of(path), _decoded(path)) for path in paths], embedder)


def brand_of(path: Path) -> str:
    """Gives the brand that a picture's name tells."""
    return path.stem.partition("~")[0].strip()


def _decoded(path: Path) -> Pixels:
    picture = decode(path.read_bytes(), name=path.name)
    if isinstance(picture, Refusal):
        message = f"{path.name}: {picture.reason}, {picture.detail}"
        raise LogosInvalid(message)
    return picture.frames[0].pixels


def write(logos: Logos, path: Path) -> None:
    """Writes logos as one file, from which no picture can be had again."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        brands=np.frombuffer(msgspec.json.encode(logos.brands), np.uint8),
        directions=logos.directions.astype(np.float16),
        owners=logos.owners.astype(np.int32),
        hashes=logos.hashes,
        hash_owners=logos.hash_owners.astype(np.int32),
    )
    path.write_bytes(out.getvalue())


def read_file(path: Path) -> Logos:
    """Gives the logos of a file that `write` wrote. Raises LogosInvalid, OSError."""
    content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            logos = Logos(
                msgspec.json.decode(held["brands"].tobytes(), type=tuple[str, ...]),
                held["directions"].astype(np.float32),
                held["owners"].astype(np.int64),
                held["hashes"].astype(np.uint64),
                held["hash_owners"].astype(np.int64),
            )
    except (
        BadZipFile,
        ValueError,
        KeyError,
        EOFError,
        OSError,
        TypeError,
        AttributeError,
    ) as error:
        message = f"{path.name}: no index of logos"
        raise LogosInvalid(message) from error
    if not _fits(logos):
        message = f"{path.name}: an index of logos that does not hold together"
        raise LogosInvalid(message)
    return logos


def _fits(logos: Logos) -> bool:
    n_brands = len(logos.brands)
    shapes: Sequence[tuple[tuple[int, ...], int, Numbers]] = (
        (logos.directions.shape, N_OUT, logos.owners),
        (logos.hashes.shape, _WORDS, logos.hash_owners),
    )
    return all(
        shape == (len(owners), width)
        and owners.ndim == 1
        and bool(((owners >= 0) & (owners < n_brands)).all())
        and (len(owners) > 0 or n_brands == 0)
        for shape, width, owners in shapes
    )
