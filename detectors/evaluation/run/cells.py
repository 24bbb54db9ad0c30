"""Figures per label, language and data set, each with its 95 % interval."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.evaluation import measures
from detectors.evaluation.measures import Bin, Bools, Estimate, Floats, Weights
from detectors.evaluation.run.rows import COLUMNS, LabelledText
from detectors.evaluation.run.scoring import Scored

ALL: Final = "*"
_CURVE_POINTS: Final = 120


class Options(Struct, frozen=True, kw_only=True):
    """How figures are taken."""

    fpr: float = 0.01
    """The false-positive rate at which recall and precision are read."""
    n_resamples: int = 200
    """Bootstrap rounds behind the intervals of figures that are no share; 0: none."""
    seed: int = 20261122


class Cell(Struct, frozen=True, kw_only=True):
    """One label in one language (`*`: all) of one data set (`*`: all); None: not measurable.

    `f1`, `precision`, `recall` and `fpr` are at the detectors' own thresholds.
    """

    label: str
    lang: str
    dataset: str
    n: int
    n_positive: int
    average_precision: Estimate | None = None
    f1: Estimate | None = None
    recall_at_fpr: Estimate | None = None
    precision_at_fpr: Estimate | None = None
    precision: Estimate | None = None
    recall: Estimate | None = None
    fpr: Estimate | None = None
    calibration_error: float | None = None
    bins: tuple[Bin, ...] = ()
    """Score bins, of cells over all languages and data sets alone."""
    curve: tuple[tuple[float, float], ...] = ()
    """(recall, precision) from the highest score down, thinned, of the same cells."""
    resampled: Floats | None = None
    """Average precision of each bootstrap round, for paired comparison; not reported."""


def measure(rows: Sequence[LabelledText], scored: Scored, options: Options) -> list[Cell]:
    """Gives the cells that hold rows: whole, by language, by data set, and by both."""
    langs = np.array([row.lang for row in rows])
    sets = np.array([row.dataset for row in rows])
    found = []
    for at, label in enumerate(COLUMNS):
        values = np.array([row.labels.get(label, -1) for row in rows])
        if label not in scored.answered or not (values >= 0).any():
            continue
        for lang, dataset in _groups(langs[values >= 0], sets[values >= 0]):
            chosen = (values >= 0) & _is(langs, lang) & _is(sets, dataset)
            if chosen.any():
                columns = values[chosen] == 1, scored.scores[chosen, at], scored.flagged[chosen, at]
                found.append(_cell((label, lang, dataset), *columns, options))
    return found


def _groups(langs: np.ndarray, sets: np.ndarray) -> Iterator[tuple[str, str]]:
    yield ALL, ALL
    yield from ((str(lang), ALL) for lang in np.unique(langs))
    yield from ((ALL, str(one)) for one in np.unique(sets))
    yield from ((str(lang), str(one)) for lang in np.unique(langs) for one in np.unique(sets))


def _is(values: np.ndarray, wanted: str) -> Bools:
    if wanted == ALL:
        return np.ones(len(values), np.bool_)
    return np.asarray(values == wanted)


def _cell(
    key: tuple[str, str, str], target: Bools, score: Floats, flagged: Bools, options: Options
) -> Cell:
    label, lang, dataset = key
    n_positive, n_flagged = int(target.sum()), int(flagged.sum())
    n_negative, n_both = len(target) - n_positive, int((target & flagged).sum())
    whole = (lang, dataset) == (ALL, ALL)
    ranked = None
    if n_positive >= measures.MIN_POSITIVE and n_negative:
        ranked = _ranked(target, score, flagged, options, seed=zlib.crc32(label.encode()))
    return Cell(
        label=label,
        lang=lang,
        dataset=dataset,
        n=len(target),
        n_positive=n_positive,
        average_precision=ranked.estimate(0) if ranked else None,
        f1=ranked.estimate(1) if ranked else None,
        recall_at_fpr=ranked.estimate(2) if ranked else None,
        precision_at_fpr=ranked.estimate(3) if ranked else None,
        precision=measures.wilson(n_both, n_flagged) if n_flagged else None,
        recall=measures.wilson(n_both, n_positive) if n_positive else None,
        fpr=measures.wilson(n_flagged - n_both, n_negative) if n_negative else None,
        calibration_error=measures.calibration_error(target, score) if ranked else None,
        bins=tuple(measures.reliability(target, score)) if whole else (),
        curve=_curve(target, score) if whole and ranked else (),
        resampled=ranked.rounds[:, 0].astype(np.float32) if ranked else None,
    )


class _Ranked(Struct, frozen=True):
    """Average precision, F1, recall and precision at the rate: once, and [rounds, 4]."""

    values: tuple[float, float, float, float]
    rounds: Weights

    def estimate(self, at: int) -> Estimate | None:
        value, rounds = self.values[at], self.rounds[:, at]
        if np.isnan(value):
            return None
        known = rounds[~np.isnan(rounds)]
        low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (value, value)
        return Estimate(value, float(min(low, value)), float(max(high, value)))


def _ranked(
    target: Bools, score: Floats, flagged: Bools, options: Options, *, seed: int
) -> _Ranked:
    ranking, n = measures.Ranking(target, score), len(target)

    def figures(weights: Weights) -> tuple[float, float, float, float]:
        hits, alarms = ranking.counts(weights)
        found = 2 * weights[target & flagged].sum()
        f1 = found / max(weights[target].sum() + weights[flagged].sum(), 1.0)
        rated = measures.at_false_positive_rate(hits, alarms, options.fpr)
        return measures.area(hits, alarms), float(f1), *rated

    # The same rows are drawn for every detector set, so that comparisons are paired.
    draw = np.random.default_rng([options.seed, seed])
    rounds = [
        figures(np.bincount(draw.integers(0, n, n), minlength=n).astype(np.float64))
        for _ in range(options.n_resamples)
    ]
    return _Ranked(figures(np.ones(n)), np.array(rounds, np.float64).reshape(-1, 4))


def _curve(target: Bools, score: Floats) -> tuple[tuple[float, float], ...]:
    hits, alarms = measures.Ranking(target, score).counts()
    kept = np.unique(np.linspace(0, len(hits) - 1, _CURVE_POINTS).round().astype(int))
    recall, precision = hits / hits[-1], hits / (hits + alarms)
    return tuple((round(float(recall[n]), 4), round(float(precision[n]), 4)) for n in kept)
