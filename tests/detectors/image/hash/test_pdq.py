from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detectors.image.hash.pdq import HASH_BYTES, TURNS, hashed
from tests.detectors.image import pictures
from tests.detectors.image.pictures import Pixels

# Blocks of random colour: seed, rows, columns, side of a block; hash and quality by Meta's C++
# code in PyPI pdqhash 0.2.8.
REFERENCE = [
    ((0, 12, 12, 20), "2dc5d27372c1f05d0fae0fbe2dbe258ed23b6de5f021e011d0a1e01d52b3ce64", 100),
    ((1, 9, 16, 32), "64c018936753ff9af6022c794f825386307dd38609fd006530ace7681b7bfcfd", 100),
    ((2, 40, 30, 8), "6cfce7c7b3b51c2086b2c818574b35ae7cc2fcc42453a24cb9a8c859b25df8d5", 100),
    ((3, 7, 5, 60), "91a4ce73695a61d86cdb64d961d8ce73cb72348d348d318c9e279b2691a4ce73", 100),
    ((4, 64, 64, 1), "a964a91ef26532bf650b07205d6d12dea9a91bff9c7bf602575c1227326500fc", 100),
    ((5, 100, 100, 5), "63eac76031e5a0af10e1e2e41e6e9ada7edb9a99c519cad853c32c783022397f", 100),
    ((6, 33, 21, 7), "946cd125abe2c9be51061e517ee4544ab43503da273528fabb2c38c6ddaebac6", 100),
    ((7, 4, 4, 128), "4e4ececeb1b10f0ff0f0f0f04e4e31314e4ececeb1b10f0ff0f0f0f04e4e3131", 100),
]


def blocks(seed: int, n_rows: int, n_columns: int, side_px: int) -> Pixels:
    grid = np.random.default_rng(seed).integers(0, 256, (n_rows, n_columns, 3), dtype=np.uint8)
    return np.repeat(np.repeat(grid, side_px, 0), side_px, 1)


def apart(one: bytes, other: bytes) -> int:
    bits = np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8)
    return int(np.bitwise_count(bits).sum())


@pytest.mark.parametrize(("drawn", "digits", "quality"), REFERENCE)
def test_the_reference_programs_hashes(
    drawn: tuple[int, int, int, int], digits: str, quality: int
) -> None:
    found = hashed(blocks(*drawn))
    assert apart(found.own, bytes.fromhex(digits)) <= 2
    assert found.quality == quality


def test_a_published_hash_of_meta_s_is_reproduced() -> None:
    """See `published/SOURCE.md`."""
    picture = Image.open(Path(__file__).parent / "published" / "sample-b.jpg")
    found = hashed(np.asarray(picture.convert("RGB")))
    published = "d8f8f0cec0f4a84f0637022a278f67f0b36e2ed596621e1d33e6339c4e9c9b22"
    assert (found.turned[0].hex(), found.quality) == (published, 100)


def test_turned_hashes_are_those_of_turned_pictures() -> None:
    seen = pictures.photo(3, 256, 256)
    turned = [
        seen,
        np.rot90(seen, 1),
        np.rot90(seen, 2),
        np.rot90(seen, 3),
        seen[::-1],
        seen[:, ::-1],
        seen.transpose(1, 0, 2),
        np.rot90(seen, 2).transpose(1, 0, 2),
    ]
    found = hashed(seen).turned
    assert len(found) == len(TURNS)
    for hash_, pixels in zip(found, turned, strict=True):
        assert apart(hash_, hashed(np.ascontiguousarray(pixels)).own) == 0


def test_a_copy_is_near_and_another_picture_is_not() -> None:
    seen = pictures.photo(1, 400, 300)
    assert apart(hashed(seen).own, hashed(pictures.photo(1, 200, 150)).own) <= 24
    assert apart(hashed(seen).own, hashed(pictures.photo(2, 400, 300)).own) > 80


@pytest.mark.parametrize(("height_px", "width_px"), [(1, 1), (4, 900), (900, 4)])
def test_what_is_too_small_has_quality_zero(height_px: int, width_px: int) -> None:
    found = hashed(np.zeros((height_px, width_px, 3), np.uint8))
    assert (found.own, found.quality) == (bytes(HASH_BYTES), 0)


def test_a_blank_picture_has_quality_zero() -> None:
    assert hashed(np.full((300, 300, 3), 255, np.uint8)).quality == 0
