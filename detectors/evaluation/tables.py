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


class Pair(msgspec.Struct, frozen=True):
    """The same rows measured for both scorers."""

    ours: Figures
    base: Figures


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
    """Everything the evaluation found."""

    thresholds: dict[str, float]
    calibration_error: dict[str, float]
    per_label: list[Pair]
    per_language: list[Pair]
    transfer: list[Pair]
    alarms_by_language: list[Alarms]
    alarms_by_source: list[Alarms]
    mean_per_label: tuple[float, float]
    mean_transfer: tuple[float, float]
    early_exit: tuple[EarlyExit, ...] = ()


def measure(
    rows: Sequence[Row],
    trained: set[tuple[str, str]],
    ours: Scored,
    base: Scored,
    thorough: Scored,
) -> Report:
    """Measures both scorers on `rows`.

    Args:
        rows: Held-back rows, of the test and the transfer split.
        trained: (label, language) pairs that training held positive rows of. Other pairs
            count as transfer.
        ours: The shipped detector.
        base: What it is compared with.
        thorough: The shipped detector without early exit.
    """
    known = np.array([row.split == "test" for row in rows])
    test = [row for row in rows if row.split == "test"]
    cut_ours, cut_base = (Scored(one.name, one.scores[known], one.limits) for one in (ours, base))
    per_label = _pairs(test, cut_ours, cut_base, [(label, ALL) for label in TRAINED_LABELS])
    inside = _shown(rows)
    per_language = _pairs(test, cut_ours, cut_base, [pair for pair in inside if pair in trained])
    unseen = [pair for pair in inside if pair not in trained]
    transfer = _pairs(rows, ours, base, unseen)
    cut_thorough = Scored(thorough.name, thorough.scores[known], thorough.limits)
    labels = [(label, ALL) for label in TRAINED_LABELS]
    return Report(
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
    mean, mean_thorough = _means(pairs)
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
    rows: Sequence[Row], ours: Scored, base: Scored, wanted: Iterable[tuple[str, str]]
) -> list[Pair]:
    return [
        Pair(
            measures.figures(rows, ours.scores, ours.limits, label, lang),
            measures.figures(rows, base.scores, base.limits, label, lang),
        )
        for label, lang in wanted
    ]


def _measurable(pairs: Iterable[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.ours.average_precision is not None]


def _means(pairs: Iterable[Pair]) -> tuple[float, float]:
    found = [
        (pair.ours.average_precision, pair.base.average_precision)
        for pair in pairs
        if pair.ours.average_precision is not None and pair.base.average_precision is not None
    ]
    ours, base = np.mean(found, axis=0) if found else (np.nan, np.nan)
    return float(ours), float(base)


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


_FIGURES = (
    "| label | lang | n | positive | AP | AP base | F1 | F1 base | benign FPR | FPR base |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _line(pair: Pair) -> str:
    ours, base = pair.ours, pair.base
    cells = [
        ours.label,
        ours.lang,
        str(ours.n),
        str(ours.n_positive),
        _score(ours.average_precision),
        _score(base.average_precision),
        _score(ours.f1),
        _score(base.f1),
        _share(ours.benign_fpr),
        _share(base.benign_fpr),
    ]
    return f"| {' | '.join(cells)} |\n"


def _alarm_table(title: str, found: Iterable[Alarms]) -> str:
    lines = "".join(
        f"| {one.name} | {one.n} | {_share(one.ours)} | {_share(one.base)} |\n" for one in found
    )
    return f"| {title} | n | text.risk@1 | base |\n|---|---|---|---|\n{lines}"


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


def markdown(report: Report, *, n_train: int) -> str:
    """The report as Markdown."""
    ours, base = report.mean_per_label
    ours_transfer, base_transfer = report.mean_transfer
    limits = "".join(
        f"| {label} | {limit:.3f} | {report.calibration_error[label]:.3f} |\n"
        for label, limit in report.thresholds.items()
    )
    return (
        "# text.risk@1 on held-back rows\n\n"
        "Written by `python -m detectors.evaluation.text_risk --data DIR`. *Base* is TF-IDF (words "
        f"and characters) + logistic regression per label, fitted on the same {n_train} rows. AP: "
        "average precision. F1 and the false-positive rate (FPR) on benign rows are at each "
        "scorer's own thresholds: the best F1 on the calibration split, but never so low that more "
        "than 0.5 % of its benign rows exceed them. What a data set does not annotate is unknown "
        "and not counted.\n\n"
        f"**Mean AP over labels: {ours:.3f}, base {base:.3f}. Mean AP over label-language pairs "
        f"without positive training rows: {ours_transfer:.3f}, base {base_transfer:.3f}.**\n\n"
        f"## Per label, test split\n\n{_FIGURES}{''.join(map(_line, report.per_label))}\n"
        f"## Per label and language, test split\n\n{_FIGURES}"
        f"{''.join(map(_line, report.per_language))}\n"
        "## Languages without training rows of the label\n\n"
        "Whole sets were held back; in these languages training had no positive row of the label, "
        f"only harmless text. The order of the scores carries over (AP); their size does not: at "
        "the recommended thresholds almost nothing is found there (F1), so such languages need "
        f"thresholds of their own.\n\n{_FIGURES}{''.join(map(_line, report.transfer))}\n"
        f"## What early exit costs\n\n{_early_exit_table(report.early_exit)}\n"
        "## False alarms on benign rows, any label above its threshold\n\n"
        "Rows taken as benign from their register (nobody judged them) or judged inoffensive.\n\n"
        f"{_alarm_table('language', report.alarms_by_language)}\n"
        f"{_alarm_table('data set', report.alarms_by_source)}\n"
        "## Recommended thresholds and expected calibration error (test split)\n\n"
        f"| label | threshold | ECE |\n|---|---|---|\n{limits}"
    )
