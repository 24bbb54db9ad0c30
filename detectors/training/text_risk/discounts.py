"""How much less a sentence counts by itself than the text it stands in.

A sentence without its text is likelier to be misread, and the highest of many scores counts. Taking
no sentences at all gives the best average precision on calibration rows, but then ordinary talk
around a violation hides it: so each label gives up at most `LEFT` of its precision for them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from detectors.evaluation.measures import Floats, average_precision, known
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

GRID: Final = (1.5, 2.0, 3.0, 4.0, 6.0)
"""Discounts in log odds; the first that is enough is taken."""
LEFT: Final = 0.005
_N_POSITIVE: Final = 30
"""A label with fewer positive rows gets the first discount."""


def fit(rows: Sequence[Row], wholes: Floats, parts: Floats) -> Floats:
    """The least discount of each label, float32 [labels].

    Args:
        rows: Calibration rows.
        wholes: The highest scores of what counts fully, [rows, labels].
        parts: Those of what is discounted, before it is, [rows, labels].
    """
    found = np.full(len(TRAINED_LABELS), GRID[0], np.float32)
    for at, label in enumerate(TRAINED_LABELS):
        judged, positive = known(rows, label)
        target = positive[judged]
        if target.sum() < _N_POSITIVE:
            continue
        whole, part = wholes[judged, at], parts[judged, at]
        least = average_precision(target, whole) - LEFT
        found[at] = next(
            (one for one in GRID if average_precision(target, joined(whole, part, one)) >= least),
            GRID[-1],
        )
    return found


def joined(wholes: Floats, parts: Floats, discounts: "Floats | float") -> Floats:
    """The scores that count: the highest of wholes and discounted parts, in their shape."""
    lower = parts * np.exp(-np.asarray(discounts, np.float32))
    return np.maximum(wholes, lower / (1 - parts + lower))
