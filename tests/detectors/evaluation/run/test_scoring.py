import numpy as np
import pytest

from detectors.canary import CANARY_TEXT, Canary
from detectors.evaluation.run import scoring
from detectors.evaluation.run.rows import ANY, COLUMNS
from detectors.null import Null
from tests.detectors.evaluation.run.samples import Spoken

SCAM, SPAM = COLUMNS.index("scam"), COLUMNS.index("spam")


def score(texts: list[str], *detectors: Spoken | Canary | Null) -> scoring.Scored:
    return scoring.score(texts, [None] * len(texts), detectors, lambda _n: None)


def test_scores_and_flags_are_by_the_card() -> None:
    found = score(["0.59 a", "0.6 b", "? c", "?"], Spoken())
    assert found.scores[:, SCAM] == pytest.approx([0.59, 0.6, 0, 0])
    assert found.flagged[:, SCAM].tolist() == [False, True, False, False]
    assert found.scores[:, -1] == pytest.approx([0.59, 0.6, 0, 0])
    assert found.n_undecodable == 1


def test_a_set_of_detectors_answers_together() -> None:
    found = score([f"0.9 {CANARY_TEXT}", "0.1"], Spoken(), Spoken(limit=0.05), Canary())
    assert found.flagged[:, SCAM].tolist() == [True, True]
    assert found.flagged[:, SPAM].tolist() == [True, False]
    assert found.flagged[:, -1].tolist() == [True, True]
    assert {"scam", "hate", "spam", ANY} <= found.answered
    assert found.name == "text.spoken@1 + text.spoken@1 + text.canary@1"


def test_a_detector_without_labels_answers_for_nothing() -> None:
    assert score(["a"], Null()).answered == frozenset()


def test_more_texts_than_a_batch_keep_their_order_and_no_texts_are_none() -> None:
    seen: list[int] = []
    texts = [f"{n / 1_000}" for n in range(3 * scoring.BATCH + 1)]
    found = scoring.score(texts, [None] * len(texts), [Spoken()], seen.append)
    assert found.scores[:, SCAM] == pytest.approx(np.arange(len(texts)) / 1_000)
    assert sum(seen) == len(texts)
    assert len(found.slowest) == 10
    assert len({one.row for one in found.slowest}) == 10
    assert len(score([], Spoken()).scores) == 0
