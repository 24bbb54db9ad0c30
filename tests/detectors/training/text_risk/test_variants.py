"""The page that compares weights says which ships."""

import numpy as np
import pytest

pytest.importorskip("onnx")

from detectors.training.text_risk import variants
from detectors.training.text_risk.rows import TRAINED_LABELS, Row
from detectors.training.text_risk.variants import Variant

HATE = TRAINED_LABELS.index("hate")


def made(n: int, split: str, lang: str, hate: int) -> Row:
    return Row(
        id=f"{split}:{n}", text="text", lang=lang, source="made", group=f"{n}",
        labels={"hate": hate}, split=split,
    )  # fmt: skip


def test_labels_and_languages_are_measured_apart() -> None:
    rows = [made(n, "test", "en", int(n < 20)) for n in range(60)]
    rows += [made(n, "transfer", "de", int(n < 20)) for n in range(60)]
    scores = np.zeros((120, len(TRAINED_LABELS)), np.float32)
    scores[:20, HATE] = 0.9
    scores[60:, HATE] = 0.5
    found = variants._by_label([row.split == "test" for row in rows], rows, scores)
    assert found == {"hate": 1.0}
    assert variants._transfer(rows, scores) == 20 / 60


def test_the_page_names_what_ships_and_sets_speed_beside_fp32() -> None:
    found = [
        Variant(name, 1_000_000, 0.9, 0.6, per_s, 0.0, {"hate": 0.9})
        for name, per_s in (("fp32", 100.0), ("rows8", 390.0))
    ]
    page = variants.page(found, name="text.risk@9", n_rows=120)
    assert "| **rows8 (ships)** | 1.0 | 0.9000 | 0.6000 | 0.000 | 3.90 |" in page
    assert "| hate | 0.9000 | 0.9000 |" in page
