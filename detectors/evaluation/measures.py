"""Figures over held-back rows: average precision, F1, false positives, calibration error.

Where a figure is a share of counted rows, its interval is Wilson's; where it is not, the
interval comes from resampling the rows.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float64]

MIN_POSITIVE = 10
"""Fewer positive rows than this give no figure worth a line."""
FPR = 0.01
"""False-positive rate at which recall is read."""
_N_BINS = 15
_Z = 1.959964
"""Standard normal quantile of a 95 % interval."""
JUDGED = 0.5
"""Rows whose label was only implied (weight below this) are not evaluated on."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One label in one language (`*`: all), for one scorer."""

    label: str
    lang: str
    n: int
    n_positive: int
    n_benign: int
    average_precision: float | None
    f1: float | None
    benign_fpr: float | None
    recall_at_fpr: float | None = None
    """At the score that 1 % of the rows without the label reach."""
    calibration_error: float | None = None
    """Expected; over the rows where the label was judged."""


class Estimate(msgspec.Struct, frozen=True):
    """A figure with the ends of its 95 % interval; they equal the value where none was asked."""

    value: float
    low: float
    high: float


class Bin(msgspec.Struct, frozen=True):
    """One of 15 equal-width score bins: what was promised and what came true."""

    n: int
    mean_score: float
    share_positive: float


class Ranking:
    """The rows of one label by falling score, counted under any weights."""

    def __init__(self, target: Bools, score: Floats) -> None:
        """Sorts; target and score are [rows]."""
        self._order = np.argsort(-score, kind="stable")
        self._target = target[self._order]
        self._last = np.append(np.flatnonzero(np.diff(score[self._order])), len(score) - 1)

    def counts(self, weights: Weights | None = None) -> tuple[Weights, Weights]:
        """True and false positives at each distinct score, from the highest score down."""
        given = np.ones(len(self._order)) if weights is None else weights[self._order]
        hits = np.cumsum(given * self._target)[self._last]
        return hits, np.cumsum(given)[self._last] - hits


def average_precision(target: Bools, score: Floats) -> float:
    """Area under the precision-recall steps; ties share one step."""
    return area(*Ranking(target, score).counts())


def area(hits: Weights, alarms: Weights) -> float:
    """Area under the precision-recall steps of `Ranking.counts`; NaN without a positive."""
    if hits[-1] <= 0:
        return float("nan")
    precision = hits / np.maximum(hits + alarms, 1e-12)
    return float((np.diff(hits / hits[-1], prepend=0.0) * precision).sum())


def at_false_positive_rate(hits: Weights, alarms: Weights, rate: float) -> tuple[float, float]:
    """Recall and precision at the lowest score whose false-positive rate is at most `rate`.

    Recall is 0 where no score is strict enough, and precision then NaN; both are NaN without
    a positive or without a negative row.
    """
    if hits[-1] <= 0 or alarms[-1] <= 0:
        return float("nan"), float("nan")
    n = int(np.searchsorted(alarms, rate * alarms[-1], side="right"))
    if n == 0:
        return 0.0, float("nan")
    recall, flagged = hits[n - 1] / hits[-1], hits[n - 1] + alarms[n - 1]
    return float(recall), float(hits[n - 1] / flagged) if flagged > 0 else float("nan")


def wilson(n_hits: int, n: int) -> Estimate:
    """A share with Wilson's 95 % interval. `n` is above 0."""
    share, spread = n_hits / n, _Z * _Z / n
    middle = share + spread / 2
    width = _Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - width) / (1 + spread), (middle + width) / (1 + spread)
    return Estimate(share, max(low, 0.0), min(high, 1.0))


def reliability(target: Bools, score: Floats) -> list[Bin]:
    """The score bins that hold rows, from the lowest up."""
    bins = np.minimum((score * _N_BINS).astype(int), _N_BINS - 1)
    return [
        Bin(int(inside.sum()), float(score[inside].mean()), float(target[inside].mean()))
        for inside in (bins == one for one in np.unique(bins))
    ]


def f1(target: Bools, flagged: Bools) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is found."""
    both = int((target & flagged).sum())
    return 2 * both / max(int(target.sum()) + int(flagged.sum()), 1)


def calibration_error(target: Bools, score: Floats) -> float:
    """Expected calibration error over 15 equal-width bins."""
    bins = reliability(target, score)
    total = sum(one.n * abs(one.share_positive - one.mean_score) for one in bins)
    return float(total / len(score))


def known(rows: Sequence[Row], label: str) -> tuple[Bools, Bools]:
    """Where the label was judged, and where it is 1."""
    judged = np.array(
        [label in row.labels and row.weights.get(label, 1.0) >= JUDGED for row in rows], np.bool_
    )
    return judged, np.array([row.labels.get(label) == 1 for row in rows], np.bool_)


def figures(rows: Sequence[Row], scores: Floats, limits: Floats, label: str, lang: str) -> Figures:
    """The figures of one label over the rows of one language, or of all (`*`)."""
    at = TRAINED_LABELS.index(label)
    inside = np.array([lang in {"*", row.lang} for row in rows], np.bool_)
    judged, positive = known(rows, label)
    chosen = inside & judged
    benign = inside & np.array([row.is_benign for row in rows], np.bool_)
    n_positive = int((chosen & positive).sum())
    enough = MIN_POSITIVE <= n_positive < chosen.sum()
    column, flagged = scores[:, at], scores[:, at] >= limits[at]
    ranking = Ranking(positive[chosen], column[chosen]) if enough else None
    return Figures(
        label=label,
        lang=lang,
        n=int(chosen.sum()),
        n_positive=n_positive,
        n_benign=int(benign.sum()),
        average_precision=area(*ranking.counts()) if ranking else None,
        f1=f1(positive[chosen], flagged[chosen]) if enough else None,
        benign_fpr=float(flagged[benign].mean()) if benign.any() else None,
        recall_at_fpr=at_false_positive_rate(*ranking.counts(), FPR)[0] if ranking else None,
        calibration_error=(calibration_error(positive[chosen], column[chosen]) if enough else None),
    )
