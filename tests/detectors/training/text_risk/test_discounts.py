"""How much less parts count is fitted on calibration rows."""

import numpy as np
import pytest

from detectors.training.text_risk import discounts
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

SPAM = TRAINED_LABELS.index("spam")


def rows(targets: list[int]) -> list[Row]:
    return [
        Row(id=str(n), text="x", lang="en", source="one", group=str(n), labels={"spam": value})
        for n, value in enumerate(targets)
    ]


def scores(*columns: float) -> np.ndarray:
    found = np.zeros((len(columns), len(TRAINED_LABELS)), np.float32)
    found[:, SPAM] = columns
    return found


def test_a_discount_lowers_the_odds() -> None:
    found = discounts.joined(scores(0.1, 0.1), scores(0.5, 0.0), 1.0)
    assert found[0, SPAM] == pytest.approx(1 / (1 + np.e), abs=1e-6)
    assert found[1, SPAM] == pytest.approx(0.1)


def test_parts_that_mislead_count_less() -> None:
    n = 40
    given = rows([1] * n + [0] * n)
    wholes = scores(*([0.8] * n + [0.1] * n))
    assert discounts.fit(given, wholes, scores(*([0.1] * 2 * n)))[SPAM] == discounts.GRID[0]
    misleading = scores(*([0.1] * n + [0.95] * n))
    lower = discounts.fit(given, wholes, misleading)[SPAM]
    assert lower == next(
        one for one in discounts.GRID if discounts.joined(wholes, misleading, one)[-1, SPAM] < 0.8
    )


def test_a_label_of_few_rows_gets_the_first_discount() -> None:
    found = discounts.fit(rows([1, 0]), scores(0.1, 0.2), scores(0.1, 0.9))
    assert set(found.tolist()) == {discounts.GRID[0]}
