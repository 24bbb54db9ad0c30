from pathlib import Path

import msgspec

from detectors.evaluation import scam_posters
from detectors.evaluation.scam_posters import Judged, Report, markdown, texts

FOLDER = Path(scam_posters.__file__).parent


def test_texts_are_distinct_and_of_both_kinds() -> None:
    found = texts()
    assert len({one.id for one in found}) == len({one.lines for one in found}) == len(found)
    for is_tuned in (True, False):
        kinds = [one.is_scam for one in found if one.is_tuned == is_tuned]
        assert min(kinds.count(True), kinds.count(False)) >= 10


def test_the_page_is_that_of_the_figures() -> None:
    report = msgspec.json.decode((FOLDER / "posters_1.json").read_bytes(), type=Report)
    assert markdown(report) == (FOLDER / "posters_1.md").read_text(encoding="utf-8")
    assert {one.text for one in report.judged} <= set(texts())


def test_shares_are_counted() -> None:
    first, second, *_ = (one for one in texts() if one.is_scam and not one.is_tuned)
    judged = (Judged(first, 0.8, ()), Judged(second, 0.2, ("text.risk@4",)))
    page = markdown(Report(judged, 0.6, (), {"demo": 4}, ("demo: a",)))
    assert "| written after | 2; 1; 1; **2** | 0; 0; 0 |" in page
    assert "**1 of 4** flagged" in page
