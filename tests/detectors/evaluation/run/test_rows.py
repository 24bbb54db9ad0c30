from pathlib import Path

import pytest

from detectors.evaluation.run import rows
from detectors.evaluation.run.rows import RowsInvalid

GOOD = b'{"id": "a", "text": "gm", "labels": {"scam": 0}}\n'


def test_rows_are_read_with_what_they_leave_out(tmp_path: Path) -> None:
    source = tmp_path / "chat.jsonl"
    source.write_bytes(
        GOOD + b"\n" + b'{"id": 2, "text": "", "lang": "tr", "dataset": "x", "labels": {"any": 1}}'
    )
    first, second = rows.read([source])
    assert (first.id, first.lang, first.dataset, first.labels) == ("a", "?", "chat", {"scam": 0})
    assert (second.lang, second.dataset, second.labels) == ("tr", "x", {"any": 1})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{broken", "malformed"),
        (b"\xff\xfe", ""),
        (b"[1, 2]", "Expected `object`"),
        (b'{"id": 1, "labels": {}}', "missing required field `text`"),
        (b'{"id": 1, "text": "x"}', "missing required field `labels`"),
        (b'{"id": 1, "text": "x", "labels": {"scam": 2}}', "Invalid enum value 2"),
        (b'{"id": 1, "text": "x", "labels": {"scam": null}}', "Expected `int`"),
        (b'{"id": 1, "text": "x", "labels": {"evil": 1}}', "no label is called 'evil'"),
        (b'{"id": 1, "text": "x", "labels": {"ai_generated": 1}}', "no label is called"),
        (b'{"id": 1, "text": "\\ud800", "labels": {}}', ""),
        (b'{"id": 1, "text": "x", "lang": "*", "labels": {}}', "stands for all"),
        (b"[" * 100_000, ""),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, line: bytes, said: str) -> None:
    source = tmp_path / "chat.jsonl"
    source.write_bytes(GOOD + b"\n" + line + b"\n")
    with pytest.raises(RowsInvalid) as caught:
        rows.read([source])
    assert str(caught.value).startswith(f"{source}, line 3: ")
    assert said in str(caught.value)


def test_a_line_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_LINE_BYTES", 10)
    source = tmp_path / "chat.jsonl"
    source.write_bytes(GOOD)
    with pytest.raises(RowsInvalid, match="line 1: 49 bytes, the limit is 10"):
        rows.read([source])


def test_no_file_and_no_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RowsInvalid, match="No such file"):
        rows.read([tmp_path / "none.jsonl"])
    (tmp_path / "empty.jsonl").write_bytes(b"\n\n")
    with pytest.raises(RowsInvalid, match="no labelled texts"):
        rows.read([tmp_path / "empty.jsonl"])
