import numpy as np
import pytest

from detectors.image.brand.crops import SIDE_PX, crops, ground_of, regions, shrunk
from tests.detectors.image import pictures
from tests.detectors.image.brand import logo_pictures


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 4), (48, 48), (700, 300)])
def test_squares_of_any_picture(size: tuple[int, int]) -> None:
    width, height = size
    views = crops(pictures.scene(1, width, height))
    assert 1 <= len(views) <= 4
    assert all(view.shape == (SIDE_PX, SIDE_PX, 3) for view in views)
    assert all(view.dtype == np.uint8 for view in views)


def test_a_blank_picture_has_squares() -> None:
    assert crops(np.full((50, 80, 3), 7, np.uint8))[0].max() == 7


def test_margins_do_not_count() -> None:
    bare, margin = logo_pictures.wheel(), logo_pictures.with_margin(logo_pictures.wheel())
    first, second = crops(bare)[0].astype(int), crops(margin)[0].astype(int)
    assert np.abs(first - second).mean() < 12


def test_the_largest_thing_is_looked_at() -> None:
    seen = np.full((200, 400, 3), 255, np.uint8)
    seen[20:180, 10:170] = logo_pictures.ladder()
    seen[150:170, 230:390] = 0
    work = shrunk(seen)
    found = regions(work, ground_of(work))
    scale = 400 / work.shape[1]
    assert any(abs(one.left * scale - 10) < 12 and one.side * scale < 190 for one in found)


def test_nothing_is_looked_at_twice() -> None:
    work = shrunk(logo_pictures.ladder())
    found = regions(work, ground_of(work))
    for number, one in enumerate(found):
        assert all(one.overlap(other) < 0.9 for other in found[:number])
