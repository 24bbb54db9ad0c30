import json
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.training.text_risk import contrast
from detectors.training.text_risk.contrast import __main__ as command
from detectors.training.text_risk.contrast import checks, frames, generator
from detectors.training.text_risk.contrast.frames import LABELS, LANGUAGES, OTHER, Frame, Language
from detectors.training.text_risk.rows import ANY, TARGETS, Row

GROUP = "contrast:en:spam:00000000"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return contrast.read()


@pytest.fixture(scope="module")
def languages() -> list[Language]:
    return [frames.load(lang) for lang in LANGUAGES]


@pytest.fixture
def words(tmp_path: Path) -> Path:
    listed = ["blorptwit", "two words", "x", "snaggleworm9", "qu!b", "waytoolongforanyslot"]
    (tmp_path / "en.json").write_text(json.dumps(listed), "utf-8")
    return tmp_path


def made(text: str, *, letter: str = "v", group: str = GROUP, split: str = "train") -> Row:
    return Row(
        id=f"{group}:0:{letter}", text=text, lang="en", source="contrast", group=group,
        labels={"spam": 1}, split=split,
    )  # fmt: skip


def test_at_least_twenty_thousand_pairs_without_a_fault(
    rows: list[Row], languages: list[Language]
) -> None:
    assert len(rows) // 2 >= 20_000
    assert checks.faults(rows, languages) == []


def test_every_label_in_every_language_has_about_as_many_pairs(rows: list[Row]) -> None:
    cells = Counter(
        (row.lang, checks.label_of(row)) for row in rows if row.id.endswith(":v")
    )  # fmt: skip
    assert set(cells) == {(lang, label) for lang in LANGUAGES for label in LABELS}
    assert min(cells.values()) >= generator.PAIRS_PER_CELL + checks.FEWEST_FREE
    assert max(cells.values()) <= 2 * min(cells.values())


def test_twins_follow_their_violators_and_differ(rows: list[Row]) -> None:
    for violating, twin in zip(rows[::2], rows[1::2], strict=True):
        assert violating.id.removesuffix(":v") == twin.id.removesuffix(":t")
        assert (violating.group, violating.split) == (twin.group, twin.split)
        assert generator.distinct_form(violating.text) != generator.distinct_form(twin.text)


def test_texts_are_distinct_but_for_case_and_signs(rows: list[Row]) -> None:
    assert len({generator.distinct_form(row.text) for row in rows}) == len(rows)


def test_a_violating_row_says_what_it_violates_and_no_more(rows: list[Row]) -> None:
    for row in rows[::2]:
        assert row.labels == {checks.label_of(row): 1, ANY: 1}


def test_a_harmless_twin_is_clean_of_everything(rows: list[Row], languages: list[Language]) -> None:
    kinds = {frame.group: frame.kind for one in languages for frame in one.frames}
    for row in rows[1::2]:
        label = checks.label_of(row)
        if kinds[row.group] == OTHER:
            assert row.labels == {label: 0}
        else:
            assert row.is_benign
            assert row.labels == dict.fromkeys((*TARGETS, label), 0)


def test_the_rows_are_the_same_every_time(rows: list[Row]) -> None:
    assert contrast.read() == rows


def test_a_seed_changes_fillers_but_no_split(rows: list[Row]) -> None:
    other = contrast.read(seed=1)
    assert {row.text for row in other} != {row.text for row in rows}
    splits = {row.group: row.split for row in rows}
    assert all(splits[row.group] == row.split for row in other if row.group in splits)


def test_every_split_holds_every_label(rows: list[Row]) -> None:
    found = {(row.split, checks.label_of(row)) for row in rows}
    assert found == {(s, label) for s in ("train", "calibration", "test") for label in LABELS}


def test_lengths_run_from_three_words_to_more_than_forty(rows: list[Row]) -> None:
    lengths = [len(row.text.split()) for row in rows if row.lang == "en"]
    assert min(lengths) <= 5
    assert max(lengths) > 40


