"""A red-team run: how often each attack succeeds, by label and language."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors.evaluation.measures import Estimate, Weights, wilson
from detectors.evaluation.redteam.attack import Attack, Kind
from detectors.evaluation.redteam.judge import Judge
from detectors.evaluation.redteam.trial import Outcome, Progress, Target, attacked, targets
from detectors.evaluation.run.examples import redacted
from detectors.evaluation.run.rows import LabelledText

ALL: Final = "*"
_N_WORST: Final = 3
_N_RESAMPLES: Final = 1_000


class Options(Struct, frozen=True, kw_only=True):
    """How a run attacks."""

    seed: int = 1
    budget: int = 100
    """Most questions that the search asks about a text."""


class Detected(Struct, frozen=True):
    """Texts of a label and language, and how many of them are flagged before any attack."""

    label: str
    lang: str
    n: int
    rate: Estimate


class Rate(Struct, frozen=True):
    """How often an attack succeeds on texts of a label and language that were flagged."""

    label: str
    lang: str
    n: int
    n_success: int
    rate: Estimate


class Worst(Struct, frozen=True, kw_only=True):
    """A success on a text that was flagged clearly, redacted. Margins are score less threshold."""

    id: str
    lang: str
    labels: tuple[str, ...]
    before: float
    after: float
    redacted: str


class Attempt(Struct, frozen=True, kw_only=True):
    """One attack over all targets. `rate` is None where it has a form for none of them."""

    name: str
    kind: Kind
    summary: str
    is_readable: bool
    n: int
    n_success: int
    n_unchanged: int
    n_queries: int
    rate: Estimate | None
    rates: tuple[Rate, ...]
    worst: tuple[Worst, ...]


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
    outcomes = []
    weights = [1 if attack.change else max(options.budget // 2, 1) for attack in attacks]
    for n, attack in enumerate(attacks):
        progress(sum(weights[:n]), sum(weights))
        outcomes.append(attacked(attack, found, judge, seed=options.seed, budget=options.budget))
    progress(sum(weights), sum(weights))
    table = _table(outcomes, len(found))
    readable = table[[one.is_readable for one in attacks]]
    return Report(
        detectors=" + ".join(one.card.id for one in judge.detectors),
        options=options,
        n_texts=len(violating),
        n_flagged=len(found),
        is_joining=judge.is_joining,
        detected=tuple(_detected(violating, found)),
        mean=_mean(readable, options.seed),
        any_readable=_any(readable),
        attempts=tuple(
            _attempt(attack, given, found) for attack, given in zip(attacks, outcomes, strict=True)
        ),
    )


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
    low, high = np.quantile(np.nanmean(shares, axis=1), [0.025, 0.975])
    return Estimate(value, min(float(low), value), max(float(high), value))


def _any(table: Weights) -> Estimate | None:
    if not table.size:
        return None
    return wilson(int(np.nan_to_num(table).any(axis=0).sum()), table.shape[1])


def _detected(rows: Sequence[LabelledText], found: Sequence[Target]) -> Iterator[Detected]:
    """Of the texts of each label and language, those flagged for any label of theirs."""
    flagged = {id(target.row) for target in found}
    for label, lang in _keys((_labels(row), row.lang) for row in rows):
        inside = [id(row) in flagged for row in rows if _is_in(_labels(row), row.lang, label, lang)]
        yield Detected(label, lang, len(inside), wilson(sum(inside), len(inside)))


def _labels(row: LabelledText) -> tuple[str, ...]:
    return tuple(label for label, value in row.labels.items() if value == 1)


def _keys(given: Iterable[tuple[tuple[str, ...], str]]) -> list[tuple[str, str]]:
    """All, each language, each label, each label in each language."""
    pairs = {(label, lang) for labels, lang in given for label in labels}
    labels, langs = ({pair[at] for pair in pairs} for at in (0, 1))
    whole = [(ALL, ALL)] if pairs else []
    sides = [(ALL, lang) for lang in sorted(langs)] + [(label, ALL) for label in sorted(labels)]
    return [*whole, *sides, *sorted(pairs)]


def _is_in(labels: tuple[str, ...], own: str, label: str, lang: str) -> bool:
    return (label == ALL or label in labels) and lang in {ALL, own}


def _attempt(attack: Attack, outcomes: Sequence[Outcome], found: Sequence[Target]) -> Attempt:
    n_success = sum(one.is_success for one in outcomes)
    return Attempt(
        name=attack.name,
        kind=attack.kind,
        summary=attack.summary,
        is_readable=attack.is_readable,
        n=len(outcomes),
        n_success=n_success,
        n_unchanged=len(found) - len(outcomes),
        n_queries=sum(one.n_queries for one in outcomes),
        rate=wilson(n_success, len(outcomes)) if outcomes else None,
        rates=tuple(_rates(outcomes, found)),
        worst=tuple(_worst(outcomes, found)),
    )


def _rates(outcomes: Sequence[Outcome], found: Sequence[Target]) -> Iterator[Rate]:
    """By what was flagged: a label of the text that was not does not count for it."""
    own = [(found[one.target].flagged, found[one.target].row.lang) for one in outcomes]
    for label, lang in _keys(own)[1:]:
        inside = [
            one.is_success
            for one, (labels, spoken) in zip(outcomes, own, strict=True)
            if _is_in(labels, spoken, label, lang)
        ]
        yield Rate(label, lang, len(inside), sum(inside), wilson(sum(inside), len(inside)))


def _worst(outcomes: Sequence[Outcome], found: Sequence[Target]) -> Iterator[Worst]:
    """The successes on what was flagged most clearly."""
    hits = [one for one in outcomes if one.is_success]
    hits.sort(key=lambda one: (-found[one.target].margin, one.target))
    for one in hits[:_N_WORST]:
        target = found[one.target]
        yield Worst(
            id=str(target.row.id),
            lang=target.row.lang,
            labels=target.flagged,
            before=round(target.margin, 4),
            after=round(one.margin, 4),
            redacted=redacted(" ".join(one.sent)),
        )


def encode(report: Report) -> bytes:
    """The report as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def compact(encoded: bytes) -> bytes:
    """The report's JSON on one line."""
    return msgspec.json.format(encoded, indent=-1)
