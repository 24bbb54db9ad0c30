import numpy as np
import numpy.typing as npt
import pytest

from detectors.evaluation import tables, tables_page
from detectors.evaluation.tables import Scored
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

N = len(TRAINED_LABELS)
SCAM, SPAM, HATE = (TRAINED_LABELS.index(label) for label in ("scam", "spam", "hate"))


def row(n: int, source: str, split: str = "test", lang: str = "en", **labels: int) -> Row:
    return Row(
        id=f"{source}:{n}", text="text", lang=lang, source=source, group=f"{source}:{n}",
        labels=labels, split=split,
    )  # fmt: skip


def scored(name: str, table: npt.NDArray[np.float64]) -> Scored:
    return Scored(name, table.astype(np.float32), np.full(N, 0.5, np.float32))


@pytest.fixture
def rows() -> list[Row]:
    posts = [row(n, "janitr", scam=int(n < 12), spam=0) for n in range(100)]
    hate = [row(n, "posts", "transfer", "de", hate=int(n < 15)) for n in range(30)]
    benign = [row(n, "talk", any=0, hate=0) for n in range(40)]
    return [*posts, *hate, *benign]


@pytest.fixture
def ours(rows: list[Row]) -> Scored:
    table = np.zeros((len(rows), N))
    table[:10, SPAM] = 0.9
    table[100:115, HATE] = 0.8
    return scored("text.risk@9", table)


def test_kinds_of_fraud_count_as_one_label(rows: list[Row], ours: Scored) -> None:
    (found,) = tables._together(rows, [ours], tables.FRAUD_SET, tables.FRAUD)
    assert (found.n, found.n_positive) == (100, 12)
    assert found.recall == pytest.approx(10 / 12)
    assert found.f1 == pytest.approx(2 * (10 / 12) / (10 / 12 + 1))


def test_the_report_says_all_three_side_by_side(rows: list[Row], ours: Scored) -> None:
    nothing = scored("base", np.random.default_rng(0).random((len(rows), N)) / 10)
    report = tables.measure(rows, {("scam", "en")}, ours, nothing, ours, previous=nothing)
    assert [one.scorer for one in report.fraud] == ["text.risk@9", "base", "base"]
    (hate,) = report.transfer
    assert hate.ours.average_precision == hate.ours.recall_at_fpr == pytest.approx(1.0)
    assert hate.previous is not None
    assert report.mean_transfer[0] == pytest.approx(1.0)
    page = tables_page.markdown(report, n_train=7)
    assert page.startswith("# text.risk@9 on held-back rows\n")
    assert "fitted on the same 7 rows" in page
    assert "| hate | de | 30 | 15 | 1.000 |" in page
    assert "*before* is base" in page


def test_translations_of_trained_questions_stand_apart(rows: list[Row], ours: Scored) -> None:
    parallel = [row(500 + n, "red_instruct", "transfer", "vi", hate=int(n < 15)) for n in range(30)]
    table = np.concatenate([ours.scores, np.zeros((30, N), np.float32)])
    both = scored("text.risk@9", table.astype(np.float64))
    report = tables.measure([*rows, *parallel], set(), both, both, both)
    assert [pair.ours.lang for pair in report.transfer if pair.ours.label == "hate"] == ["de"]
    assert [pair.ours.lang for pair in report.translated] == ["vi"]
    assert report.pump == ()


def test_without_an_earlier_version_its_cells_stay_empty(rows: list[Row], ours: Scored) -> None:
    report = tables.measure(rows, set(), ours, ours, ours)
    assert report.mean_per_label[2] is None
    assert "before -" in tables_page.markdown(report, n_train=7)
