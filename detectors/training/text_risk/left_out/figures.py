"""Figures of left-out sources, from the scores of finished runs."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.evaluation import measures
from detectors.evaluation.measures import Bools, Estimate, Floats
from detectors.training.text_risk.left_out.recipes import LABEL_OF, Group
from detectors.training.text_risk.left_out.stored import Run, Scored
from detectors.training.text_risk.rows import Row

MIN_NEGATIVE: Final = 50
"""A source with fewer rows without its label is ranked against benign rows of other sources."""


class RowsDiffer(ValueError):
    """What is compared was not measured on the same rows."""


class Alarms(Struct, frozen=True, kw_only=True):
    """The share of a left-out source's benign rows with a label at its limit or above."""

    source: str
    run: str
    n: int
    ours: Estimate
    base: Estimate
    old: Estimate | None


class Ranked(Struct, frozen=True):
    """How well positive rows are told from others. Recall at 1 % of the others flagged."""

    auroc: float
    recall: float


class Found(Struct, frozen=True, kw_only=True):
    """A left-out violation source. `negatives` are its `own`, or `benign` rows of the others."""

    source: str
    run: str
    label: str
    n: int
    n_positive: int
    negatives: str
    ours: Ranked
    base: Ranked
    old: Ranked | None


def auroc(target: Bools, score: Floats) -> float:
    """Chance that a positive row scores above another; a tie counts half. NaN without either."""
    hits, alarms = measures.Ranking(target, score).counts()
    if hits[-1] <= 0 or alarms[-1] <= 0:
        return float("nan")
    middle = hits - np.diff(hits, prepend=0.0) / 2
    return float((np.diff(alarms, prepend=0.0) * middle).sum() / (hits[-1] * alarms[-1]))


def alarms(group: Group, run: Run, old: Run | None) -> list[Alarms]:
    """The group's benign sources."""
    rows = run.rows["left_out"]
    base, before = _others(run, old)
    benign = np.array([row.is_benign for row in rows], np.bool_)
    found = []
    for source in group.benign:
        inside = benign & _of(rows, source)
        found.append(
            Alarms(
                source=source,
                run=run.recipe.name,
                n=int(inside.sum()),
                ours=share_flagged(run.ours, "left_out", inside),
                base=share_flagged(base, "left_out", inside),
                old=share_flagged(before, "left_out", inside) if before else None,
            )
        )
    return found


def found(group: Group, run: Run, old: Run | None) -> list[Found]:
    """The group's violation sources."""
    return [_found(source, run, old) for source in group.violations]


def _found(source: str, run: Run, old: Run | None) -> Found:
    label, rows = LABEL_OF[source], run.rows["left_out"]
    base, before = _others(run, old)
    judged, positive = measures.known(rows, label)
    inside = _of(rows, source) & judged
    has_own = int((inside & ~positive).sum()) >= MIN_NEGATIVE
    chosen = inside if has_own else inside & positive
    langs = {row.lang for row, is_in in zip(rows, chosen, strict=True) if is_in}
    beside = [not has_own and row.is_benign and row.lang in langs for row in run.rows["test"]]
    against = np.array(beside, np.bool_)
    target = np.append(positive[chosen], np.zeros(int(against.sum()), np.bool_))

    def ranked(one: Scored) -> Ranked:
        if not target.any() or target.all():
            return Ranked(float("nan"), float("nan"))
        own, other = one.column("left_out", label)[chosen], one.column("test", label)[against]
        score = np.append(own, other)
        counts = measures.Ranking(target, score).counts()
        recall, _ = measures.at_false_positive_rate(*counts, measures.FPR)
        return Ranked(auroc(target, score), recall)

    return Found(
        source=source,
        run=run.recipe.name,
        label=label,
        n=len(target),
        n_positive=int(target.sum()),
        negatives="own" if has_own else "benign",
        ours=ranked(run.ours),
        base=ranked(base),
        old=ranked(before) if before else None,
    )


def _others(run: Run, old: Run | None) -> tuple[Scored, Scored | None]:
    """TF-IDF's scores and the old recipe's, of the same rows."""
    if run.base is None:
        message = f"{run.recipe.name} has no baseline"
        raise RowsDiffer(message)
    if old is None:
        return run.base, None
    for part in ("left_out", "test"):
        if [row.id for row in run.rows[part]] != [row.id for row in old.rows[part]]:
            message = f"{run.recipe.name} and {old.recipe.name} measured other rows of {part}"
            raise RowsDiffer(message)
    return run.base, old.ours


def _of(rows: Sequence[Row], source: str) -> Bools:
    return np.array([row.source == source for row in rows], np.bool_)


def share_flagged(scored: Scored, part: str, inside: Bools) -> Estimate:
    """The share of the rows inside with any label at its limit or above."""
    flags = scored.flagged(part)[inside]
    return estimate(int(np.count_nonzero(flags.any(axis=1))), len(flags))


def estimate(n_hits: int, n: int) -> Estimate:
    """A share with its interval; NaN of nothing."""
    nothing = float("nan")
    return measures.wilson(n_hits, n) if n else Estimate(nothing, nothing, nothing)
