"""What a run does on the functional suite and on the sources it did not leave out."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from detectors.evaluation import measures
from detectors.evaluation.functional.suite import Behaviour, Case
from detectors.evaluation.measures import Estimate
from detectors.evaluation.run.behaving import passed
from detectors.training.text_risk.left_out.figures import RowsDiffer, estimate, share_flagged
from detectors.training.text_risk.left_out.stored import Run, Scored
from detectors.training.text_risk.rows import TRAINED_LABELS, Row


class Overall(Struct, frozen=True, kw_only=True):
    """What a run does on what it did not leave out."""

    run: str
    scorer: str
    n_network: int
    n_layers: int
    n_must_flag: int
    must_flag: Estimate
    n_must_pass: int
    must_pass: Estimate
    n_benign: int
    benign: Estimate
    mean_test: float
    mean_transfer: float | None
    texts_per_s: float | None = None


def overall(
    run: Run, cases: Mapping[str, Case], behaviours: Mapping[str, Behaviour]
) -> list[Overall]:
    """The functional suite, benign test rows and mean average precision: ours, then TF-IDF.

    Raises:
        RowsDiffer: if the suite has changed since the run.
    """
    sides = [("ours", run.ours), *([("TF-IDF", run.base)] if run.base else [])]
    return [_overall(run, name, one, cases, behaviours) for name, one in sides]


def _overall(
    run: Run,
    name: str,
    scored: Scored,
    cases: Mapping[str, Case],
    behaviours: Mapping[str, Behaviour],
) -> Overall:
    went: dict[str, list[bool]] = {"flag": [], "pass": []}
    for row, flags in zip(run.rows["functional"], scored.flagged("functional"), strict=True):
        case = cases.get(row.id)
        if case is None or case.text != row.text:
            message = f"{run.recipe.name} measured another functional suite: {row.id}"
            raise RowsDiffer(message)
        labels = [TRAINED_LABELS[at] for at in np.flatnonzero(flags)]
        went[case.expect].append(passed(case, behaviours[case.behaviour], labels))
    benign = np.array([row.is_benign for row in run.rows["test"]], np.bool_)
    transfer = run.rows["transfer"]
    langs = {row.lang for row in transfer}
    return Overall(
        run=run.recipe.name,
        scorer=name,
        n_network=run.n_network if name == "ours" else run.n_train,
        n_layers=run.recipe.n_layers if name == "ours" else 0,
        n_must_flag=len(went["flag"]),
        must_flag=estimate(sum(went["flag"]), len(went["flag"])),
        n_must_pass=len(went["pass"]),
        must_pass=estimate(sum(went["pass"]), len(went["pass"])),
        n_benign=int(benign.sum()),
        benign=share_flagged(scored, "test", benign),
        mean_test=_mean_precision(run.rows["test"], scored, "test", {"*"}),
        mean_transfer=_mean_precision(transfer, scored, "transfer", langs) if transfer else None,
        texts_per_s=run.texts_per_s if name == "ours" else None,
    )


def _mean_precision(rows: Sequence[Row], scored: Scored, part: str, langs: set[str]) -> float:
    """Mean average precision over labels and languages with enough positive rows."""
    values = [
        measures.figures(rows, scored.parts[part], scored.limits, label, lang).average_precision
        for label in TRAINED_LABELS
        for lang in sorted(langs)
    ]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")
