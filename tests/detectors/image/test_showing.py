import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from detectors.image.showing import SIDE_PX, STILL_MS, Show, chosen, duration_ms, leaves_out, watch
from tests.detectors.image import pictures

BLANK = np.zeros((SIDE_PX, SIDE_PX), np.int16)


def shown(*durations_ms: int) -> list[Show]:
    return [Show(n, ms, BLANK) for n, ms in enumerate(durations_ms)]


@pytest.mark.parametrize(
    ("durations_ms", "indices"),
    [
        ((50,), [0]),
        ((50, 50), [0, 1]),
        ((50,) * 9, [0, 4, 8]),
        ((50, 50, 900, 50, 50, 50), [0, 2, 4]),
        ((50, 500, 600, 700, 800), [0, 3, 4]),
    ],
)
def test_chosen(durations_ms: tuple[int, ...], indices: list[int]) -> None:
    assert [one.index for one in chosen(shown(*durations_ms), 3)] == indices


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=30), st.integers(1, 10))
def test_the_first_and_the_longest_are_chosen(durations_ms: list[int], n_wanted: int) -> None:
    shows = shown(*durations_ms)
    taken = chosen(shows, n_wanted)
    assert len(taken) == min(n_wanted, len(shows))
    assert taken[0] is shows[0]
    missed = [one for one in shows if one not in taken and one.is_still]
    assert leaves_out(shows, taken) == bool(missed)
    if missed:
        assert all(one.is_still for one in taken[1:])
        assert max(one.shown_ms for one in missed) <= min(
            (one.shown_ms for one in taken[1:]), default=STILL_MS * 10
        )


def test_frames_that_look_alike_are_one_show() -> None:
    one, other = (Image.fromarray(pictures.scene(n)) for n in range(2))
    for image in (one, other):
        image.info["duration"] = 250
    shows: list[Show] = []
    assert [watch(shows, n, image) for n, image in enumerate((one, other, one, one))] == [
        True,
        True,
        False,
        False,
    ]
    assert [(show.index, show.shown_ms) for show in shows] == [(0, 750), (1, 250)]


@pytest.mark.parametrize(
    ("said", "ms"),
    [(None, 100), (0, 100), (10, 100), (20, 20), (33.3, 33), ("x", 100), (1e18, 3_600_000)],
)
def test_durations_are_those_of_browsers(said: object, ms: int) -> None:
    image = Image.new("RGB", (2, 2))
    if said is not None:
        image.info["duration"] = said
    assert duration_ms(image) == ms
