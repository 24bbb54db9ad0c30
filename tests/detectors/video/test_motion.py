import cv2
import numpy as np

from detectors.video.clip import Greys
from detectors.video.motion import (
    CROP_PX,
    MIN_FRAMES,
    NAMES,
    Region,
    Stretch,
    changed_region,
    cropped,
    described,
)


def stretch(frames: Greys, *, step_ms: int = 80, cuts: tuple[int, ...] = ()) -> Stretch:
    return Stretch(frames, tuple(range(0, step_ms * len(frames), step_ms)), cuts)


def sliding(n: int, step_px: int, *, top: int = 20) -> Greys:
    """A textured square that goes to the right over a still ground."""
    rng = np.random.default_rng(0)
    ground = cv2.resize(rng.integers(90, 110, (9, 16)).astype(np.uint8), (320, 180))
    square = cv2.resize(rng.integers(0, 255, (6, 6)).astype(np.uint8), (40, 40))
    frames = np.stack([ground] * n).astype(np.uint8)
    for number in range(n):
        left = 30 + number * step_px
        frames[number, top : top + 40, left : left + 40] = square
    return frames


def number(name: str, numbers: np.ndarray) -> float:
    return float(numbers[NAMES.index(name)])


def test_numbers_are_finite_and_named() -> None:
    numbers = described(stretch(sliding(10, 3)))
    assert numbers.shape == (len(NAMES),)
    assert numbers.dtype == np.float32
    assert np.isfinite(numbers).all()
    assert len(set(NAMES)) == len(NAMES)


def test_the_place_is_where_something_moves() -> None:
    place = changed_region(stretch(sliding(10, 2, top=120)))
    assert place.share > 0.7
    assert place.top <= 120 / 180 <= place.top + place.height
    assert place.left <= 50 / 320 <= place.left + place.width


def test_nothing_moves_in_a_still_picture() -> None:
    still = np.repeat(sliding(1, 0), MIN_FRAMES, axis=0)
    numbers = described(stretch(still))
    assert np.isfinite(numbers).all()
    assert number("fast_share_mean", numbers) < -9
    assert number("all_change", numbers) < -9


def test_speed_is_per_second_and_not_per_frame() -> None:
    place = Region(0.0, 0.0, 1.0, 0.5625, 1.0)
    every = described(stretch(sliding(16, 2), step_ms=40), place)
    other = described(stretch(sliding(16, 2)[::2], step_ms=80), place)
    assert abs(number("flow_997_mean", every) - number("flow_997_mean", other)) < 0.3


def test_a_cut_is_no_motion() -> None:
    still = np.repeat(sliding(1, 0), 16, axis=0)
    still[8:] = 255 - still[8:]
    seen = described(stretch(still))
    told = described(stretch(still, cuts=(8,)))
    assert number("all_change", seen) > number("all_change", told)
    assert number("all_change", told) < -9


def test_numbers_do_not_depend_on_threads() -> None:
    before = cv2.getNumThreads()
    found = []
    for n_threads in (1, 2):
        cv2.setNumThreads(n_threads)
        found.append(described(stretch(sliding(12, 4))))
        assert cv2.getNumThreads() == n_threads
    cv2.setNumThreads(before)
    assert (found[0] == found[1]).all()


def test_small_and_tall_pictures() -> None:
    rng = np.random.default_rng(1)
    for height, width in ((1, 1), (2, 320), (320, 2), (320, 180)):
        frames = rng.integers(0, 255, (MIN_FRAMES, height, width)).astype(np.uint8)
        assert np.isfinite(described(stretch(frames))).all()


def test_crops_are_square() -> None:
    crops = cropped(sliding(3, 2), Region(0.5, 0.9, 0.5, 0.1, 1.0))
    assert [one.shape for one in crops] == [(CROP_PX, CROP_PX)] * 3
