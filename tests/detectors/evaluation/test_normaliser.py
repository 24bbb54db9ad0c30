import json
from pathlib import Path

import pytest

from detectors.evaluation import normaliser
from detectors.evaluation.normaliser import DAMAGES, HIDDEN, Row, recovery, repaired, touched

ZERO_WIDTH = "con\u200bfirm your wal\u200blet add\u200bress"
TEXTS = ["Please confirm your wallet address today", "The new version will be ready next week"]


def test_texts_with_a_reading_are_counted_by_language() -> None:
    given = [Row(TEXTS[0]), Row(ZERO_WIDTH), Row("今天天气很好", "zh")]
    assert touched(given) == {"en": (1, 2), "zh": (0, 1)}


def test_what_comes_back_is_at_least_what_was_seen() -> None:
    found = recovery("zero_width", TEXTS)
    assert (found.n, found.found, found.whole) == (2, 1.0, 1.0)
    assert found.seen < 0.5
    damaged = recovery("words_glued", TEXTS)
    assert (damaged.n, damaged.seen) == (2, 0.0)


def test_texts_that_have_no_such_form_do_not_count() -> None:
    assert recovery("morse", [*TEXTS, "今天天气很好"]).n == 2


def test_damage_to_words_is_measured_beside_the_obfuscations() -> None:
    assert {"letters_swapped", "words_broken", "other_script", "zero_width"} <= set(HIDDEN)


def test_sentences_with_one_damaged_word_are_counted_as_they_come_back() -> None:
    assert repaired(TEXTS, DAMAGES["first letter apart"]) == (2, 2, 2)
    assert repaired(["a b c"], DAMAGES["first letter apart"]) == (0, 0, 0)


def test_the_report_has_a_line_for_every_set_and_every_way_to_hide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normaliser, "_REPEATS", 1)
    monkeypatch.setattr(normaliser, "_TIMED", {"en": 40})
    monkeypatch.setattr(normaliser, "HIDDEN", {"zero_width": HIDDEN["zero_width"]})
    lines = "".join(json.dumps({"text": f"{one} {n}"}) + "\n" for n in range(60) for one in TEXTS)
    for name in normaliser.HARMLESS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.jsonl").write_text(lines, encoding="utf-8")
    shown = list(normaliser.report(tmp_path))
    for name in normaliser.HARMLESS:
        assert f"| {name} | 120 | 0.00 % | 1 of 1 | en 0.00 % |" in shown
    (hidden,) = (line for line in shown if line.startswith("| zero_width |"))
    assert hidden.startswith("| zero_width | 25 | ")
    assert "| 100.0 % | 100.0 % |" in hidden
    assert any(line.startswith("| split_messages | 25 | ") for line in shown)
    damaged = [line for line in shown if line.startswith(tuple(f"| {name} |" for name in DAMAGES))]
    assert len(damaged) == len(DAMAGES)
