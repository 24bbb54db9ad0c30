"""The evaluation's figures side by side, and as Markdown."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.evaluation import measures
from detectors.evaluation.measures import Figures
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]
ALL = "*"
_MIN_BENIGN = 20


class Scored(msgspec.Struct, frozen=True):
    """One scorer's scores, float32 [rows, labels], and its threshold per label."""

    name: str
    scores: Floats
    limits: Floats

    def cut(self, chosen: measures.Bools) -> "Scored":
        """The scores of some of the rows."""
        return Scored(self.name, self.scores[chosen], self.limits)


class Pair(msgspec.Struct, frozen=True):
    """The same rows measured for the scorers; `previous` is the version before, where given."""

    ours: Figures
    base: Figures
    previous: Figures | None = None


class Alarms(msgspec.Struct, frozen=True):
    """Share of benign rows on which any label exceeds its threshold."""

    name: str
    n: int
    ours: float
    base: float


class EarlyExit(msgspec.Struct, frozen=True):
    """What letting plainly harmless texts go early costs on one split."""

    split: str
    n: int
    n_flagged: int
    """Rows with a label above its threshold where all layers look at every row."""
    n_lost: int
    """Of these, rows with none above where the gate lets rows go."""
    mean_thorough: float
    """Mean average precision where all layers look at every row."""
    mean: float


class Report(msgspec.Struct, frozen=True):
    """Everything the evaluation found; `name` is the detector's id."""

    name: str
    thresholds: dict[str, float]
    calibration_error: dict[str, float]
    per_label: list[Pair]
    per_language: list[Pair]
    transfer: list[Pair]
    alarms_by_language: list[Alarms]
    alarms_by_source: list[Alarms]
    mean_per_label: tuple[float, float, float | None]
    """Mean average precision of ours, the baseline and the version before."""
    mean_transfer: tuple[float, float, float | None]
    early_exit: tuple[EarlyExit, ...] = ()


def measure(
    rows: Sequence[Row],
    trained: set[tuple[str, str]],
    ours: Scored,
    base: Scored,
    thorough: Scored,
    previous: Scored | None = None,
) -> Report:
    """Measures the scorers on `rows`.

    Args:
        rows: Held-back rows, of the test and the transfer split.
        trained: (label, language) pairs that training held positive rows of. Other pairs
            count as transfer.
        ours: The shipped detector.
        base: What it is compared with.
        thorough: The shipped detector without early exit.
        previous: The version before, where it was measured.
    """
    known = np.array([row.split == "test" for row in rows])
    test = [row for row in rows if row.split == "test"]
    cut_ours, cut_base, cut_thorough = (one.cut(known) for one in (ours, base, thorough))
    cut_previous = previous.cut(known) if previous else None
    labels = [(label, ALL) for label in TRAINED_LABELS]
    per_label = _pairs(test, cut_ours, cut_base, labels, cut_previous)
    inside = _shown(rows)
    seen = [pair for pair in inside if pair in trained]
    per_language = _pairs(test, cut_ours, cut_base, seen, cut_previous)
    unseen = [pair for pair in inside if pair not in trained]
    transfer = _pairs(rows, ours, base, unseen, previous)
    return Report(
        name=ours.name,
        thresholds=dict(zip(TRAINED_LABELS, map(float, ours.limits), strict=True)),
        calibration_error=_calibration(test, cut_ours.scores),
        per_label=per_label,
        per_language=_measurable(per_language),
        transfer=_measurable(transfer),
        alarms_by_language=_alarms(rows, ours, base, [row.lang for row in rows]),
        alarms_by_source=_alarms(rows, ours, base, [row.source for row in rows]),
        mean_per_label=_means(per_label),
        mean_transfer=_means(transfer),
        early_exit=(
            _early_exit(
                "test", cut_ours, cut_thorough, _pairs(test, cut_ours, cut_thorough, labels)
            ),
            _early_exit("all held back", ours, thorough, _pairs(rows, ours, thorough, unseen)),
        ),
    )


def _early_exit(split: str, ours: Scored, thorough: Scored, pairs: Sequence[Pair]) -> EarlyExit:
    """`pairs` hold ours beside the thorough one."""
    sides: list[measures.Bools] = [
        np.asarray((one.scores > one.limits).any(axis=1)) for one in (ours, thorough)
    ]
    kept, flagged = sides
    mean, mean_thorough, _ = _means(pairs)
    return EarlyExit(
        split=split,
        n=len(flagged),
        n_flagged=int(flagged.sum()),
        n_lost=int((flagged & ~kept).sum()),
        mean_thorough=mean_thorough,
        mean=mean,
    )


