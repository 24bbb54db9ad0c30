"""Recommended thresholds: as low as a budget of false alarms allows."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from detectors.evaluation.measures import JUDGED, Floats
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

HARMLESS_RATE = 0.01
"""Share of harmless rows that may reach any threshold, each source counting alike."""
SOURCE_RATE = 0.02
"""The same share in any one data set."""
JUDGED_RATE = 0.1
"""Share of the rows judged to lack a label that may reach that label's threshold, each data set
counting alike. Such rows were collected with violations in view, and are judged inconsistently: one
set of rude tweets alone would else decide about all languages."""
OWN = frozenset({"authored", "contrast"})
"""Sources that were written for this project. Twins that share a violation's words are flagged far
oftener than ordinary text is: they count in the mean alone."""
_MIN_SOURCE = 100
"""A source with fewer such rows has no share of its own: all of these are one."""
_GRID: Floats = np.round(1 / (1 + np.exp(-np.linspace(-4.5, 7.0, 231))), 4).astype(np.float32)
"""Thresholds looked at: 0.011 to 0.9991, by steps of 0.05 in log odds."""


class _Bound(Struct, frozen=True):
    """At most this share of each source's rows, on average, may reach any of these thresholds."""

    sources: list[Floats]
    labels: tuple[int, ...]
    rate: float

    def holds(self, limits: Floats) -> bool:
        """Whether it does at these thresholds, [labels]."""
        columns = list(self.labels)
        found = [(one[:, columns] >= limits[columns]).any(axis=1).mean() for one in self.sources]
        return bool(sum(found) <= self.rate * len(found))


def thresholds(rows: Sequence[Row], scores: Floats) -> Floats:
    """One threshold for all labels, higher where a label needs it, float32 [labels].

    Scores are calibrated, so that the same score of two labels is as sure. The threshold comes down
    for all labels together until the harmless rows that reach it use up the budget; a label
    that breaks a bound of its own stays where it is. Harmless is what was judged or taken to
    violate nothing at all. Where harmless rows reach even the highest thresholds, these are given,
    and the budget is exceeded.
    """
    bounds = _bounds(rows, scores)
    limits = np.full(len(TRAINED_LABELS), _GRID[-1], np.float32)
    falling = list(range(len(TRAINED_LABELS)))
    for least in _GRID[-2::-1]:
        for label in tuple(falling):
            trial = limits.copy()
            trial[label] = least
            if all(one.holds(trial) for one in bounds):
                limits = trial
            else:
                falling.remove(label)
    return limits


def _bounds(rows: Sequence[Row], scores: Floats) -> list[_Bound]:
    every = tuple(range(len(TRAINED_LABELS)))
    harmless = [_is_harmless(row) for row in rows]
    foreign = [is_one and row.source not in OWN for row, is_one in zip(rows, harmless, strict=True)]
    every_source = _by_source(rows, scores, harmless, has_rest=True)
    found = [_Bound(every_source, every, HARMLESS_RATE)]
    found += [
        _Bound([one], every, SOURCE_RATE)
        for one in _by_source(rows, scores, foreign, has_rest=False)
    ]
    for at, label in _LABELS:
        lacking = [
            row.is_benign
            and row.labels.get(label) == 0
            and row.weights.get(label, 1.0) >= JUDGED
            and not is_harmless
            for row, is_harmless in zip(rows, harmless, strict=True)
        ]
        found.append(_Bound(_by_source(rows, scores, lacking, has_rest=False), (at,), JUDGED_RATE))
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


_LABELS = tuple(enumerate(TRAINED_LABELS))
