"""The comparison that fine-tuning has to win: the encoder as it is, with fitted heads."""

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from detectors.evaluation import measures
from detectors.training.text_risk import fit
from detectors.training.text_risk.model import Network
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

_LOG = logging.getLogger(__name__)
_CHUNK = 64
Floats = npt.NDArray[np.float32]


def states(network: Network, ids: Sequence[list[int]]) -> Floats:
    """Mean-pooled states of texts, float32 [texts, hidden]."""
    network.eval()
    order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
    found = np.zeros((len(ids), network.heads.in_features), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), _CHUNK):
            rows = order[start : start + _CHUNK]
            found[rows] = network.pooled(*fit.padded([ids[n] for n in rows])).numpy()
    return found


def measure(train: Floats, train_rows: Sequence[Row], test: Floats, rows: Sequence[Row]) -> None:
    """Fits one logistic regression per label on frozen states; logs average precision."""
    targets, weights = fit.targets_of(train_rows)
    found = []
    middle, spread = train.mean(0), train.std(0)
    for at, label in enumerate(TRAINED_LABELS):
        judged, positive = measures.known(rows, label)
        if (judged & positive).sum() < measures.MIN_POSITIVE:
            continue
        known = weights[:, at] > 0
        model = LogisticRegression(C=0.1, class_weight="balanced", max_iter=300)
        inputs = (train[known] - middle) / spread
        model.fit(inputs, targets[known, at], sample_weight=weights[known, at])
        score = model.decision_function((test[judged] - middle) / spread).astype(np.float32)
        found.append(measures.average_precision(positive[judged], score))
        _LOG.info("frozen %s: AP %.3f", label, found[-1])
    _LOG.info("frozen: mean AP %.3f over %d labels", float(np.mean(found)), len(found))
