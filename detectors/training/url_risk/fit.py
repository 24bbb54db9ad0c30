"""Fits the URL model and the likeness scores, with fixed seeds."""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from detectors.text.links import brands
from detectors.text.links.likeness import KINDS, Kind, Likeness, Watch
from detectors.text.links.ngrams import N_BUCKETS, Pieces, bucket, pieces
from detectors.text.links.url_risk import FACT_VALUE
from detectors.training.url_risk.domains import Domain

_LOG = logging.getLogger(__name__)
_SEED: Final = 20261122
_PENALTY: Final = 1.0
"""Inverse strength of the L2 penalty; 0.3, 4 and 16 do no better."""
PRIOR: Final = 0.05
"""Share of phishing assumed among links in no list; scores are calibrated for it."""
IMITATED: Final[tuple[Kind, ...]] = ("letters", "inside", "signs", "typo")
"""Kinds scored together: each alone is too rare among legitimate hosts to be measured."""
_HALF: Final = 0.5
Floats = npt.NDArray[np.float64]


class Fitted(Struct, frozen=True):
    """A model to be saved: one byte a weight, and scale, bias, slope and offset."""

    weights: npt.NDArray[np.int8]
    numbers: npt.NDArray[np.float64]


def likenesses(rows: Sequence[Domain]) -> list[Likeness | None]:
    """What each host resembles."""
    watch = Watch(brands.read())
    return [watch.likeness(row.host) for row in rows]


def _matrix(found: Sequence[Pieces]) -> sparse.csr_matrix:
    """Rows by buckets; letters share a length of 1, each fact counts `FACT_VALUE`."""
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for one in found:
        columns.extend(map(bucket, (*sorted(one.letters), *sorted(one.facts))))
        values.extend([1.0 / np.sqrt(max(1, len(one.letters)))] * len(one.letters))
        values.extend([FACT_VALUE] * len(one.facts))
        ends.append(len(columns))
    shape = (len(found), N_BUCKETS)
    return sparse.csr_matrix((np.array(values), np.array(columns), np.array(ends)), shape=shape)


def model(rows: Sequence[Domain], alike: Sequence[Likeness | None]) -> Fitted:
    """Fits on the training split, calibrates on the calibration split. Half a minute."""
    x = _matrix([pieces(row.host, one) for row, one in zip(rows, alike, strict=True)])
    y = np.array([row.is_phishing for row in rows])
    train = np.array([row.split == "train" for row in rows])
    held = np.array([row.split == "calibration" for row in rows])
    fitted = LogisticRegression(
        C=_PENALTY, solver="liblinear", class_weight="balanced", random_state=_SEED
    ).fit(x[train], y[train])
    weights = fitted.coef_[0]
    scale = float(np.abs(weights).max()) / 127
    small = np.rint(weights / scale).astype(np.int8)
    bias = float(fitted.intercept_[0])
    raw = scale * (x[held] @ small.astype(np.float64)) + bias
    slope, offset = _calibrate(raw, y[held])
    _LOG.info("%d rows, slope %.3f, offset %.3f", int(train.sum()), slope, offset)
    return Fitted(small, np.array([scale, bias, slope, offset]))


def _calibrate(raw: Floats, y: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Platt scaling, phishing weighed as `PRIOR` of all."""
    share = np.where(y, PRIOR / y.sum(), (1 - PRIOR) / (~y).sum()) * len(y)
    fitted = LogisticRegression(C=1e6, random_state=_SEED).fit(raw[:, None], y, sample_weight=share)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def likeness_scores(rows: Sequence[Domain], alike: Sequence[Likeness | None]) -> dict[Kind, float]:
    """The probability of phishing given a kind of likeness, at `PRIOR`; training and calibration.

    Kinds go in two groups. Half a host is added to each count, so nothing scores 1.
    """
    n_all: Counter[bool] = Counter()
    n_of: Counter[tuple[bool, bool]] = Counter()
    for row, one in zip(rows, alike, strict=True):
        if row.split != "test":
            n_all[row.is_phishing] += 1
            if one is not None:
                n_of[row.is_phishing, one.kind in IMITATED] += 1
    scores: dict[Kind, float] = {}
    for kind in KINDS:
        is_imitated = kind in IMITATED
        hit, alarm = (
            (n_of[is_phishing, is_imitated] + _HALF) / (n_all[is_phishing] + 1)
            for is_phishing in (True, False)
        )
        scores[kind] = round(PRIOR * hit / (PRIOR * hit + (1 - PRIOR) * alarm), 4)
    _LOG.info("likeness: %s of %s", dict(n_of), dict(n_all))
    return scores
