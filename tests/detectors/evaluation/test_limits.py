import msgspec
import numpy as np

from detectors.evaluation import limits
from detectors.evaluation.measures import Floats
from detectors.training.text_risk.rows import ANY, TRAINED_LABELS, Row

SCAM = TRAINED_LABELS.index("scam")


def row(n: int, labels: dict[str, int], weight: float = 1.0, source: str = "made") -> Row:
    return Row(
        id=f"row-{n}", text="text", lang="en", source=source, group=f"row-{n}", labels=labels,
        weights=dict.fromkeys(labels, weight), split="test",
    )  # fmt: skip


def scored(values: list[float]) -> Floats:
    table = np.zeros((len(values), len(TRAINED_LABELS)), np.float32)
    table[:, SCAM] = values
    return table


def test_thresholds_hold_the_benign_rate() -> None:
    benign = [row(n, {"scam": 0, ANY: 0}) for n in range(1_000)]
    scams = [row(n + 1_000, {"scam": 1, ANY: 1}) for n in range(20)]
    values = np.concatenate([np.linspace(0, 0.5, 1_000), np.full(20, 0.3)])
    limit = limits.thresholds([*benign, *scams], scored(list(values)))[SCAM]
    assert (values[:1_000] >= limit).mean() <= limits.HARMLESS_RATE + 1e-3


def test_thresholds_of_all_labels_together_hold_the_benign_rate() -> None:
    random = np.random.default_rng(0)
    benign = [row(n, {ANY: 0}) for n in range(5_000)]
    sure = random.normal(-4, 1.5, (5_000, len(TRAINED_LABELS)))
    scores = (1 / (1 + np.exp(-sure))).astype(np.float32)
    found = limits.thresholds(benign, scores)
    alarms = (scores >= found).any(axis=1).mean()
    assert limits.HARMLESS_RATE / 2 <= alarms <= limits.HARMLESS_RATE


def test_rows_that_are_only_not_offensive_do_not_count_as_harmless() -> None:
    weak = [row(n, {**dict.fromkeys(TRAINED_LABELS, 0), ANY: 0}, weight=0.3) for n in range(2_000)]
    benign = [row(n, {ANY: 0}) for n in range(500)]
    scams = [row(n, {"scam": 1, ANY: 1}) for n in range(50)]
    values = [0.9] * 2_000 + [0.1] * 500 + [0.5] * 50
    limit = limits.thresholds([*weak, *benign, *scams], scored(values))[SCAM]
    assert 0.1 < limit < 0.5


def test_no_source_alone_has_more_than_its_share_of_alarms() -> None:
    calm = [row(n, {ANY: 0}, source=f"calm {n % 9}") for n in range(1_800)]
    loud = [row(n, {ANY: 0}, source="loud") for n in range(200)]
    scams = [row(n, {"scam": 1, ANY: 1}) for n in range(50)]
    values = [0.1] * 1_800 + [0.7] * 10 + [0.1] * 190 + [0.6] * 50
    limit = limits.thresholds([*calm, *loud, *scams], scored(values))[SCAM]
    assert limit > 0.7  # 5 % of one source, though half a percent on average


def test_rows_judged_to_lack_a_label_hold_back_that_label_alone() -> None:
    clean = {**dict.fromkeys(TRAINED_LABELS, 0), ANY: 0}
    weights = {**dict.fromkeys(TRAINED_LABELS, 0.3), "scam": 1.0}
    judged = [
        msgspec.structs.replace(row(n, clean, source="judged"), weights=weights)
        for n in range(1_000)
    ]
    benign = [row(n, {ANY: 0}) for n in range(500)]
    bad = [row(n, {label: 1, ANY: 1}) for label in ("scam", "hate") for n in range(50)]
    scores = np.zeros((1_600, len(TRAINED_LABELS)), np.float32)
    hate = TRAINED_LABELS.index("hate")
    scores[:200] = 0.7
    scores[1_500:] = 0.6
    found = limits.thresholds([*judged, *benign, *bad], scores)
    assert found[SCAM] > 0.7
    assert found[hate] <= 0.6


def test_labels_share_a_threshold_but_one_that_breaks_a_bound() -> None:
    benign = [row(n, {ANY: 0}) for n in range(500)]
    loud = [row(n, {ANY: 0}, source="loud") for n in range(500)]
    scores = np.zeros((1_000, len(TRAINED_LABELS)), np.float32)
    scores[:, :] = 0.3
    scores[500:550, SCAM] = 0.8
    found = limits.thresholds([*benign, *loud], scores)
    assert found[SCAM] > 0.8
    others = set(np.delete(found, SCAM).tolist())
    assert len(others) == 1
    assert 0.3 < others.pop() < 0.32


def test_own_twins_count_in_the_mean_alone() -> None:
    calm = [row(n, {ANY: 0}, source=f"calm {n % 9}") for n in range(1_800)]
    twins = [row(n, {ANY: 0}, source="contrast") for n in range(200)]
    values = [0.1] * 1_800 + [0.7] * 10 + [0.1] * 190
    assert limits.thresholds([*calm, *twins], scored(values))[SCAM] < 0.7
