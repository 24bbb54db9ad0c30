"""The evaluation's figures as Markdown."""

from collections.abc import Iterable

from detectors.evaluation.limits import HARMLESS_RATE
from detectors.evaluation.tables import (
    FRAUD,
    FRAUD_FPR,
    FRAUD_SET,
    PUMP_LABEL,
    PUMP_SET,
    Alarms,
    EarlyExit,
    Pair,
    Report,
    Together,
)
from detectors.training.text_risk.corpus import PARALLEL

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


def _calibration_table(found: Iterable[Pair]) -> str:
    lines = "".join(
        f"| {one.ours.label} | {one.ours.lang} | {one.ours.n} | {one.ours.n_positive} | "
        f"{_score(one.ours.calibration_error)} | {_score(one.base.calibration_error)} |\n"
        for one in found
    )
    return f"| label | lang | n | positive | ECE | base |\n|---|---|---|---|---|---|\n{lines}"


def _alarm_table(title: str, found: Iterable[Alarms]) -> str:
    lines = "".join(
        f"| {one.name} | {one.n} | {_share(one.ours)} | {_share(one.base)} |\n" for one in found
    )
    return f"| {title} | n | text.risk | base |\n|---|---|---|---|\n{lines}"


def _fraud_table(found: Iterable[Together]) -> str:
    lines = "".join(
        f"| {one.scorer} | {one.n} | {one.n_positive} | {_score(one.average_precision)} | "
        f"{_score(one.recall)} | {_score(one.f1)} |\n"
        for one in found
    )
    return (
        f"Posts of {FRAUD_SET}'s own valid split; {', '.join(FRAUD)} taken as one label, recall "
        f"and F1 at a false-positive rate of {FRAUD_FPR:.1%}.\n\n"
        f"| scorer | n | positive | AP | recall | F1 |\n|---|---|---|---|---|---|\n{lines}"
    )


def _pump_table(found: Iterable[Together]) -> str:
    lines = "".join(
        f"| {one.scorer} | {one.n} | {one.n_positive} | {_score(one.average_precision)} |\n"
        for one in found
    )
    return (
        f"{PUMP_LABEL} among the messages of {PUMP_SET} alone, split by channel; announcements "
        "made from templates, which have no channel, are trained on and not measured.\n\n"
        f"| scorer | n | positive | AP |\n|---|---|---|---|\n{lines}"
    )


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
        f"| {one.ours.label} | {report.thresholds[one.ours.label]:.3f} | {one.ours.n_positive} of "
        f"{one.ours.n} | {_score(one.ours.calibration_error)} |\n"
        for one in report.per_label
    )
    return (
        f"# {report.name} on held-back rows\n\n"
        "Written by `python -m detectors.evaluation.text_risk --data DIR`. *Base* is TF-IDF (words "
        f"and characters) + logistic regression per label, fitted on the same {n_train} rows; "
        f"*before* is {report.previous or 'not measured'} on the same rows. AP: average precision. "
        "R@1%: recall at the score that 1 % of the rows without the label reach. F1 and the "
        "false-positive rate (FPR) on benign rows are at each scorer's own thresholds: as low as a "
        f"budget of false alarms on calibration rows allows, {HARMLESS_RATE:.1%} of the harmless "
        "ones, each source counting alike (`limits.py`); those of the "
        "version before are its card's. What a data set does not annotate is unknown and not "
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
        "## Languages of sets that training has in English\n\n"
        "Held back too, but translations: training had the same questions and templates in "
        f"English ({', '.join(sorted(PARALLEL))}). Mean AP "
        f"{_mean_line(report.mean_translated)}.\n\n"
        f"{_FIGURES}{''.join(map(_line, report.translated))}\n"
        f"## Fraud around crypto\n\n{_fraud_table(report.fraud)}\n"
        f"## Pump messages\n\n{_pump_table(report.pump)}\n"
        f"## What early exit costs\n\n{_early_exit_table(report.early_exit)}\n"
        "## False alarms on benign rows, any label above its threshold\n\n"
        "Rows taken as benign from their register (nobody judged them) or judged inoffensive.\n\n"
        f"{_alarm_table('language', report.alarms_by_language)}\n"
        f"{_alarm_table('data set', report.alarms_by_source)}\n"
        "## Recommended thresholds and expected calibration error (test split)\n\n"
        "Over 15 equal bins; where few rows have the label it is small whatever the scores say.\n\n"
        f"| label | threshold | positive | ECE |\n|---|---|---|---|\n{limits}\n"
        "## Expected calibration error by label and language\n\n"
        "Where training had rows of the label (test split), and where it had none.\n\n"
        f"{_calibration_table((*report.per_language, *report.transfer))}"
    )
