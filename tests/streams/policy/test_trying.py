"""Conditions are tried on made-up items and on a policy's examples, with all that these give."""

from pathlib import Path

import pytest

from schemas.labels import LABELS
from streams import policy
from streams.policy.checking import check
from tests.streams.policy.test_checking import HEAD, WHEN, a_rule

FAILING = "it cannot be evaluated on any item"


def checked(folder: Path, condition: str, given: str = "") -> list[str]:
    path = folder / "policy.toml"
    text = HEAD + a_rule(f"{WHEN}'''{condition}'''")
    if given:
        text += (
            f"[[tests]]\nexpect = {{ action = 'allow' }}\n[tests.given]\nsurface = 'ai'\n{given}\n"
        )
    path.write_text(text, encoding="utf-8")
    return [one.message for one in check(path) if one.level == "error"]


@pytest.mark.parametrize("label", LABELS)
def test_made_up_items_have_signals_of_all_labels(tmp_path: Path, label: str) -> None:
    found = checked(tmp_path, f"signals.filter(s, s.label == '{label}')[0].score > 0.5")
    assert not any(FAILING in one for one in found)


@pytest.mark.parametrize(
    ("condition", "given"),
    [
        (
            "signals.filter(s, s.detector == 'text.entities')[0].score > 0.5",
            "signals = [{ label = 'scam', score = 0.2, detector = 'text.entities' }]",
        ),
        ("signals.filter(s, s.score == 0.25)[0].part == 'text'", "scores = { scam = 0.25 }"),
        (
            "[1][int(score.scam * 100.0) - 62] > 0",
            "scores = { scam = 0.625 }",
        ),
        ("missing[2] == 'c'", "missing = ['a', 'b', 'c']"),
        ("pending[2] == 'c'", "pending = ['a', 'b', 'c']"),
        ("[1][now.getFullYear() - 1999] > actor.n_1m", "now = '1999-01-31T12:00:00Z'"),
        ("[1][int(actor.account_days) - 12345] > actor.n_1m", "actor = { account_days = 12345 }"),
        ("[1][actor.n_1m - 777] > 0", "actor = { n_1m = 777 }"),
    ],
)
def test_what_an_example_gives_is_tried(tmp_path: Path, condition: str, given: str) -> None:
    (found,) = checked(tmp_path, condition)
    assert FAILING in found
    assert checked(tmp_path, condition, given) == []
    policy.load(tmp_path / "policy.toml")


@pytest.mark.parametrize(
    "given",
    [
        "now = 'never'",
        "actor = { account_days = 'x', nothing = 1 }",
        f"actor = {{ n_1m = {'9' * 400}, account_days = {'9' * 400} }}",
    ],
)
def test_examples_that_are_wrong_are_told_by_themselves(tmp_path: Path, given: str) -> None:
    found = checked(tmp_path, "missing[2] == 'c'", given)
    assert sum(FAILING in one for one in found) == 1
    assert len(found) > 1