def _shown(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Label and language of every pair with enough positive rows, in the labels' order."""
    n_positive = Counter(
        (label, row.lang) for row in rows for label in row.labels if row.labels[label]
    )
    shown = {pair for pair, n in n_positive.items() if n >= measures.MIN_POSITIVE}
    return sorted(
        (pair for pair in shown if pair[0] in TRAINED_LABELS),
        key=lambda pair: (TRAINED_LABELS.index(pair[0]), pair[1]),
    )


def _pairs(
    rows: Sequence[Row],
    ours: Scored,
    base: Scored,
    wanted: Iterable[tuple[str, str]],
    previous: Scored | None = None,
) -> list[Pair]:
    def measured(one: Scored, label: str, lang: str) -> Figures:
        return measures.figures(rows, one.scores, one.limits, label, lang)

    return [
        Pair(
            measured(ours, label, lang),
            measured(base, label, lang),
            measured(previous, label, lang) if previous else None,
        )
        for label, lang in wanted
    ]


def _measurable(pairs: Iterable[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.ours.average_precision is not None]


def _means(pairs: Iterable[Pair]) -> tuple[float, float, float | None]:
    """Mean average precision of ours, the baseline, and the version before if it was measured."""
    found = [pair for pair in pairs if pair.ours.average_precision is not None]
    sides = (
        [pair.ours for pair in found],
        [pair.base for pair in found],
        [pair.previous for pair in found if pair.previous],
    )
    ours, base, previous = (
        [one.average_precision for one in side if one.average_precision is not None]
        for side in sides
    )
    before = float(np.mean(previous)) if previous else None
    return (
        float(np.mean(ours)) if ours else float("nan"),
        float(np.mean(base)) if base else float("nan"),
        before,
    )


def _calibration(rows: Sequence[Row], scores: Floats) -> dict[str, float]:
    found = {}
    for at, label in enumerate(TRAINED_LABELS):
        judged, positive = measures.known(rows, label)
        found[label] = measures.calibration_error(positive[judged], scores[judged, at])
    return found


def _alarms(rows: Sequence[Row], ours: Scored, base: Scored, names: Sequence[str]) -> list[Alarms]:
    benign: measures.Bools = np.array([row.is_benign for row in rows])
    flagged: list[measures.Bools] = [
        np.asarray((one.scores > one.limits).any(axis=1)) for one in (ours, base)
    ]
    found = []
    for name in sorted(set(names)):
        inside = benign & np.array([one == name for one in names])
        if inside.sum() >= _MIN_BENIGN:
            shares = [float(one[inside].mean()) for one in flagged]
            found.append(Alarms(name, int(inside.sum()), *shares))
    return found


_SIDES = ("AP", "R@1%", "F1", "benign FPR")
_FIGURES = (
    f"| label | lang | n | positive | {' | '.join(f'{one} | before | base' for one in _SIDES)} |\n"
    f"{'|---' * (4 + 3 * len(_SIDES))}|\n"
)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _line(pair: Pair) -> str:
    ours = pair.ours
    sides = (ours, pair.previous, pair.base)
    cells = [ours.label, ours.lang, str(ours.n), str(ours.n_positive)]
    cells += [_score(one.average_precision if one else None) for one in sides]
    cells += [_score(one.recall_at_fpr if one else None) for one in sides]
    cells += [_score(one.f1 if one else None) for one in sides]
    cells += [_share(one.benign_fpr if one else None) for one in sides]
    return f"| {' | '.join(cells)} |\n"


def _alarm_table(title: str, found: Iterable[Alarms]) -> str:
    lines = "".join(
        f"| {one.name} | {one.n} | {_share(one.ours)} | {_share(one.base)} |\n" for one in found
    )
    return f"| {title} | n | text.risk | base |\n|---|---|---|---|\n{lines}"


def _early_exit_table(found: Iterable[EarlyExit]) -> str:
    lines = "".join(
        f"| {one.split} | {one.n} | {one.n_flagged} | {one.n_lost} | "
        f"{_score(one.mean_thorough)} | {_score(one.mean)} |\n"
        for one in found
    )
    return (
        "A gate behind the lowest layer lets plainly harmless texts go "
        "(`TIDEGATE_EARLY_EXIT=false` "
        "has all layers look at everything). Lost: rows that the whole model flags and that went "
        "unflagged. Mean AP is over labels on the test split, and over the pairs of the "
        "table above on all rows.\n\n"
        "| rows | n | flagged | lost | mean AP, all layers | mean AP, early exit |\n"
        f"|---|---|---|---|---|---|\n{lines}"
    )


def _mean_line(means: tuple[float, float, float | None]) -> str:
    ours, base, before = means
    return f"{ours:.3f}, before {_score(before)}, base {base:.3f}"


def markdown(report: Report, *, n_train: int) -> str:
    """The report as Markdown."""
    limits = "".join(
        f"| {label} | {limit:.3f} | {report.calibration_error[label]:.3f} |\n"
        for label, limit in report.thresholds.items()
    )
    return (
        f"# {report.name} on held-back rows\n\n"
        "Written by `python -m detectors.evaluation.text_risk --data DIR`. *Base* is TF-IDF (words "
        f"and characters) + logistic regression per label, fitted on the same {n_train} rows; "
        "*before* is the version before on the same rows. AP: average precision. R@1%: recall at "
        "the score that 1 % of the rows without the label reach. F1 and the false-positive "
        "rate (FPR) on benign rows are at each scorer's own thresholds: the best F1 on the "
        f"calibration split, but never so low that more than {measures.BENIGN_RATE:.1%} of its "
        "benign rows exceed any of them. What a data set does not annotate is unknown and not "
        "counted.\n\n"
        f"**Mean AP over labels: {_mean_line(report.mean_per_label)}. Mean AP over label-language "
        "pairs whose data sets were held back whole: "
        f"{_mean_line(report.mean_transfer)}.**\n\n"
        f"## Per label, test split\n\n{_FIGURES}{''.join(map(_line, report.per_label))}\n"
        f"## Per label and language, test split\n\n{_FIGURES}"
        f"{''.join(map(_line, report.per_language))}\n"
        "## Languages without training rows of the label in the data sets\n\n"
        "Whole sets were held back; of these labels in these languages training had authored rows "
        f"and contrast pairs at most.\n\n{_FIGURES}{''.join(map(_line, report.transfer))}\n"
        f"## What early exit costs\n\n{_early_exit_table(report.early_exit)}\n"
        "## False alarms on benign rows, any label above its threshold\n\n"
        "Rows taken as benign from their register (nobody judged them) or judged inoffensive.\n\n"
        f"{_alarm_table('language', report.alarms_by_language)}\n"
        f"{_alarm_table('data set', report.alarms_by_source)}\n"
        "## Recommended thresholds and expected calibration error (test split)\n\n"
        f"| label | threshold | ECE |\n|---|---|---|\n{limits}"
    )
