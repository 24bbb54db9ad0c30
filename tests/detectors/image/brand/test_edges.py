import numpy as np

from detectors.image.brand.edges import N_CELLS, N_WAYS, edges


def test_colours_do_not_count() -> None:
    coarse = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    view = coarse.repeat(8, 0).repeat(8, 1)
    seen = edges(view)
    assert seen.shape == (N_WAYS, N_CELLS, N_CELLS)
    assert seen.dtype == np.float32
    for other in (255 - view, view[..., ::-1]):
        assert np.allclose(edges(np.ascontiguousarray(other)), seen, atol=1e-3)


def test_ways_are_told_apart() -> None:
    view = np.zeros((48, 48, 3), np.uint8)
    view[:, 24:] = 255
    upright = edges(view)
    level = edges(np.ascontiguousarray(view.transpose(1, 0, 2)))
    assert upright.sum(axis=(1, 2)).argmax() == 0
    assert level.sum(axis=(1, 2)).argmax() == N_WAYS // 2


def test_nothing_is_seen_where_nothing_is() -> None:
    assert edges(np.full((48, 48, 3), 90, np.uint8)).max() == 0
