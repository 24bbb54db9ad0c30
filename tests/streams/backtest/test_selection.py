import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.labels import SURFACES
from streams.backtest.selection import (
    EPOCH,
    SelectionInvalid,
    condition,
    literal,
    milliseconds,
    select,
)


def test_dates_are_midnights_in_utc_and_offsets_count() -> None:
    found = select("2026-11-01", "2026-11-02T03:00:00+02:00")
    assert found.start == datetime(2026, 11, 1, tzinfo=UTC)
    assert found.end == datetime(2026, 11, 2, 1, tzinfo=UTC)
    assert found.surfaces == SURFACES


@pytest.mark.parametrize(
    ("given_", "cause"),
    [
        ({"start": "yesterday"}, "--from: 'yesterday' is no date"),
        ({"end": "2026-13-01"}, "--to: '2026-13-01' is no date"),
        ({"end": "2026-10-31"}, "is not before"),
        ({"end": "2026-11-01"}, "is not before"),
        ({"surfaces": ["lobby"]}, "--surface: 'lobby'"),
        ({"hashes": ["x" * 16]}, "--hash"),
        ({"where": "1); DROP TABLE verdicts"}, "without ';'"),
        ({"where": "1 -- all"}, "comments"),
        ({"where": "1 /* all"}, "comments"),
        ({"where": "1) OR (1"}, "parentheses"),
        ({"where": "(1"}, "parentheses"),
        ({"where": "x" * 10_001}, "characters"),
    ],
)
def test_what_cannot_be_selected(given_: dict[str, object], cause: str) -> None:
    wanted: dict[str, object] = {"start": "2026-11-01", "end": "2026-11-30"} | given_
    with pytest.raises(SelectionInvalid, match=re.escape(cause)):
        select(**wanted)  # type: ignore[arg-type] # fields of any type, by name


@pytest.mark.parametrize("where", ["item_id = ';--)('", "has(reasons.rule, `)`)", ""])
def test_signs_in_literals_are_no_signs(where: str) -> None:
    assert select("2026-11-01", "2026-11-30", where=where).where == where


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_periods_begin_and_end_between_milliseconds(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    ms = milliseconds(moment)
    assert EPOCH + timedelta(milliseconds=ms - 1) < moment <= EPOCH + timedelta(milliseconds=ms)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_literals_are_bytes_alone(text: str) -> None:
    inside = literal(text).removeprefix("unhex('").removesuffix("')")
    assert bytes.fromhex(inside).decode() == text


def test_a_condition_holds_all_that_was_asked() -> None:
    found = select("2026-11-01", "2026-11-02", hashes=["0" * 16], where="action = 'hold'")
    text = condition(found, is_numeric=True)
    assert text.startswith("decided_at >= 1793491200000 AND decided_at < 1793577600000 AND policy")
    assert text.endswith("(action = 'hold'\n)")
