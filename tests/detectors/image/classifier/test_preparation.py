import numpy as np
import pytest
from msgspec.structs import replace

from detectors.image.classifier.preparation import prepared
from detectors.image.picture import Pixels
from detectors.network_card import PixelTable
from tests.detectors.image import pictures

TABLE = PixelTable(width_px=64, height_px=32)


def halves(width_px: int, height_px: int) -> Pixels:
    """Red above, and blue below."""
    seen = np.zeros((height_px, width_px, 3), np.uint8)
    seen[: height_px // 2, :, 0] = 255
    seen[height_px // 2 :, :, 2] = 255
    return seen


def test_squash_fits_both_sides() -> None:
    found = prepared(halves(200, 300), TABLE)
    assert found.shape == (1, 3, 32, 64)
    assert found.dtype == np.float32
    assert found[0, :, 2, 5].tolist() == [1, 0, 0]
    assert found[0, :, 30, 5].tolist() == [0, 0, 1]


def test_a_picture_of_the_right_size_keeps_its_values() -> None:
    seen = pictures.photo(1, 64, 32)
    found = prepared(seen, replace(TABLE, layout="nhwc", divide_by=1.0))
    assert (found[0] == seen).all()


def test_crop_keeps_the_middle() -> None:
    seen = np.zeros((32, 300, 3), np.uint8)
    seen[:, 118:182] = 255
    assert prepared(seen, replace(TABLE, resize="crop")).min() > 0.99
    assert prepared(seen, TABLE).min() == 0


def test_pad_keeps_proportions() -> None:
    seen = np.full((100, 100, 3), 255, np.uint8)
    found = prepared(seen, replace(TABLE, resize="pad", fill=(0, 255, 0)))
    assert found[0, :, 16, 2].tolist() == [0, 1, 0]
    assert found[0, :, 16, 17].tolist() == [1, 1, 1]
    assert found[0, :, 16, 46].tolist() == [1, 1, 1]
    assert found[0, :, 16, 61].tolist() == [0, 1, 0]


def test_a_margin_is_cut_off_afterwards() -> None:
    seen = np.zeros((64, 96, 3), np.uint8)
    seen[16:48, 16:80] = 255
    assert prepared(seen, replace(TABLE, margin_px=16)).min() == 1


def test_values_and_order_of_channels() -> None:
    seen = np.zeros((32, 64, 3), np.uint8)
    seen[:] = (255, 51, 0)
    table = replace(TABLE, colours="bgr", mean=(0.5, 0.1, 0.0), std=(0.5, 0.1, 0.2), layout="nhwc")
    assert prepared(seen, table)[0, 3, 3].tolist() == pytest.approx([-1, 1, 5])


def test_compression_changes_little() -> None:
    seen = pictures.photo(1, 64, 32)
    plain, compressed = (prepared(seen, replace(TABLE, jpeg_quality=one)) for one in (0, 75))
    assert 0 < np.abs(plain - compressed).max() < 0.3


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 16_384), (16_384, 1), (2_000, 2_000)])
def test_any_proportions(resize: str, size: tuple[int, int]) -> None:
    seen = np.full((size[1], size[0], 3), 200, np.uint8)
    table = PixelTable(width_px=64, height_px=32, resize=resize)  # type: ignore[arg-type]
    found = prepared(seen, table)
    assert found.shape == (1, 3, 32, 64)
    assert found.max() == pytest.approx(200 / 255)
