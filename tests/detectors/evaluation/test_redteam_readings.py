"""The red team's comparison of readings attacks the same texts in the columns it compares."""

from detectors.canary import CANARY_TEXT, Canary
from detectors.evaluation import redteam_readings
from detectors.evaluation.redteam import report
from detectors.evaluation.redteam.catalogue import ATTACKS
from detectors.evaluation.redteam.judge import Judge
from detectors.evaluation.run.rows import LabelledText
from detectors.null import Null


def rows() -> list[LabelledText]:
    texts = (CANARY_TEXT, "good morning")
    return [
        LabelledText(id=str(n), text=text, lang="en", labels={"spam": 1}, dataset="made")
        for n, text in enumerate(texts)
    ]


def test_only_what_every_judge_flags_is_compared() -> None:
    canary, null = Judge(detectors=[Canary()]), Judge(detectors=[Null()])
    assert redteam_readings._flagged_by_all(rows(), [canary, null]) == []
    kept = redteam_readings._flagged_by_all(rows(), [canary, canary])
    assert [one.id for one in kept] == ["0"]


def test_the_page_has_a_column_for_each_way_of_reading() -> None:
    judge = Judge(detectors=[Canary()])
    attacks = [ATTACKS["zero_width"]]
    found = report.run(rows(), judge, attacks, report.Options(), lambda _share: None)
    page = redteam_readings.page({"one": found, "other": found})
    assert "| attack | readable | one | other |" in page
    assert "| zero_width |" in page
