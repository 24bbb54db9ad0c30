"""Targets for a pupil: half what the rows say, half what a larger network says of them."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from detectors.training.text_risk.fit import Floats, targets_of
from detectors.training.text_risk.rows import Row

_SHARE: Final = 0.5
"""Of the teacher, where a row carries the label; its weight, where no row does."""


def targets(rows: Sequence[Row], says: Floats) -> tuple[Floats, Floats]:
    """Targets and weights, float32 [rows, targets].

    Args:
        rows: What is learnt from.
        says: The teacher's logits of these rows, [rows, targets].
    """
    hard, weights = targets_of(rows)
    soft = 1 / (1 + np.exp(-says))
    mixed = np.where(weights > 0, (1 - _SHARE) * hard + _SHARE * soft, soft)
    return mixed.astype(np.float32), np.where(weights > 0, weights, _SHARE).astype(np.float32)
