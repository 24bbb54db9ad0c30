import numpy as np
import pytest

pytest.importorskip("sklearn")
onnx = pytest.importorskip("onnx")

import onnxruntime as ort  # noqa: E402

from detectors.training.video_violence import export, fit  # noqa: E402
from detectors.training.video_violence.rows import Rows  # noqa: E402
from detectors.video.motion import NAMES  # noqa: E402


def rows(n: int, n_views: int, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(0, 1, (n, n_views, len(NAMES))).astype(np.float32)
    return Rows(
        numbers=numbers,
        clips=np.array([str(number) for number in range(n)]),
        origins=np.array([str(number // 3) for number in range(n)]),
        is_fight=numbers[:, 0, 0] > 0,
    )


def test_the_graph_scores_as_the_model_does() -> None:
    filmed, drawn = rows(60, 2, 0), rows(6, 2, 1)
    model = fit.fitted(filmed, drawn)
    model = fit.calibrated(model, model.logits(filmed.numbers[:, 0]), filmed.is_fight)
    session = ort.InferenceSession(
        export.graph(model).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    unseen = rows(40, 1, 2).numbers[:, 0]
    (scores,) = session.run(["score"], {"numbers": np.ascontiguousarray(unseen)})
    expected = 1 / (1 + np.exp(-model.logits(unseen)))
    assert np.abs(scores[:, 0] - expected).max() < 1e-5


def test_folds_split_no_origin() -> None:
    filmed = rows(60, 1, 0)
    seen = np.zeros(60, np.intp)
    for tested in fit.folds(filmed, seed=0, by_origin=True):
        assert not set(filmed.origins[tested]) & set(filmed.origins[~tested])
        seen += tested
    assert (seen == 1).all()


def test_a_clip_scores_as_its_highest_window() -> None:
    filmed = rows(4, 1, 0)
    doubled = Rows(
        numbers=filmed.numbers,
        clips=np.array(["a", "a", "b", "b"]),
        origins=np.array(["x", "x", "y", "y"]),
        is_fight=np.array([True, True, False, False]),
    )
    is_fight, highest, origins = fit.by_clip(doubled, np.array([1.0, 3.0, -2.0, -5.0]))
    assert is_fight.tolist() == [True, False]
    assert highest.tolist() == [3.0, -2.0]
    assert origins.tolist() == ["x", "y"]
