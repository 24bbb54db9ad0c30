"""The functional suite holds what it promises, and shares no text with training."""

import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
import pytest

from detectors.evaluation.functional import suite
from detectors.evaluation.functional.suite import LANGUAGES, SuiteInvalid, alternatives
from detectors.evaluation.redteam.seeds import chosen

TRAINING = Path(suite.__file__).parents[2] / "training" / "text_risk"
SCRIPTS = {"ru": "CYRILLIC", "ar": "ARABIC", "hi": "DEVANAGARI", "ko": "HANGUL", "zh": "CJK"}
MIXED = {"mixed-language-scam", "hidden-characters", "spelling-phishing", "spelling-insult"}
MIXED |= {"playful-spelling"}
PIECES = {"zh": 4, "ko": 5}
"""Characters of the pieces that texts are compared by; 8 in other languages."""
CASES = suite.cases()


def test_the_suite_is_as_large_as_it_promises() -> None:
    by_language = Counter(case.lang for case in CASES)
    assert set(by_language) == set(LANGUAGES)
    assert len(CASES) >= 1_500
    assert min(by_language.values()) >= 110
    assert max(by_language.values()) <= 1.1 * min(by_language.values())


def test_every_behaviour_is_there_in_twelve_languages() -> None:
    found = Counter(behaviour for behaviour, _ in {(case.behaviour, case.lang) for case in CASES})
    assert {one.id for one in suite.behaviours()} == set(found)
    assert len(found) >= 30
    assert set(found.values()) == {12}


def test_ids_and_texts_are_unique_and_the_same_every_time() -> None:
    assert len({case.id for case in CASES}) == len({case.text for case in CASES}) == len(CASES)
    assert suite.cases() == CASES


def test_no_alternative_is_left_and_nothing_is_named() -> None:
    for case in CASES:
        assert not set("{|}") & set(case.text), case.id
        assert re.search(r"(^|\s)@\w", case.text) is None, case.id
        assert case.text == case.text.strip(), case.id


@pytest.mark.parametrize("lang", SCRIPTS)
def test_a_language_is_written_in_its_script(lang: str) -> None:
    for case in CASES:
        if case.lang == lang and case.behaviour not in MIXED:
            letters = [unicodedata.name(one, "") for one in case.text if one.isalpha()]
            own = sum(name.startswith(SCRIPTS[lang]) for name in letters)
            assert own > len(letters) / 3, case.id


def test_behaviours_accept_only_more_than_their_own_label() -> None:
    for one in suite.behaviours():
        assert one.label not in one.accepts, one.id
        assert one.expect == "flag" or not one.accepts, one.id


def pieces(text: str, n: int) -> set[str]:
    plain = re.sub(r"\W+", " ", text.casefold()).strip()
    return {plain[at : at + n] for at in range(len(plain) - n + 1)}


def test_no_case_and_no_seed_of_the_red_team_is_near_a_text_of_the_training() -> None:
    files = [path for path in TRAINING.rglob("*") if path.suffix in {".toml", ".json", ".jsonl"}]
    trained = {
        text
        for path in files
        for text in re.findall(r'"([^"\n]{8,})"', path.read_text(encoding="utf-8"))
    }
    assert trained
    kept = [(case.id, case.text, case.lang) for case in CASES]
    kept += [(str(row.id), row.text, row.lang) for row in chosen([], limit=None, seed=0)]
    own = {name: pieces(text, PIECES.get(lang, 8)) for name, text, lang in kept}
    wanted = set().union(*own.values())
    holders = defaultdict(list)
    for text in trained:
        for piece in set().union(*(pieces(text, n) for n in (4, 5, 8))) & wanted:
            holders[piece].append(text)
    for name, found in own.items():
        shared = Counter(text for piece in found for text in holders[piece])
        assert not shared or max(shared.values()) < 0.75 * len(found), name


def test_alternatives_are_written_out_in_order() -> None:
    assert alternatives("a {b|c} {d|e}") == ["a b d", "a b e", "a c d", "a c e"]
    assert alternatives("{x} stays") == ["{x} stays"]
    assert alternatives("maybe{| not}") == ["maybe", "maybe not"]


def write(folder: Path, cases: str) -> Path:
    (folder / "cases").mkdir()
    (folder / "behaviours.toml").write_text(
        '[[behaviours]]\nid = "lure"\nname = "lure"\nexpect = "flag"\nlabel = "scam"\n'
    )
    (folder / "cases" / "en.toml").write_text(cases)
    return folder


def test_a_small_suite_is_read(tmp_path: Path) -> None:
    (only,) = suite.cases(write(tmp_path, '[flag]\nlure = ["send me"]\n[pass]\n'))
    assert (only.id, only.label, only.expect) == ("lure/en/1", "scam", "flag")


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ('[flag]\n[pass]\nlure = ["send me"]\n', "no behaviour to pass is called lure"),
        ('[flag]\nlur = ["send me"]\n[pass]\n', "no behaviour to flag is called lur"),
        ('[flag]\nlure = ["send me", "send me"]\n[pass]\n', "repeats lure/en/1"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, cases: str, said: str) -> None:
    with pytest.raises(SuiteInvalid, match=said):
        suite.cases(write(tmp_path, cases))


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError):
        suite.cases(write(tmp_path, '[flag]\nlure = "send me"\n[pass]\n'))
