import re
from collections import Counter
from pathlib import Path

import pytest

from detectors.evaluation.functional import suite
from detectors.evaluation.redteam import frames, lexicon, scripts, seeds, wording
from detectors.evaluation.redteam.catalogue import ATTACKS, SEARCH
from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS
from detectors.evaluation.run.rows import RowsInvalid
from tests.detectors.evaluation.redteam.samples import rng

LANGUAGES = suite.LANGUAGES
SEEDS = seeds.chosen([], limit=None, seed=0)
TRAINING = Path(seeds.__file__).parents[2] / "training"
CHANGES = [name for name in ATTACKS if name != SEARCH]
HOSTILE = ["", " ", "\n\t", "!", "a", "\U0010ffff", "{text}", "\\{text}", "a,,,b", "[" * 50]


def changed(name: str, text: str, lang: str, seed: int = 1) -> tuple[str, ...]:
    change = ATTACKS[name].change
    assert change is not None
    return change(text, lang, rng(seed))


def test_there_are_twenty_attacks_and_more_of_every_kind() -> None:
    assert len(ATTACKS) >= 60
    assert set(OBFUSCATIONS) < set(ATTACKS)
    kinds = Counter(one.kind for one in ATTACKS.values())
    assert set(kinds) == {
        "obfuscation", "wording", "paraphrase", "frame", "padding", "messages", "search"
    }  # fmt: skip
    assert all(one.summary.endswith(".") for one in ATTACKS.values())
    assert [name for name, one in ATTACKS.items() if one.change is None] == [SEARCH]


@pytest.mark.parametrize("name", CHANGES)
def test_an_attack_depends_on_nothing_but_its_seed(name: str) -> None:
    for row in SEEDS[::9]:
        assert changed(name, row.text, row.lang) == changed(name, row.text, row.lang)


@pytest.mark.parametrize("name", CHANGES)
def test_an_attack_has_a_form_for_some_text(name: str) -> None:
    assert any(changed(name, row.text, row.lang) != (row.text,) for row in SEEDS)


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in OBFUSCATIONS])
@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_hostile_texts_and_languages_do_not_stop_an_attack(name: str, text: str) -> None:
    for lang in ("en", "zh", "xx", "", "pt-BR", "../etc"):
        for message in changed(name, text, lang):
            assert isinstance(message, str)


@pytest.mark.parametrize("name", ["quoted_live", "fiction_live", "padded_long", "injected_before"])
def test_what_is_wrapped_stays_whole(name: str) -> None:
    for row in SEEDS:
        (text,) = changed(name, row.text, row.lang)
        assert row.text in text
        assert len(text) > len(row.text)


def test_long_padding_is_longer_than_a_window() -> None:
    assert len(frames.padded_long("x", "zh", rng())) > 3_000


def test_phrases_are_there_in_every_language_with_their_slot() -> None:
    assert set(frames.all_phrases()) == set(LANGUAGES)
    for given in frames.all_phrases().values():
        templates = (given.polite, given.aside, given.casual, given.quoted, given.fiction,
                     given.reported)  # fmt: skip
        assert all(one.count(frames.SLOT) == 1 for group in templates for one in group)
        assert not any(frames.SLOT in one for one in (*given.padding, *given.injected))
        assert len(set(given.padding)) >= 8


def test_the_lexicon_has_lower_case_words_in_every_language() -> None:
    held = lexicon.lexicon()
    for concept in held.concepts:
        assert set(concept.words) <= set(LANGUAGES)
        for words in concept.words.values():
            assert all(word == word.lower() for word in words)
    assert set(held.synonyms) == set(LANGUAGES)
    for groups in held.synonyms.values():
        assert all(len(set(group)) > 1 for group in groups)


def test_words_are_replaced_whole_and_keep_their_capital() -> None:
    text = "Send the sender your money"
    shown = wording.substituted(text, "en", rng())
    assert shown.split()[0] in {"Transfer", "Forward"}
    assert "the sender your" in shown
    assert wording.keyed_foreign("отправь деньги", "ru", rng()).split()[0] == "send"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wallet", "валлет"),
        ("지갑", "jigap"),
        ("деньги", "den'gi"),
        ("钱", "錢"),
        ("पैसे", "paise"),
        ("cat", "cat"),
    ],
)
def test_words_go_into_another_script_by_their_sound(text: str, shown: str) -> None:
    assert scripts.rewritten(text, rng(), share=1) == shown


