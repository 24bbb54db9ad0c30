"""Recommended thresholds: what finds most within a budget of false alarms."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.evaluation.measures import JUDGED, Floats, Weights
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Places = npt.NDArray[np.int64]
"""Of each label's threshold on the grid, [labels]."""

HARMLESS_RATE = 0.01
"""Share of harmless rows that may reach any threshold, each source counting alike."""
SOURCE_RATE = 0.02
"""The same share in any one source."""
JUDGED_RATE = 0.04
"""Share of a source's rows judged to lack a label that may reach that label's threshold."""
OWN = frozenset({"authored", "contrast"})
"""Sources that were written for this project."""
_MIN_SOURCE = 100
"""A source with fewer such rows has no share of its own: all of these are one."""
_FULL_WEIGHT = 100
"""Positive rows, of own ones and of data sets', from which on the two count alike."""
_GRID: Floats = np.round(1 / (1 + np.exp(-np.linspace(-4.5, 7.0, 1151))), 4).astype(np.float32)
"""Thresholds looked at: 0.011 to 0.9991, by steps of 0.01 in log odds."""
_FREE = 1e-7
"""Cost of what costs nothing, as a share of the harmless rows."""


class _Bound(Struct, frozen=True):
    """At most this share of some rows may reach any threshold of some labels."""

    scores: Floats
    labels: tuple[int, ...]
    rate: float

    def holds(self, limits: Floats) -> bool:
        """Whether it does at these thresholds, [labels]."""
        columns = list(self.labels)
        flagged = (self.scores[:, columns] >= limits[columns]).any(axis=1)
        return bool(flagged.mean() <= self.rate)


def thresholds(rows: Sequence[Row], scores: Floats) -> Floats:
    """Thresholds with the highest mean recall over labels, float32 [labels].

    Harmless is what was judged or taken to violate nothing at all. A label's recall is the mean of
    those on data sets' rows and on authored ones, where there are enough of both. The budget goes
    to the labels that find most for it. Where harmless rows reach even the highest thresholds,
    these are given, and the budget is exceeded.
    """
    bounds = _bounds(rows, scores)
    mean = _mean_alarms(rows, scores)
    recalls = np.stack([_recalls(rows, scores[:, at], one) for at, one in _LABELS])
    harmless = np.concatenate(mean) if mean else scores[:0]
    weights = np.concatenate([np.full(len(one), 1 / len(one)) for one in mean] or [np.zeros(0)])
    alarms = np.stack([_reaching(harmless[:, at], weights) for at, _ in _LABELS])
    alarms /= max(len(mean), 1)

    def is_within(chosen: Places) -> bool:
        limits = _GRID[chosen]
        found = [(one >= limits).any(axis=1).mean() for one in mean]
        return sum(found) <= HARMLESS_RATE * len(found) and all(one.holds(limits) for one in bounds)

    return _GRID[_centred(_allotted(recalls, alarms, is_within), recalls)].copy()


def _allotted(recalls: Weights, alarms: Weights, is_within: Callable[[Places], bool]) -> Places:
    """From the top down, the best bargain first, as long as the budget lasts.

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


def _centred(at: Places, recalls: Weights) -> Places:
    """Each place in the middle of those above it with the same recall: away from either edge."""
    found = at.copy()
    for label, place in enumerate(at):
        same = np.flatnonzero(recalls[label] >= recalls[label, place])
        found[label] = (place + int(same.max())) // 2 if recalls[label, place] > 0 else place
    return found


def _mean_alarms(rows: Sequence[Row], scores: Floats) -> list[Floats]:
    """The scores of harmless rows by source, small ones together."""
    return _by_source(rows, scores, [_is_harmless(row) for row in rows], has_rest=True)


def _bounds(rows: Sequence[Row], scores: Floats) -> list[_Bound]:
    every = tuple(range(len(TRAINED_LABELS)))
    harmless = [_is_harmless(row) for row in rows]
    found = [
        _Bound(one, every, SOURCE_RATE)
        for one in _by_source(rows, scores, harmless, has_rest=False)
    ]
    for at, label in _LABELS:
        lacking = [
            row.is_benign
            and row.labels.get(label) == 0
            and row.weights.get(label, 1.0) >= JUDGED
            and not is_harmless
            for row, is_harmless in zip(rows, harmless, strict=True)
        ]
        found += [
            _Bound(one, (at,), JUDGED_RATE)
            for one in _by_source(rows, scores, lacking, has_rest=False)
        ]
    return found


def _by_source(
    rows: Sequence[Row], scores: Floats, inside: Sequence[bool], *, has_rest: bool
) -> list[Floats]:
    """Scores of the rows inside, by source; those of small sources as one, or left out."""
    places: dict[str, list[int]] = {}
    for n, (row, is_inside) in enumerate(zip(rows, inside, strict=True)):
        if is_inside:
            places.setdefault(row.source, []).append(n)
    large = [own for own in places.values() if len(own) >= _MIN_SOURCE]
    rest = [n for own in places.values() if len(own) < _MIN_SOURCE for n in own]
    return [scores[own] for own in (*large, *([rest] if rest and has_rest else []))]


def _is_harmless(row: Row) -> bool:
    return row.is_benign and all(row.weights.get(one, 1.0) >= JUDGED for one in TRAINED_LABELS)


def _recalls(rows: Sequence[Row], score: Floats, label: str) -> Weights:
    """Recall of one label at each threshold of the grid, [grid]; 0 without a positive row."""
    positive = [n for n, row in enumerate(rows) if row.labels.get(label) == 1]
    sides = [[n for n in positive if (rows[n].source in OWN) is own] for own in (True, False)]
    sizes = np.array([min(len(side), _FULL_WEIGHT) for side in sides], np.float64)
    if not sizes.sum():
        return np.zeros(len(_GRID))
    found = [
        _reaching(score[side], np.full(len(side), size / len(side) / sizes.sum()))
        for side, size in zip(sides, sizes, strict=True)
        if side
    ]
    return np.asarray(np.sum(found, axis=0), np.float64)


def _reaching(score: Floats, weights: Weights) -> Weights:
    """The weight of the scores at and above each threshold of the grid, [grid]."""
    order = np.argsort(score)
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    found: Weights = below[-1] - below[np.searchsorted(score[order], _GRID, side="left")]
    return found


_LABELS = tuple(enumerate(TRAINED_LABELS))
