import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.card import ModelCard
from detectors.detector import Partial, Undecodable, signals_of
from detectors.evaluation.entities import HOSTILE
from detectors.text.entities.detector import LABELS, MAX_SIGNALS, MODEL_ID, Entities
from detectors.text.entities.lexicon import Clauses, Finder, lowered, read_terms, shipped_terms
from schemas.content import TextPart

TEXTS = (
    "gm",
    "",
    " \t\n",
    "Send me your seed phrase",
    "请把助记词发给我",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed giveaway, double back, send now",
    "صباح الخير " * 30,
    "🚀" * 500,
    "\x00\x01 control \x7f\ufffd\ufeff",
    "İSTANBUL İ CÜZDAN, kurtarma ifadenizi girin",
    "jane@mail.example +44 20 7946 0958",
)


@pytest.fixture(scope="module")
def entities() -> Entities:
    return Entities()


def parts() -> list[TextPart]:
    return [TextPart(name=f"text{n}", text=text) for n, text in enumerate(TEXTS)]


def test_a_batch_answers_as_one_by_one(entities: Entities) -> None:
    assert entities.predict(parts()) == [entities.predict([part])[0] for part in parts()]


def test_empty_in_empty_out(entities: Entities) -> None:
    assert entities.predict([]) == []


def test_ordinary_chat_gives_no_signal(entities: Entities) -> None:
    texts = ("gm everyone, lovely morning", "support held at 64200 again", "今天天气很好", "ok")
    assert entities.predict([TextPart(name="text", text=text) for text in texts]) == [()] * 4


def test_signals_are_well_formed(entities: Entities) -> None:
    for part, answer in zip(parts(), entities.predict(parts()), strict=True):
        assert not isinstance(answer, Undecodable)
        for signal in signals_of(answer):
            assert signal.label in LABELS
            assert 0.0 <= signal.score <= 1.0
            assert (signal.detector, signal.part) == (MODEL_ID, part.name)
            assert signal.span is not None
            assert 0 <= signal.span.start < signal.span.end <= len(part.text)
            assert signal.evidence is not None
            assert {"kind", "why"} <= signal.evidence.keys()


def test_the_highest_score_comes_first(entities: Entities) -> None:
    text = "I am from Kraken support, send me your seed phrase on telegram @abcde"
    scores = [signal.score for signal in signals_of(entities.predict([part_of(text)])[0])]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) > 2


def part_of(text: str) -> TextPart:
    return TextPart(name="text", text=text)


def test_the_card_may_be_another_s() -> None:
    card = ModelCard(id="text.entities@9")
    (signal,) = signals_of(Entities(card=card).predict([part_of("send me your seed phrase")])[0])
    assert signal.detector == "text.entities@9"


def test_too_many_signals_make_a_partial_answer(entities: Entities) -> None:
    answer = entities.predict([part_of("$AB seed phrase a@b.example. " * 200)])[0]
    assert isinstance(answer, Partial)
    assert len(answer.signals) == MAX_SIGNALS + 1


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_answered(entities: Entities, unit: str) -> None:
    answer = entities.predict([part_of((unit * 5_000)[:5_000])])[0]
    assert len(signals_of(answer)) <= MAX_SIGNALS + 1


@given(st.text(max_size=300))
def test_any_text_is_answered(entities: Entities, text: str) -> None:
    assert not isinstance(entities.predict([part_of(text)])[0], Undecodable)


@given(st.text(max_size=200))
def test_lower_case_keeps_every_place(text: str) -> None:
    assert len(lowered(text)) == len(text)


def test_terms_match_whole_words() -> None:
    finder = Finder([("a", "pay"), ("b", "fund*"), ("c", "刷单"), ("d", "دعم")])
    for text, cues in {
        "pay me": ["a"],
        "payment": [],
        "repay": [],
        "funds": ["b"],
        "refund": [],
        "请刷单吧": ["c"],
        "ودعم": ["d"],
        "مدعم": [],
    }.items():
        assert [hit.cue for hit in finder.hits(text)] == cues, text


def test_a_longer_term_hides_the_ones_within() -> None:
    finder = Finder([("never", "don't"), ("hedge", "don't worry"), ("x", "worry")])
    assert [hit.cue for hit in finder.hits("don't worry")] == ["hedge"]
    assert [hit.cue for hit in finder.hits("don't")] == ["never"]


def test_clauses_end_at_stops_but_not_in_names() -> None:
    text = "go to a.example now. then stop\nend"
    clauses = Clauses(text)
    start, end = clauses.around(0, 2)
    assert text[start:end] == "go to a.example now"
    start, end = clauses.around(text.index("end"), len(text))
    assert text[start:end] == "end"


def test_the_word_list_is_sound() -> None:
    terms = shipped_terms()
    assert len(terms) > 3000
    for cue, term in terms:
        assert term == term.strip(), term
        assert len(term.strip("*")) > 0, cue
    assert read_terms.__doc__
