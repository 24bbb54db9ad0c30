from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from detectors.image.brand.edges import N_CELLS, N_WAYS, edges
from detectors.image.brand.embedder import N_OUT
from detectors.training.image_brand import fit, pool
from detectors.training.image_brand.logos import Logo

N_LOGOS = 12


@pytest.fixture(scope="module")
def drawn() -> pool.Pool:
    rng = np.random.default_rng(0)
    logos = []
    for number in range(N_LOGOS):
        coarse = rng.integers(0, 256, (5, 5, 4), dtype=np.uint8)
        image = coarse.repeat(26, 0).repeat(26, 1)[:128, :128]
        image[..., 3] = 255
        logos.append(Logo(str(number), "coin", "train", image))
    return pool.draw(logos)


def test_a_pool_of_copies(drawn: pool.Pool) -> None:
    assert drawn.edges.shape == (N_LOGOS * 25, N_WAYS, N_CELLS, N_CELLS)
    assert (drawn.starts[-1], drawn.n_coins) == (len(drawn.edges), N_LOGOS)


def test_copies_come_together_and_the_graph_says_so(drawn: pool.Pool, tmp_path: Path) -> None:
    graph = pytest.importorskip("detectors.training.image_brand.graph")
    projection = fit.fit(drawn)
    assert projection.matrix.shape == (N_WAYS * N_CELLS**2, N_OUT)
    graph.write(projection, tmp_path / "model.onnx")
    session = ort.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    seen = drawn.edges.astype(np.float32)
    found = session.run(["directions"], {"edges": seen})[0]
    flat = (seen.reshape(len(seen), -1) - projection.mean) @ projection.matrix
    expected = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    assert np.abs(found - expected).max() < 1e-2
    cosines = found[drawn.starts[:-1]] @ found.T
    owners = np.repeat(np.arange(N_LOGOS), 25)
    same = owners[None] == np.arange(N_LOGOS)[:, None]
    assert cosines[same].mean() > cosines[~same].mean() + 0.2
    assert (tmp_path / "model.onnx").stat().st_size < 2_000_000


def test_turned_edges_are_those_of_the_turned_square() -> None:
    coarse = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    view = coarse.repeat(8, 0).repeat(8, 1)
    seen = edges(view)[None]
    other = edges(np.ascontiguousarray(view[:, ::-1]))
    assert np.allclose(other, fit.mirrored(seen)[0], atol=1e-3)
    for n in (1, 2, 3):
        rotated = edges(np.ascontiguousarray(np.rot90(view, n)))
        assert np.allclose(rotated, fit.turned(seen, n)[0], atol=1e-3)


def test_copies_are_put_upright() -> None:
    rng = np.random.default_rng(1)
    views = rng.integers(0, 256, (2, 6, 6, 3), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    logos = np.stack([edges(one) for one in views])
    rows = [logos[0], fit.turned(logos[:1], 3)[0], logos[1], fit.mirrored(logos[1:])[0]]
    upright = fit.aligned(np.stack(rows), np.array([0, 2, 4]))
    assert np.allclose(upright[0], upright[1], atol=1e-5)
    assert np.allclose(upright[2], upright[3], atol=1e-5)
