import numpy as np
import pytest

from detectors.evaluation import measures
from detectors.training.text_risk.rows import ANY, TRAINED_LABELS, Row

SCAM = TRAINED_LABELS.index("scam")


def row(n: int, labels: dict[str, int], lang: str = "en", weight: float = 1.0) -> Row:
    return Row(
        id=f"row-{n}", text="text", lang=lang, source="made", group=f"row-{n}", labels=labels,
        weights=dict.fromkeys(labels, weight), split="test",
    )  # fmt: skip


def floats(*values: float) -> measures.Floats:
    return np.array(values, np.float32)


def scored(values: list[float]) -> measures.Floats:
    table = np.zeros((len(values), len(TRAINED_LABELS)), np.float32)
    table[:, SCAM] = values
    return table


def test_average_precision_of_a_perfect_order_is_one() -> None:
    found = measures.average_precision(np.array([True, True, False]), floats(0.9, 0.8, 0.1))
    assert found == pytest.approx(1.0)


def test_average_precision_steps_at_each_hit() -> None:
    target = np.array([True, False, True, False])
    found = measures.average_precision(target, floats(0.9, 0.8, 0.7, 0.6))
    assert found == pytest.approx((1 + 2 / 3) / 2)


def test_ties_share_one_step() -> None:
    target = np.array([True, False])
    assert measures.average_precision(target, floats(0.5, 0.5)) == pytest.approx(0.5)


def test_f1() -> None:
    target = np.array([True, True, False, False])
    assert measures.f1(target, np.array([True, False, True, False])) == pytest.approx(0.5)
    assert measures.f1(target, np.zeros(4, bool)) == 0


def test_calibration_error_of_certain_mistakes_is_one() -> None:
    found = measures.calibration_error(np.array([False, False]), floats(1.0, 1.0))
    assert found == pytest.approx(1.0)


def test_unknown_and_merely_implied_labels_are_not_counted() -> None:
    rows = [row(0, {"scam": 1}), row(1, {"hate": 1}), row(2, {"scam": 0}, weight=0.3)]
    judged, positive = measures.known(rows, "scam")
    assert judged.tolist() == [True, False, False]
    assert positive.tolist() == [True, False, False]


def test_few_positive_rows_give_no_figure() -> None:
    rows = [row(0, {"scam": 1, ANY: 1}), row(1, {"scam": 0, ANY: 0})]
    limits = np.full(len(TRAINED_LABELS), 0.5, np.float32)
    found = measures.figures(rows, scored([0.9, 0.1]), limits, "scam", "*")
    assert (found.n, found.n_positive, found.n_benign) == (2, 1, 1)
    assert found.average_precision is None
    assert found.benign_fpr == 0


def test_wilson_stays_inside_the_shares() -> None:
    none, half, every = (measures.wilson(n, 10) for n in (0, 5, 10))
    assert (none.value, none.low, none.high) == pytest.approx((0, 0, 0.2775), abs=1e-4)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    assert (every.low, every.high) == pytest.approx((0.7225, 1), abs=1e-4)


def test_recall_at_a_false_positive_rate() -> None:
    target = np.array([True, False, True, False, True, False, False, False, False])
    score = floats(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
    counts = measures.Ranking(target, score).counts()
    assert measures.at_false_positive_rate(*counts, 0.01) == pytest.approx((1 / 3, 1))
    assert measures.at_false_positive_rate(*counts, 0.2) == pytest.approx((2 / 3, 2 / 3))
    assert measures.at_false_positive_rate(*counts, 0.5) == pytest.approx((1, 0.5))


def test_recall_is_none_where_the_highest_score_is_a_negative() -> None:
    counts = measures.Ranking(np.array([False, True]), floats(0.9, 0.1)).counts()
    recall, precision = measures.at_false_positive_rate(*counts, 0.01)
    assert recall == 0
    assert np.isnan(precision)


def test_weights_count_rows_more_than_once() -> None:
    target, score = np.array([True, False, True]), floats(0.9, 0.8, 0.7)
    weighted = measures.Ranking(target, score).counts(np.array([2.0, 0.0, 1.0]))
    repeated = measures.Ranking(np.array([True, True, True]), floats(0.9, 0.9, 0.7)).counts()
    assert measures.area(*weighted) == pytest.approx(measures.area(*repeated))
    assert np.isnan(measures.area(*measures.Ranking(target, score).counts(np.zeros(3))))


def test_reliability_bins_hold_all_rows() -> None:
    bins = measures.reliability(np.array([True, False, True]), floats(1.0, 0.01, 0.02))
    assert [(one.n, one.share_positive) for one in bins] == [(2, 0.5), (1, 1.0)]
