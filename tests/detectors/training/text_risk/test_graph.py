"""The graph's word embeddings are those of the stored encoder."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

from detectors.session import opened
from detectors.training.text_risk import graph
from detectors.training.text_risk.graph_builder import Builder


def test_unpacked_embeddings_are_levels_times_scales(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    n_words, width = 50, 384
    nibbles = random.integers(0, 16, (n_words, width)).astype(np.uint8)
    scales = random.normal(size=(n_words, width // 32)).astype(np.float16)

    class Words:
        words = (nibbles, scales)

    builder = Builder("rows8")
    builder.node("Identity", [graph._words(builder, Words())], "out")  # type: ignore[arg-type]
    path = tmp_path / "words.onnx"
    builder.save(path, [graph.IDS], [graph._floats("out", "batch", "tokens", width)])
    ids = random.integers(0, n_words, (3, 8))
    (found,) = opened(path).run(["out"], {"ids": ids})
    levels = nibbles.astype(np.float32) - 8
    wanted = levels * np.repeat(scales.astype(np.float32), 32, axis=1)
    assert np.array_equal(found, wanted[ids])
