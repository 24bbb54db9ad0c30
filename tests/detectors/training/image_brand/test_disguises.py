import cv2
import numpy as np
import pytest

from detectors.training.image_brand import disguises
from detectors.training.image_brand.disguises import DISGUISES, Kit, disguised, flat, pictured
from detectors.training.image_brand.drawn import Bytes
from detectors.training.image_brand.logos import split_of
from detectors.training.image_brand.trials import FINISHES


def logo(side: int = 128) -> Bytes:
    """A white cross on a blue disc, on nothing."""
    seen = np.zeros((side, side, 4), np.uint8)
    middle = side // 2
    cv2.circle(seen, (middle, middle), middle - 2, (30, 90, 200, 255), -1)
    cv2.line(seen, (middle, side // 4), (middle, 3 * side // 4), (255, 255, 255, 255), side // 10)
    cv2.line(seen, (side // 3, middle), (2 * side // 3, middle), (255, 255, 255, 255), side // 10)
    return seen


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("side", [56, 128])
def test_disguises_change_and_repeat(name: str, side: int) -> None:
    kit = Kit([logo(64)])
    made = []
    for _ in range(2):
        seen = logo(side)
        for change in DISGUISES[name]:
            seen = change(seen, np.random.default_rng(3), kit)
        made.append(seen)
    assert made[0].shape == (side, side, 4)
    assert made[0].dtype == np.uint8
    assert np.array_equal(made[0], made[1])
    white = np.array([255, 255, 255])
    is_same = np.array_equal(flat(made[0], white), flat(logo(side), white))
    assert is_same == (name == "none")


def test_a_symbol_is_found_on_its_badge() -> None:
    mask = disguises.symbol(logo())
    assert mask is not None
    assert mask[64, 64] > 200
    assert mask[64, 20] < 20
    blank = np.full((128, 128, 4), 255, np.uint8)
    assert disguises.symbol(blank) is None
    assert disguises.symbol(np.zeros((128, 128, 4), np.uint8)) is None


def test_mixtures_give_pictures() -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        seen = pictured(disguised(logo(56), rng, Kit()), rng)
        assert seen.ndim == 3
        assert seen.shape[2] == 3
        assert seen.dtype == np.uint8


@pytest.mark.parametrize("name", FINISHES)
def test_finishes_give_pictures(name: str) -> None:
    seen = FINISHES[name](logo(), np.random.default_rng(2))
    assert seen.shape[2] == 3
    assert seen.dtype == np.uint8


def test_splits_are_fixed() -> None:
    found = [split_of("coin", f"name {n}") for n in range(500)]
    assert found == [split_of("coin", f"name {n}") for n in range(500)]
    assert 250 < found.count("train") < 350
    assert 60 < found.count("test") < 140
