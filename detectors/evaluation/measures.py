"""Figures over held-back rows: average precision, F1, false positives, calibration error.

Where a figure is a share of counted rows, its interval is Wilson's; where it is not, the
interval comes from resampling the rows.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MIN_POSITIVE = 10
"""Fewer positive rows than this give no figure worth a line."""
BENIGN_RATE = 0.01
"""Share of harmless calibration rows that may score above any recommended threshold."""
OWN = frozenset({"authored", "contrast"})
"""Sources that were written for this project."""
FPR = 0.01
"""False-positive rate at which recall is read."""
_N_BINS = 15
_FREE = 1e-7
"""Cost of what costs nothing, as a share of the harmless rows."""
_LABELS = tuple(enumerate(TRAINED_LABELS))
_GRID: Floats = (1 / (1 + np.exp(-np.linspace(-4.5, 4.5, 901)))).astype(np.float32)
"""Thresholds looked at: 0.011 to 0.989, by steps of 0.01 in log odds."""
_SMALL_SOURCE = 100
"""A source with fewer harmless rows counts for less."""
_FEW = 5
"""Fewer positive rows than this say nothing of a label's recall."""
_Z = 1.959964
"""Standard normal quantile of a 95 % interval."""
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


def thresholds(rows: Sequence[Row], scores: Floats) -> Floats:
    """Recommended thresholds: the highest mean recall for a budget of false alarms, [labels].

    At most `BENIGN_RATE` of the harmless rows exceed any of them. Each label gets so much of this
    budget as finds most. A label's recall is the mean of
    that on data sets' rows and that on authored ones, where there are both; every source of
    harmless rows counts alike.
    """
    shares = _source_shares(rows)
    harmless = np.flatnonzero(shares)
    recalls = np.stack([_recalls(rows, scores[:, at], one) for at, one in _LABELS])
    shares, seen = shares[harmless], scores[harmless]
    alarms = np.stack([_exceeding(seen[:, at], shares) for at, _ in _LABELS])

    def is_within(chosen: Places) -> bool:
        return bool((shares * (seen > _GRID[chosen]).any(axis=1)).sum() <= BENIGN_RATE)

    limits: Floats = np.round(_GRID[_allotted(recalls, alarms, is_within)], 4).astype(np.float32)
    return limits


def _allotted(recalls: Weights, alarms: Weights, is_within: Callable[[Places], bool]) -> Places:
    """Each label's place on the grid, [labels]: from the top down, the best bargain first.

    Args:
        recalls: By label and place, [labels, grid].
        alarms: Likewise, the share of harmless rows.
        is_within: Whether the places of all labels together keep to the budget.
    """
    labels, places = np.arange(len(recalls)), np.arange(recalls.shape[1])
    at = np.full(len(labels), len(places) - 1)
    is_open = np.ones(recalls.shape, bool)
    while True:
        gain = recalls - recalls[labels, at][:, None]
        cost = alarms - alarms[labels, at][:, None]
        bargain = np.where(
            is_open & (places < at[:, None]) & (gain > 0), gain / np.maximum(cost, _FREE), 0.0
        )
        label, place = divmod(int(bargain.argmax()), len(places))
        if bargain[label, place] == 0:
            return at
        trial = at.copy()
        trial[label] = place
        if is_within(trial):
            at = trial
        else:
            is_open[label, : place + 1] = False


def _source_shares(rows: Sequence[Row]) -> Weights:
    """What each row counts for among the harmless ones, [rows]: 0 for the others, 1 in all.

    Harmless is what was judged or taken to violate nothing at all; "not offensive" says little of
    spam, and rows of sets on offence that nobody found offensive are no ordinary talk.
    """
    harmless = np.array([_is_harmless(row) for row in rows])
    sizes = Counter(row.source for row, one in zip(rows, harmless, strict=True) if one)
    given = [1 / max(sizes[row.source], _SMALL_SOURCE) for row in rows]
    shares = np.where(harmless, given, 0.0)
    total = shares.sum()
    return shares / total if total else shares


def _is_harmless(row: Row) -> bool:
    return row.is_benign and all(row.weights.get(one, 1.0) >= _JUDGED for one in TRAINED_LABELS)


def _recalls(rows: Sequence[Row], score: Floats, label: str) -> Weights:
    """Recall of one label at each threshold of the grid, [grid]; 0 without a positive row."""
    positive = [n for n, row in enumerate(rows) if row.labels.get(label) == 1]
    sides = [[n for n in positive if (rows[n].source in OWN) is own] for own in (True, False)]
    kept = [score[side] for side in sides if len(side) >= _FEW]
    found = [_exceeding(one, np.full(len(one), 1 / len(one))) for one in kept]
    return np.mean(found, axis=0) if found else np.zeros(len(_GRID))


def _exceeding(score: Floats, weights: Weights) -> Weights:
    """The weight of the scores above each threshold of the grid, [grid]."""
    order = np.argsort(score)
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    found: Weights = below[-1] - below[np.searchsorted(score[order], _GRID, side="right")]
    return found


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
