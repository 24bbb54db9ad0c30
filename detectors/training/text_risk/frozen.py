"""The comparison that fine-tuning has to win: the encoder as it is, with fitted heads."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from detectors.training.text_risk import fit
from detectors.training.text_risk.model import Network
from detectors.training.text_risk.rows import Row

_CHUNK: Final = 64
_NEVER: Final = -6.0
"""Logit of a target that no row has."""
Floats = npt.NDArray[np.float32]


def fit_heads(network: Network, ids: Sequence[list[int]], rows: Sequence[Row]) -> None:
    """Sets the heads to one logistic regression per target on the encoder's pooled states."""
    states = _states(network, ids)
    targets, weights = fit.targets_of(rows)
    middle, spread = states.mean(0), states.std(0) + 1e-6
    inputs = (states - middle) / spread
    heads = np.zeros((targets.shape[1], states.shape[1]), np.float32)
    bias = np.full(targets.shape[1], _NEVER, np.float32)
    for at in range(targets.shape[1]):
        known = weights[:, at] > 0
        if len(np.unique(targets[known, at])) < 2:  # noqa: PLR2004 - both answers
            continue
        model = LogisticRegression(C=0.1, class_weight="balanced", max_iter=300)
        model.fit(inputs[known], targets[known, at], sample_weight=weights[known, at])
        heads[at] = model.coef_[0] / spread
        bias[at] = model.intercept_[0] - float(heads[at] @ middle)
    with torch.no_grad():
        network.heads.weight.copy_(torch.from_numpy(heads))
        network.heads.bias.copy_(torch.from_numpy(bias))


def _states(network: Network, ids: Sequence[list[int]]) -> Floats:
    """Mean-pooled states of texts, float32 [texts, hidden]."""
    network.eval()
    order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
    found = np.zeros((len(ids), network.heads.in_features), np.float32)
    fast = torch.autocast("cpu", torch.bfloat16, enabled=fit.is_bfloat16_fast())
    with torch.inference_mode(), fast:
        for start in range(0, len(order), _CHUNK):
            chosen = order[start : start + _CHUNK]
            pooled = network.pooled(*fit.padded([ids[n] for n in chosen]))
            found[chosen] = pooled.float().numpy()
    return found
