"""The report over finished runs."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from detectors.evaluation.functional import suite
from detectors.training.text_risk.left_out import ablation, figures
from detectors.training.text_risk.left_out.ablation import Overall
from detectors.training.text_risk.left_out.figures import Alarms, Found
from detectors.training.text_risk.left_out.recipes import ABLATIONS, GROUPS, LEFT_OUT, OLD
from detectors.training.text_risk.left_out.stored import Run, load


class NothingFinished(Exception):
    """No run in the folder is finished: there is nothing to report."""


class Mean(Struct, frozen=True, kw_only=True):
    """Means over sources of one scorer; `n_*` are the sources that it was measured on."""

    scorer: str
    n_benign: int
    alarms: float | None
    most_alarms: float | None
    n_violations: int
    auroc: float | None
    recall: float | None


class Report(Struct, frozen=True, kw_only=True):
    """Everything that is written down. `n_rows`: corpus rows that a run trains on."""

    n_rows: tuple[int, ...]
    left_out: dict[str, tuple[str, ...]]
    means: tuple[Mean, ...]
    benign: tuple[Alarms, ...]
    violations: tuple[Found, ...]
    left_out_overall: tuple[Overall, ...]
    ablations: tuple[Overall, ...]
    missing: tuple[str, ...]
    """Runs that are not finished."""


def read(out: Path) -> Report:
    """Measures the finished runs under `out`. Raises NothingFinished, figures.RowsDiffer."""
    names = [one.name for one in (*LEFT_OUT, *ABLATIONS)]
    runs = {name: run for name in names if (run := load(out / name)) is not None}
    if not runs:
        message = f"{out}: no finished run"
        raise NothingFinished(message)
    benign: list[Alarms] = []
    violations: list[Found] = []
    for group in GROUPS:
        if group.name in runs:
            pair = (runs[group.name], runs.get(group.name + OLD))
            benign += figures.alarms(group, *pair)
            violations += figures.found(group, *pair)
    return Report(
        n_rows=tuple(sorted({run.recipe.n_rows for run in runs.values()})),
        left_out={group.name: (*group.benign, *group.violations) for group in GROUPS},
        means=tuple(_mean(name, benign, violations) for name in ("ours", "base", "old")),
        benign=tuple(benign),
        violations=tuple(violations),
        left_out_overall=_overall([runs[one.name] for one in LEFT_OUT if one.name in runs]),
        ablations=_overall([runs[one.name] for one in ABLATIONS if one.name in runs]),
        missing=tuple(name for name in names if name not in runs),
    )


def _overall(runs: Iterable[Run]) -> tuple[Overall, ...]:
    cases = {one.id: one for one in suite.cases()}
    behaviours = {one.id: one for one in suite.behaviours()}
    return tuple(one for run in runs for one in ablation.overall(run, cases, behaviours))


def _mean(scorer: str, benign: Iterable[Alarms], violations: Iterable[Found]) -> Mean:
    shares = [{"ours": one.ours, "base": one.base, "old": one.old}[scorer] for one in benign]
    ranked = [{"ours": one.ours, "base": one.base, "old": one.old}[scorer] for one in violations]
    rates = [one.value for one in shares if one is not None and not math.isnan(one.value)]
    known = [one for one in ranked if one is not None and not math.isnan(one.auroc)]
    return Mean(
        scorer=scorer,
        n_benign=len(rates),
        alarms=_average(rates),
        most_alarms=max(rates, default=None),
        n_violations=len(known),
        auroc=_average([one.auroc for one in known]),
        recall=_average([one.recall for one in known]),
    )


def _average(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