def test_a_word_list_fills_its_frames_and_only_in_its_language(words: Path) -> None:
    found = [row for row in contrast.read(words) if "blorptwit" in row.text.lower()]
    assert found
    assert {row.lang for row in found} == {"en"}
    assert not any("{" in row.text for row in found)


def test_without_a_word_list_no_frame_needs_one(rows: list[Row], languages: list[Language]) -> None:
    needy = {frame.group for one in languages for frame in one.frames if frame.needs_words}
    assert needy
    assert needy.isdisjoint(row.group for row in rows)


def test_only_single_words_of_letters_fill_a_slot(words: Path) -> None:
    assert generator.word_list(words, "en") == ("blorptwit",)
    assert generator.word_list(words, "ko") == ()
    assert generator.word_list(None, "en") == ()


def test_an_unknown_label_kind_or_slot_is_refused() -> None:
    slots: dict[str, tuple[str, ...]] = {"name": ("Ann",)}
    good = Frame("spam", "en", "buy {name}", "question", "who is {name}?")
    frames._check(good, slots)
    for changed in ({"label": "loud"}, {"kind": "sideways"}, {"twin": "{nobody}"}):
        with pytest.raises(ValueError, match="bad frame"):
            frames._check(msgspec.structs.replace(good, **changed), slots)


def test_a_frame_keeps_its_group_whatever_its_twin() -> None:
    one = Frame("spam", "en", "buy", "question", "why?")
    assert one.group == msgspec.structs.replace(one, twin="when?").group
    assert one.group != msgspec.structs.replace(one, violating="buy now").group


def test_forms_of_one_word_stay_together_and_numbered_slots_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slots: dict[str, tuple[str, ...]] = {
        "city": ("Rome", "Oslo"),
        "city_in": ("in Rome", "in Oslo"),
    }
    made_up = Frame("spam", "en", "{city} {city_in} {city2}", "question", "{city_in}")
    one = Language("en", slots, ("Hi.",), ("Bye.",), (made_up,))
    monkeypatch.setattr(generator, "_OPENER_SHARE", 0.0)
    monkeypatch.setattr(generator, "_CLOSER_SHARE", 0.0)
    random = np.random.default_rng(0)
    texts = {generator._filled(made_up, one, slots, random)[0].lower() for _ in range(20)}
    assert texts == {"rome in rome oslo", "oslo in oslo rome"}


def test_turkish_letters_are_lowered_as_turkish() -> None:
    assert generator._lowered("IŞIK İZMİR", "tr") == "ışık izmir"
    assert generator._lowered("I", "en") == "i"


def test_faults_are_named(languages: list[Language]) -> None:
    bad = [
        made("same text"), made("Same text!", letter="t"), made("{name} left", split="test")
    ]  # fmt: skip
    found = checks.faults(bad, languages)
    for part in ("not distinct: sametext", "on both splits", "leftover slot", "wanted 20000"):
        assert any(part in fault for fault in found)


def test_a_thin_language_is_a_fault(languages: list[Language]) -> None:
    thin = msgspec.structs.replace(languages[0], frames=languages[0].frames[:1])
    found = checks.faults([], [thin, *languages[1:]])
    assert "0 frames of spam in en, wanted 12" in found
    assert "0 free-written pairs of spam in en, wanted 60" in found


def test_words_of_a_list_are_found_as_whole_words(
    languages: list[Language], tmp_path: Path
) -> None:
    (tmp_path / "en.json").write_text(json.dumps(["airdrop", "irdro", "sexual"]), "utf-8")
    found = checks.listed_words(languages, tmp_path)
    assert found
    assert all("'airdrop'" in fault for fault in found)


def test_the_command_prints_counts_and_says_whether_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["contrast"])
    assert command.main() == 0
    printed = capsys.readouterr().out
    assert printed.endswith("0 faults\n")
    assert all(label in printed for label in LABELS)
    (tmp_path / "en.json").write_text(json.dumps(["airdrop"]), "utf-8")
    monkeypatch.setattr("sys.argv", ["contrast", "--words", str(tmp_path)])
    assert command.main() == 1
    assert "FAULT en: 'airdrop'" in capsys.readouterr().out