def test_clauses_are_turned() -> None:
    assert frames.turned("Send it now, or else.", "en", rng()) == "or else, Send it now"
    assert frames.turned("现在转账，否则冻结。", "zh", rng()) == "否则冻结, 现在转账"
    assert frames.turned("One clause", "en", rng()) == "One clause"


def test_capitals_stand_after_a_sentence_in_ordinary_case() -> None:
    before, _, loud = frames.capitals_padded("Send it. Now", "en", rng()).rpartition(" SEND ")
    assert (before in frames.phrases("en").padding, loud) == (True, "IT. NOW")
    assert frames.capitals_padded("现在转账", "zh", rng()) == "现在转账"
    assert "GİT" in frames.capitals_padded("git", "tr", rng())


@pytest.mark.parametrize(
    ("lang", "text", "bare"),
    [
        ("en", 'Don\'t wait: "pay" 1.5 at http://a.example, now!', "Don't wait pay 1.5 at "
         "http://a.example now"),
        ("es", "¿Pagas? ¡Ya!", "Pagas Ya"),
        ("zh", "现在转账，否则冻结。", "现在转账 否则冻结"),
        ("hi", "अभी भेजो। नहीं तो?", "अभी भेजो नहीं तो"),
        ("ar", "أرسل الآن، وإلا؟", "أرسل الآن وإلا"),
    ],
)  # fmt: skip
def test_signs_are_gone_but_those_inside_words(lang: str, text: str, bare: str) -> None:
    shown = frames.padded_unpunctuated(text, lang, rng())
    assert f" {bare} " in shown
    assert not set('。，。؟।¿"') & set(shown)
    assert not any(one in shown for one in (". ", ", ", "? ", "! "))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_commas_make_one_sentence_of_all(lang: str) -> None:
    for row in (row for row in SEEDS if row.lang == lang):
        shown = frames.padded_commas(row.text, lang, rng())
        assert shown[-1] in ".。।"
        sentences = re.split(r"(?<=[.!?؟।])\s|[。！？](?=.)", shown)
        assert len(sentences) == 1, shown
        words = re.findall(r"[\w.]+", row.text.rstrip(".।!؟?"))
        assert all(word.strip(".") in shown for word in words)
        assert len(shown) > len(row.text) + 20


def test_the_seeds_hold_every_label_in_every_language() -> None:
    assert len(SEEDS) >= 200
    assert len({row.id for row in SEEDS}) == len({row.text for row in SEEDS}) == len(SEEDS)
    labels = {label for row in SEEDS for label in row.labels}
    pairs = {(label, row.lang) for row in SEEDS for label in row.labels}
    assert len(labels) == 15
    assert pairs == {(label, lang) for label in labels for lang in LANGUAGES}


def test_no_seed_stands_in_the_suite_or_in_training_text() -> None:
    cases = {" ".join(case.text.lower().split()) for case in suite.cases()}
    written = [
        path.read_text(encoding="utf-8").lower()
        for path in TRAINING.rglob("*")
        if path.suffix in {".toml", ".jsonl", ".json"}
    ]
    assert written
    for row in SEEDS:
        text = row.text.lower()
        assert " ".join(text.split()) not in cases
        assert not any(text in one for one in written)


def test_domains_of_the_seeds_are_reserved_ones() -> None:
    for row in SEEDS:
        assert "@" not in row.text
        if "http" in row.text:
            assert ".example" in row.text or ".invalid" in row.text


def test_drawing_is_repeatable_and_keeps_the_order() -> None:
    drawn = seeds.chosen([], limit=20, seed=5)
    assert drawn == seeds.chosen([], limit=20, seed=5)
    assert drawn != seeds.chosen([], limit=20, seed=6)
    places = [SEEDS.index(row) for row in drawn]
    assert places == sorted(places)
    assert len(drawn) == 20
    assert seeds.chosen([], limit=10_000, seed=1) == SEEDS


def test_a_file_without_violations_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1, "text": "gm", "labels": {"scam": 0}}\n', encoding="utf-8")
    with pytest.raises(RowsInvalid, match="no text in the input has a label"):
        seeds.chosen([path], limit=None, seed=1)
