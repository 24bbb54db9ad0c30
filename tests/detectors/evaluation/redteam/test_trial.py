import numpy as np
import pytest

from detectors.evaluation.redteam.catalogue import ATTACKS, SEARCH
from detectors.evaluation.redteam.judge import Judge, Sent
from detectors.evaluation.redteam.search import Asking, Found, search
from detectors.evaluation.redteam.trial import attacked, targets
from detectors.evaluation.run.rows import COLUMNS
from tests.detectors.evaluation.redteam.samples import WORD, Knows, rng, row, rows

SCAM, ANY = COLUMNS.index("scam"), COLUMNS.index("any")


def judge(detector: Knows | None = None, **given: bool) -> Judge:
    return Judge(detectors=[detector or Knows()], is_joining=given.get("is_joining", False))


def test_a_margin_is_score_less_threshold() -> None:
    sent = [Sent((f"buy {WORD}",), "en"), Sent(("buy moon",), "en"), Sent(("\x00",), "en")]
    found = judge().margins(sent)
    assert found[:, SCAM] == pytest.approx([0.3, -0.2, -1.0])
    assert found[:, ANY] == pytest.approx([0.3, -0.2, -1.0])
    assert (found[:, COLUMNS.index("hate")] == -1).all()


def test_limits_stand_above_the_card() -> None:
    strict = Judge(detectors=[Knows()], limits={"scam": 0.2})
    assert strict.margins([Sent(("moon",), "en")])[0, SCAM] == pytest.approx(0.3)


def test_nothing_sent_has_no_margins() -> None:
    assert judge().margins([]).shape == (0, len(COLUMNS))


def test_equal_texts_are_asked_once() -> None:
    detector = Knows()
    found = judge(detector).margins([Sent(("moon",), "en")] * 5)
    assert detector.n_texts == 1
    assert len(np.unique(found[:, SCAM])) == 1


def test_the_worst_message_counts_and_joining_sees_through_splitting() -> None:
    whole, split = Sent(("hi", WORD), "en"), Sent(tuple(WORD), "en")
    assert judge().margins([whole])[0, SCAM] > 0
    assert judge().margins([split])[0, SCAM] < 0
    assert judge(is_joining=True).margins([split])[0, SCAM] > 0
    assert Judge(detectors=[Knows()]).is_joining


def test_what_follows_does_not_hide_what_was_joined_before() -> None:
    late = Sent((*WORD, "and then a whole text by itself, longer than any piece"), "en")
    assert judge(is_joining=True).margins([late])[0, SCAM] > 0


def test_only_what_is_flagged_is_attacked() -> None:
    found = targets([*rows(), row(99, WORD, label="hate")], judge())
    assert [target.row.id for target in found] == list(range(8))
    assert found[0].flagged == ("scam",)


def test_attacks_that_change_nothing_are_left_out() -> None:
    given = targets(rows(), judge())
    assert attacked(ATTACKS["latin_homoglyphs"], given, judge(), seed=1, budget=10) == []


@pytest.mark.parametrize(("name", "is_hidden"), [("hex_payload", True), ("padded_long", False)])
def test_an_attack_succeeds_where_no_label_is_flagged(name: str, is_hidden: bool) -> None:
    given = targets(rows(), judge())
    found = attacked(ATTACKS[name], given, judge(), seed=1, budget=10)
    assert [one.is_success for one in found] == [is_hidden] * 8
    assert {one.n_queries for one in found} == {1}


def test_the_search_finds_the_word_within_its_budget() -> None:
    given = targets(rows(), judge())
    found = attacked(ATTACKS[SEARCH], given, judge(), seed=1, budget=30)
    assert len(found) == 8
    for one in found:
        assert one.is_success
        assert one.n_queries <= 30
        (text,) = one.sent
        assert text.startswith("Buy ")
        assert WORD not in text


def test_the_search_in_step_finds_what_it_finds_alone() -> None:
    given = targets(rows(), judge())
    together = attacked(ATTACKS[SEARCH], given, judge(), seed=1, budget=30)
    alone = [attacked(ATTACKS[SEARCH], [one], judge(), seed=1, budget=30)[0] for one in given]
    assert [one.sent for one in together] == [one.sent for one in alone]


def drained(asking: Asking) -> tuple[int, Found]:
    """Answers every question alike, and counts them."""
    n_asked = 0
    try:
        asked = next(asking)
        while True:
            n_asked += len(asked)
            asked = asking.send([1.0] * len(asked))
    except StopIteration as stop:
        return n_asked, stop.value


@pytest.mark.parametrize("text", ["", "   ", "one", "两个字", "a " * 400, "长" * 300])
def test_the_search_keeps_to_its_budget_on_any_text(text: str) -> None:
    n_asked, found = drained(search(text, "en", rng(), 20))
    assert found.n_queries == n_asked <= 20
