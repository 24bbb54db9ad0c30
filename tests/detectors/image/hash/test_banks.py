from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.image.hash import bank as files
from detectors.image.hash import banks
from detectors.image.hash.bank import BankInvalid, Entry

ONE, TWO = bytes([1]) * 32, bytes([2]) * 32
HEAD = "#tidegate-bank 1\n#label scam\n#action remove\n"
notes = st.text(st.characters(codec="utf-8"), max_size=40).filter(str.isprintable).map(str.strip)
ids = st.from_regex(r"[a-z0-9.:-]{1,20}", fullmatch=True)


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), ids, notes), max_size=9))
def test_a_written_bank_reads_back(drawn: list[tuple[bytes, str, str]]) -> None:
    bank = files.new("known", "scam", "remove")
    bank.entries.update({one[1]: Entry(*one) for one in drawn})
    assert files.parse(files.written(bank).decode(), "known") == bank


def test_the_format_is_what_the_readme_shows() -> None:
    text = f"{HEAD}\n{ONE.hex()}\tcase-17\tfake airdrop\n{TWO.hex().upper()}\n"
    bank = files.parse(text, "known")
    assert (bank.label, bank.action) == ("scam", "remove")
    assert [*bank.entries.values()] == [
        Entry(ONE, "case-17", "fake airdrop"),
        Entry(TWO, TWO.hex()[:16]),
    ]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "begins with"),
        ("#label scam\n", "begins with"),
        (HEAD.replace("scam", "bad"), "no label"),
        (HEAD.replace("remove", "burn"), "no action"),
        (HEAD.replace("scam", "child_safety"), "escalates"),
        (f"{HEAD}zz\n", r"known\.bank, line 4: 'zz' is no hash"),
        (f"{HEAD}{ONE.hex()}\ta b\n", "line 4: 'a b' is no id"),
        (f"{HEAD}{ONE.hex()}\ta\t{'x' * 501}\n", "line 4: the note of a"),
        (f"{HEAD}{ONE.hex()}\ta\n{TWO.hex()}\ta\n", "two hashes have the id a"),
    ],
)
def test_what_is_wrong_is_said(text: str, cause: str) -> None:
    with pytest.raises(BankInvalid, match=cause):
        files.parse(text, "known")


def test_added_removed_and_listed(tmp_path: Path) -> None:
    entries = [Entry(ONE, "a"), Entry(TWO, "b")]
    assert banks.add(tmp_path, "known", entries, label="scam") == (2, 0)
    assert banks.add(tmp_path, "known", [Entry(TWO, "a", "other")]) == (0, 1)
    assert [one.action for one in banks.read_folder(tmp_path)] == ["hold"]
    assert banks.remove(tmp_path, "known", ["b"]) == 1
    assert banks.read_bank(tmp_path, "known").entries == {"a": Entry(TWO, "a", "other")}


def test_what_cannot_be_changes_nothing(tmp_path: Path) -> None:
    banks.add(tmp_path, "known", [Entry(ONE, "a")], label="scam")
    for change in (
        lambda: banks.add(tmp_path, "other", [Entry(ONE, "a")]),
        lambda: banks.add(tmp_path, "known", [Entry(ONE, "b")], label="spam"),
        lambda: banks.add(tmp_path, "../known", [Entry(ONE, "b")], label="spam"),
        lambda: banks.remove(tmp_path, "known", ["a", "none"]),
        lambda: banks.remove(tmp_path, "none", ["a"]),
        lambda: banks.add(tmp_path, "safe", [], label="child_safety", action="label"),
    ):
        with pytest.raises(BankInvalid):
            change()
    assert [one.entries for one in banks.read_folder(tmp_path)] == [{"a": Entry(ONE, "a")}]


def test_the_nearest_of_each_bank_is_the_match(tmp_path: Path) -> None:
    near = bytes([3]) + ONE[1:]
    banks.add(tmp_path, "a", [Entry(near, "near"), Entry(ONE, "same")], label="scam")
    banks.add(tmp_path, "b", [Entry(near, "near"), Entry(TWO, "far")], label="spam")
    found = banks.Banks(banks.read_folder(tmp_path)).match(ONE)
    assert [(one.bank.name, one.id, one.distance) for one in found] == [
        ("a", "same", 0),
        ("b", "near", 1),
    ]
    assert banks.Banks(banks.read_folder(tmp_path), threshold=0).match(near)[0].id == "near"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BankInvalid, match="no folder"):
        banks.read_folder(tmp_path / "none")
