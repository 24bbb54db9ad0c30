"""Figures over held-back rows: average precision, F1, false positives, calibration error."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

MIN_POSITIVE = 10
"""Fewer positive rows than this give no figure worth a line."""
BENIGN_RATE = 0.005
"""Share of benign calibration rows that may score above a recommended threshold."""
_N_BINS = 15
_JUDGED = 0.5
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


def average_precision(target: Bools, score: Floats) -> float:
    """Area under the precision-recall steps; ties share one step."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(target[order])
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    precision = hits[last] / (last + 1)
    recall = hits[last] / hits[-1]
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def f1(target: Bools, flagged: Bools) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is found."""
    both = int((target & flagged).sum())
    return 2 * both / max(int(target.sum()) + int(flagged.sum()), 1)


def calibration_error(target: Bools, score: Floats) -> float:
    """Expected calibration error over 15 equal-width bins."""
    bins = np.minimum((score * _N_BINS).astype(int), _N_BINS - 1)
    total = 0.0
    for one in np.unique(bins):
        inside = bins == one
        total += inside.sum() * abs(float(target[inside].mean() - score[inside].mean()))
    return float(total / len(score))


def thresholds(rows: Sequence[Row], scores: Floats) -> Floats:
    """Per label the score with the best F1 on these rows, float32 [labels].

    Never so low that more than `BENIGN_RATE` of the benign rows exceed it.
    """
    benign = np.array([row.is_benign for row in rows])
    floors = np.quantile(scores[benign], 1 - BENIGN_RATE, axis=0)
    found = [
        max(float(floors[at]), _best_threshold(rows, scores[:, at], label))
        for at, label in enumerate(TRAINED_LABELS)
    ]
    limits: Floats = np.clip(np.round(found, 3), 0.01, 0.99).astype(np.float32)
    return limits


def _best_threshold(rows: Sequence[Row], scores: Floats, label: str) -> float:
    judged, positive = known(rows, label)
    target, score = positive[judged], scores[judged]
    if not target.any():
        return 0.0
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(target[order])
    values = 2 * hits / (np.arange(1, len(order) + 1) + max(int(target.sum()), 1))
    return float(score[order][int(values.argmax())])


def known(rows: Sequence[Row], label: str) -> tuple[Bools, Bools]:
    """Where the label was judged, and where it is 1."""
    judged = np.array(
        [label in row.labels and row.weights.get(label, 1.0) >= _JUDGED for row in rows]
    )
    return judged, np.array([row.labels.get(label) == 1 for row in rows])


def figures(rows: Sequence[Row], scores: Floats, limits: Floats, label: str, lang: str) -> Figures:
    """The figures of one label over the rows of one language, or of all (`*`)."""
    at = TRAINED_LABELS.index(label)
    inside = np.array([lang in {"*", row.lang} for row in rows])
    judged, positive = known(rows, label)
    chosen = inside & judged
    benign = inside & np.array([row.is_benign for row in rows])
    n_positive = int((chosen & positive).sum())
    enough = MIN_POSITIVE <= n_positive < chosen.sum()
    column, flagged = scores[:, at], scores[:, at] > limits[at]
    return Figures(
        label=label,
        lang=lang,
        n=int(chosen.sum()),
        n_positive=n_positive,
        n_benign=int(benign.sum()),
        average_precision=average_precision(positive[chosen], column[chosen]) if enough else None,
        f1=f1(positive[chosen], flagged[chosen]) if enough else None,
        benign_fpr=float(flagged[benign].mean()) if benign.any() else None,
    )
