import msgspec
import pytest

from detectors.evaluation.run import cells, scoring
from detectors.evaluation.run.cells import Cell, Options
from detectors.evaluation.run.rows import LabelledText
from tests.detectors.evaluation.run.samples import Spoken, row, rows

OPTIONS = Options(n_resamples=50)


def measured(given: list[LabelledText], options: Options = OPTIONS) -> dict[str, Cell]:
    texts, langs = [one.text for one in given], [one.lang for one in given]
    scored = scoring.score(texts, langs, [Spoken()], lambda _n: None)
    return {
        f"{one.label} {one.lang} {one.dataset}": one
        for one in cells.measure(given, scored, options)
    }


def test_a_perfect_order_has_perfect_figures() -> None:
    cell = measured(rows())["scam * *"]
    assert (cell.n, cell.n_positive) == (40, 20)
    for figure in (cell.average_precision, cell.f1, cell.recall_at_fpr, cell.precision_at_fpr):
        assert figure is not None
        assert (figure.value, figure.low, figure.high) == pytest.approx((1, 1, 1))
    assert cell.precision is not None
    assert cell.precision.value == 1
    assert cell.precision.low == pytest.approx(0.8389, abs=1e-3)
    assert cell.calibration_error == pytest.approx(0.25, abs=0.05)
    assert sum(one.n for one in cell.bins) == 40
    assert cell.curve[0] == (0.05, 1.0)
    assert cell.curve[-1] == (1.0, 0.5)


def test_cells_are_by_language_and_data_set() -> None:
    given = [*rows(), row(100, 0.5, 1, "es", "two")]
    assert set(measured(given)) == {
        "scam * *", "scam en *", "scam es *", "scam * one", "scam * two",
        "scam en one", "scam es one", "scam es two",
    }  # fmt: skip


def test_few_positives_give_shares_alone() -> None:
    cell = measured([row(1, 0.9, 1), row(2, 0.8, 0), row(3, 0.1, 0)])["scam * *"]
    assert cell.average_precision is None
    assert cell.curve == ()
    assert cell.recall is not None
    assert cell.fpr is not None
    assert (cell.recall.value, cell.fpr.value) == (1, 0.5)


def test_what_is_unknown_is_not_counted() -> None:
    blank = LabelledText(id="x", text="0.9 x", labels={"hate": 0})
    found = measured([*rows(), blank])
    assert found["scam * *"].n == 40
    assert found["hate * *"].n == 1


def test_labels_no_detector_answers_for_are_not_measured() -> None:
    blank = LabelledText(id="x", text="0.9 x", labels={"privacy": 1})
    assert measured([blank]) == {}


def test_intervals_hold_the_value_and_are_the_same_every_time() -> None:
    given = [row(n, (n * 37 % 100) / 100, int(n * 53 % 100 > 50)) for n in range(100)]
    cell = measured(given)["scam * *"]
    figure = cell.average_precision
    assert figure is not None
    assert figure.low < figure.value < figure.high
    assert measured(given)["scam * *"].average_precision == figure


def test_no_rounds_give_no_interval() -> None:
    figure = measured(rows(), msgspec.structs.replace(OPTIONS, n_resamples=0))["scam * *"].f1
    assert figure is not None
    assert figure.low == figure.value == figure.high
