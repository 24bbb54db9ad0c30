"""The evaluation's figures, side by side."""

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
FRAUD = ("scam", "phishing", "impersonation", "spam")
FRAUD_SET = "janitr"
FRAUD_FPR = 0.012
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


class Together(msgspec.Struct, frozen=True):
    """Labels of one kind taken as one, on one data set: the highest score counts."""

    scorer: str
    n: int
    n_positive: int
    average_precision: float
    recall: float
    f1: float
    """Both at a false-positive rate of `FRAUD_FPR`."""


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
    fraud: tuple[Together, ...] = ()


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
        fraud=tuple(_together(rows, one) for one in (ours, previous, base) if one is not None),
    )


def _together(rows: Sequence[Row], scored: Scored) -> Together:
    """The kinds of fraud as one label, on the test split of a set of posts around crypto."""
    columns = [TRAINED_LABELS.index(label) for label in FRAUD]
    chosen = [
        n
        for n, row in enumerate(rows)
        if row.source == FRAUD_SET and any(label in row.labels for label in FRAUD)
    ]
    target = np.array([any(rows[n].labels.get(one) == 1 for one in FRAUD) for n in chosen])
    ranking = measures.Ranking(target, scored.scores[chosen][:, columns].max(axis=1))
    hits, alarms = ranking.counts()
    recall, precision = measures.at_false_positive_rate(hits, alarms, FRAUD_FPR)
    return Together(
        scorer=scored.name,
        n=len(chosen),
        n_positive=int(target.sum()),
        average_precision=measures.area(hits, alarms),
        recall=recall,
        f1=2 * recall * precision / (recall + precision) if recall > 0 else 0.0,
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
        if judged.any():
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
