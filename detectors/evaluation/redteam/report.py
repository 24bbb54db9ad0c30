"""A red-team run: how often each attack succeeds, by label and language."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors.evaluation.measures import Estimate, Weights, wilson
from detectors.evaluation.redteam import rates
from detectors.evaluation.redteam.attack import Attack
from detectors.evaluation.redteam.judge import Judge
from detectors.evaluation.redteam.rates import Attempt, Detected
from detectors.evaluation.redteam.trial import Outcome, Target, attacked, targets
from detectors.evaluation.run.rows import LabelledText

_N_RESAMPLES: Final = 1_000

Progress = Callable[[float], None]
"""Told which share of the attacking is done, from 0 to 1."""


class Options(Struct, frozen=True, kw_only=True):
    """How a run attacks."""

    seed: int = 1
    budget: int = 100
    """Most questions that the search asks about a text."""


class Report(Struct, frozen=True, kw_only=True):
    """A whole run. `mean` is over readable attacks with a rate, each counting the same.

    `any_readable` is the share of targets on which at least one readable attack succeeds. The
    interval of `mean` comes from resampling targets.
    """

    detectors: str
    options: Options
    n_texts: int
    n_flagged: int
    is_joining: bool
    detected: tuple[Detected, ...]
    mean: Estimate | None
    any_readable: Estimate | None
    attempts: tuple[Attempt, ...]


def run(
    rows: Sequence[LabelledText],
    judge: Judge,
    attacks: Sequence[Attack],
    options: Options,
    progress: Progress,
) -> Report:
    """Attacks every text that the detectors flag. Blocks; what a detector raises passes through."""
    violating = [row for row in rows if 1 in row.labels.values()]
    found = targets(violating, judge)
    outcomes = _outcomes(attacks, found, judge, options, progress)
    table = _table(outcomes, len(found))
    readable = table[[one.is_readable for one in attacks]]
    return Report(
        detectors=" + ".join(one.card.id for one in judge.detectors),
        options=options,
        n_texts=len(violating),
        n_flagged=len(found),
        is_joining=judge.is_joining,
        detected=tuple(rates.detected(violating, found)),
        mean=_mean(readable, options.seed),
        any_readable=_any(readable),
        attempts=tuple(
            rates.attempt(attack, given, found)
            for attack, given in zip(attacks, outcomes, strict=True)
        ),
    )


def _outcomes(
    attacks: Sequence[Attack],
    found: Sequence[Target],
    judge: Judge,
    options: Options,
    progress: Progress,
) -> list[list[Outcome]]:
    """Attacks in turn; a search takes as long as half of its budget's questions."""
    weights = [1 if attack.change else max(options.budget // 2, 1) for attack in attacks]
    done, whole = 0, sum(weights)

    def told(share: float) -> None:
        progress((done + share * weight) / whole)

    outcomes = []
    for attack, weight in zip(attacks, weights, strict=True):
        outcomes.append(
            attacked(attack, found, judge, seed=options.seed, budget=options.budget, told=told)
        )
        done += weight
        progress(done / whole)
    return outcomes


def _table(outcomes: Sequence[Sequence[Outcome]], n_targets: int) -> Weights:
    """1 where an attack succeeds, 0 where not, NaN where it has no form; [attacks, targets]."""
    table = np.full((len(outcomes), n_targets), np.nan)
    for row, given in zip(table, outcomes, strict=True):
        for one in given:
            row[one.target] = one.is_success
    return table


def _mean(table: Weights, seed: int) -> Estimate | None:
    """The mean over attacks of each one's rate."""
    known = table[(~np.isnan(table)).any(axis=1)]
    if not known.size:
        return None
    hits, tried = np.nan_to_num(known), ~np.isnan(known)
    value = float((hits.sum(axis=1) / tried.sum(axis=1)).mean())
    n_targets = known.shape[1]
    draws = np.random.default_rng(seed).multinomial(
        n_targets, np.full(n_targets, 1 / n_targets), size=_N_RESAMPLES
    )
    numbers = draws @ tried.T.astype(float)
    shares = np.divide(
        draws @ hits.T, numbers, out=np.full(numbers.shape, np.nan), where=numbers > 0
    )
    drawn = shares[(numbers > 0).any(axis=1)]
    low, high = np.quantile(np.nanmean(drawn, axis=1), [0.025, 0.975])
    return Estimate(value, min(float(low), value), max(float(high), value))


def _any(table: Weights) -> Estimate | None:
    if not table.size:
        return None
    return wilson(int(np.nan_to_num(table).any(axis=0).sum()), table.shape[1])


def encode(report: Report) -> bytes:
    """The report as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
