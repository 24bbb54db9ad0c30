"""Calibration: how the encoder's and the lexicon's logits add up to a probability.

Per label, `p = sigmoid(a * encoder + b * lexical + c)`, fitted on the calibration split
(Platt scaling over two inputs). A normal prior keeps labels with few calibration rows near
the same mixture.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from detectors.training.text_risk.fit import targets_of
from detectors.training.text_risk.graph import Mix
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]

_PRIOR = np.array([0.7, 0.3, 0.0])
_SPREAD = np.array([0.25, 0.2, 2.0])
_BOUNDS = ((0.2, 3.0), (0.0, 3.0), (-10.0, 10.0))


def fit(encoder: Floats, lexical: Floats, rows: Sequence[Row]) -> Mix:
    """Fits the mixture of both logits, float32 [rows, labels]."""
    targets, weights = targets_of(rows)
    found = []
    for at in range(len(TRAINED_LABELS)):
        known = weights[:, at] > 0
        inputs = np.stack([encoder[known, at], lexical[known, at], np.ones(known.sum())], axis=1)
        found.append(_fit_one(inputs, targets[known, at], weights[known, at]))
    table = np.stack(found).astype(np.float32)
    return Mix(table[:, 0], table[:, 1], table[:, 2])


def _fit_one(
    inputs: npt.NDArray[np.float64], target: Floats, weight: Floats
) -> npt.NDArray[np.float64]:
    signs = 2.0 * target - 1.0

    def loss(values: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margin = signs * (inputs @ values)
        away = (values - _PRIOR) / _SPREAD
        total = (weight * np.logaddexp(0.0, -margin)).sum() + 0.5 * (away**2).sum()
        slope = -(inputs * (weight * signs * expit(-margin))[:, None]).sum(0) + away / _SPREAD
        return float(total), slope

    fitted = minimize(loss, _PRIOR, jac=True, bounds=_BOUNDS, method="L-BFGS-B")
    values: npt.NDArray[np.float64] = fitted.x
    return values


def scores(mix: Mix, encoder: Floats, lexical: Floats) -> Floats:
    """Calibrated probabilities, float32 [rows, labels]."""
    found: Floats = expit(mix.encoder * encoder + mix.lexical * lexical + mix.offset)
    return found.astype(np.float32)
