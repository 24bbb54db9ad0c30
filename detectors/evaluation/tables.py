"""The evaluation's figures, side by side."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.evaluation import measures
from detectors.evaluation.measures import Figures
from detectors.training.text_risk.corpus import PARALLEL
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]
ALL = "*"
FRAUD = ("scam", "phishing", "impersonation", "spam")
FRAUD_SET = "janitr"
FRAUD_FPR = 0.012
PUMP_SET = "pump_telegram"
PUMP_LABEL = "market_manipulation"
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
    previous: str | None
    """The detector id of the version before."""
    per_label: list[Pair]
    per_language: list[Pair]
    transfer: list[Pair]
    alarms_by_language: list[Alarms]
    alarms_by_source: list[Alarms]
    mean_per_label: tuple[float, float, float | None]
    """Mean average precision of ours, the baseline and the version before."""
    mean_transfer: tuple[float, float, float | None]
    translated: list[Pair]
    """Pairs of held-back sets that training had in English: see `corpus.PARALLEL`."""
    mean_translated: tuple[float, float, float | None]
    early_exit: tuple[EarlyExit, ...] = ()
    fraud: tuple[Together, ...] = ()
    pump: tuple[Together, ...] = ()
    files: dict[str, str] = {}
    """SHA-256 of the measured model's files, by role."""


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
    scorers = [one for one in (ours, previous, base) if one is not None]
    labels = [(label, ALL) for label in TRAINED_LABELS]
    per_label = _pairs(test, cut_ours, cut_base, labels, cut_previous)
    inside = _shown(rows)
    seen = [pair for pair in inside if pair in trained]
    per_language = _pairs(test, cut_ours, cut_base, seen, cut_previous)
    unseen = [pair for pair in inside if pair not in trained]
    is_parallel = np.array([row.source in PARALLEL and row.split != "test" for row in rows])
    transfer = _cut_pairs(~is_parallel, rows, ours, base, unseen, previous)
    translated = _cut_pairs(is_parallel, rows, ours, base, unseen, previous)
    return Report(
        name=ours.name,
        thresholds=dict(zip(TRAINED_LABELS, map(float, ours.limits), strict=True)),
        previous=previous.name if previous else None,
        per_label=per_label,
        per_language=_measurable(per_language),
        transfer=_measurable(transfer),
        alarms_by_language=_alarms(rows, ours, base, [row.lang for row in rows]),
        alarms_by_source=_alarms(rows, ours, base, [row.source for row in rows]),
        mean_per_label=_means(per_label),
        mean_transfer=_means(transfer),
        translated=_measurable(translated),
        mean_translated=_means(translated),
        early_exit=(
            _early_exit(
                "test", cut_ours, cut_thorough, _pairs(test, cut_ours, cut_thorough, labels)
            ),
            _early_exit("all held back", ours, thorough, _pairs(rows, ours, thorough, unseen)),
        ),
        fraud=_together(rows, scorers, FRAUD_SET, FRAUD),
        pump=_together(rows, scorers, PUMP_SET, (PUMP_LABEL,)),
    )


def _together(
    rows: Sequence[Row], scorers: Sequence[Scored], source: str, labels: Sequence[str]
) -> tuple[Together, ...]:
    """Some labels as one, on the rows of one set; nothing where none of these has any."""
    columns = [TRAINED_LABELS.index(label) for label in labels]
    chosen = [
        n
        for n, row in enumerate(rows)
        if row.source == source and any(label in row.labels for label in labels)
    ]
    target = np.array([any(rows[n].labels.get(one) == 1 for one in labels) for n in chosen], bool)
    if not target.any():
        return ()
    found = []
    for scored in scorers:
        ranking = measures.Ranking(target, scored.scores[chosen][:, columns].max(axis=1))
        hits, alarms = ranking.counts()
        recall, precision = measures.at_false_positive_rate(hits, alarms, FRAUD_FPR)
        found.append(
            Together(
                scorer=scored.name,
                n=len(chosen),
                n_positive=int(target.sum()),
                average_precision=measures.area(hits, alarms),
                recall=recall,
                f1=2 * recall * precision / (recall + precision) if recall > 0 else 0.0,
            )
        )
    return tuple(found)


def _early_exit(split: str, ours: Scored, thorough: Scored, pairs: Sequence[Pair]) -> EarlyExit:
    """`pairs` hold ours beside the thorough one."""
    sides: list[measures.Bools] = [
        np.asarray((one.scores >= one.limits).any(axis=1)) for one in (ours, thorough)
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


def _cut_pairs(
    inside: measures.Bools,
    rows: Sequence[Row],
    ours: Scored,
    base: Scored,
    wanted: Iterable[tuple[str, str]],
    previous: Scored | None,
) -> list[Pair]:
    """Pairs over some of the rows."""
    kept = [row for row, is_inside in zip(rows, inside, strict=True) if is_inside]
    before = previous.cut(inside) if previous else None
    return _pairs(kept, ours.cut(inside), base.cut(inside), wanted, before)


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


def _alarms(rows: Sequence[Row], ours: Scored, base: Scored, names: Sequence[str]) -> list[Alarms]:
    benign: measures.Bools = np.array([row.is_benign for row in rows])
    flagged: list[measures.Bools] = [
        np.asarray((one.scores >= one.limits).any(axis=1)) for one in (ours, base)
    ]
    found = []
    for name in sorted(set(names)):
        inside = benign & np.array([one == name for one in names])
        if inside.sum() >= _MIN_BENIGN:
            shares = [float(one[inside].mean()) for one in flagged]
            found.append(Alarms(name, int(inside.sum()), *shares))
    return found
