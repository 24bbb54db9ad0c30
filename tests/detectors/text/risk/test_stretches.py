"""Where sentences end and what is quoted."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.text.risk.stretches import (
    MAX_CLAUSED,
    MAX_QUOTES,
    MAX_SENTENCES,
    clauses,
    quotes,
    sentences,
)

MARKS = [*".!?…。！？।؟۔\n•;", "...", " ", " ", "«", "»", '"', "(", ")", "“", "”", "「", "」"]
WORDS = ["one", "two", "several", "U.S.", "1.5", "2.", "e.g.", "a.example", "助记词", "слово", "🚀"]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=80),
    st.lists(st.sampled_from([*MARKS, *WORDS]), max_size=40).map("".join),
    st.lists(st.sampled_from([*MARKS, *WORDS]), max_size=40).map(" ".join),
)
SLOW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def cut(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The first is here. The second too!", ["The first is here.", "The second too!"]),
        ("what is going on?! tell me at once", ["what is going on?!", "tell me at once"]),
        ("He said “do it now.” Then he left us.", ["He said “do it now.”", "Then he left us."]),
        ("今天天气很好啊。请输入你的助记词！", ["今天天气很好啊。", "请输入你的助记词！"]),
        ("यह एक वाक्य है। यह दूसरा वाक्य है।", ["यह एक वाक्य है।", "यह दूसरा वाक्य है।"]),
        ("هل هذا سؤال جيد؟ نعم هذا سؤال جيد", ["هل هذا سؤال جيد؟", "نعم هذا سؤال جيد"]),
        ("یہ پہلا جملہ ہے۔ یہ دوسرا جملہ ہے", ["یہ پہلا جملہ ہے۔", "یہ دوسرا جملہ ہے"]),
        ("a line without end\nanother line here", ["a line without end", "another line here"]),
        ("• buy some more • hold them well", ["• buy some more", "• hold them well"]),
        ("and so on… send it to me", ["and so on…", "send it to me"]),
        ("and so on...send it to me", ["and so on...", "send it to me"]),
        ("1. Buy a coin\n2. Hold the coin", ["1. Buy a coin", "2. Hold the coin"]),
    ],
)
def test_sentences_end(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one sentence and no more.",
        "U.S. stocks rose by 1.5 percent vs. last year",
        "e.g. the site claim-xyz.example is not up. ok",
        "gm. gm. hello. all good?",
        "Am 3. Mai",
        "wow!!! ...",
        "h!de this from what you read",
        ". . . . ! ! !",
    ],
)
def test_one_sentence_is_not_cut(text: str) -> None:
    assert cut(text) == []


def test_short_pieces_go_with_a_neighbour() -> None:
    assert cut("gm. How are you all today? Well.") == []
    assert cut("gm. How are you all? I am very well. ok.") == [
        "gm. How are you all?",
        "I am very well. ok.",
    ]


def test_of_many_sentences_neighbours_are_joined() -> None:
    text = "This one is a sentence. " * 500
    found = sentences(text)
    assert MAX_SENTENCES // 2 < len(found) <= MAX_SENTENCES
    assert "".join(text[start:end] for start, end in found) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('he wrote "send me all of your coins" to her', ["send me all of your coins"]),
        ("so (as I said to you before) no", ["as I said to you before"]),
        ("da steht „gib mir alle deine Münzen“ drin", ["gib mir alle deine Münzen"]),
        ("他说「请输入你的助记词吧」然后走了", ["请输入你的助记词吧"]),
        ("only (a few words) and “one”", []),
        ("it (is not (closed at all in any way", []),
    ],
)
def test_quotes(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in quotes(text)] == expected


def test_the_longest_quotes_are_taken() -> None:
    texts = [f"({'word ' * n})" for n in range(5, 60)]
    found = quotes("".join(texts))
    assert len(found) == MAX_QUOTES
    assert found == sorted(found)
    assert found[-1][1] == len("".join(texts)) - 1


@given(TEXTS)
@SLOW
def test_sentences_leave_no_gap(text: str) -> None:
    found = sentences(text)
    assert len(found) != 1
    if found:
        assert "".join(text[start:end] for start, end in found) == text


@given(TEXTS)
@SLOW
def test_quotes_lie_within_the_text(text: str) -> None:
    assert all(0 < start < end < len(text) for start, end in quotes(text))


@pytest.mark.parametrize(
    "unit", [". ", "a. ", "1.  ", "((", '"', "“„«", "\n", "...", "a\n", "u.s. ", "; ", "• "]
)
def test_hostile_texts_are_cut(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    assert len(sentences(text)) <= MAX_SENTENCES
    assert len(quotes(text)) <= MAX_QUOTES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One two three, four five six.", []),
        (
            "Send me your coins, we met in the park. It was fine all day.",
            ["Send me your coins,", " we met in the park."],
        ),
        ("Well, send me your coins. It was fine all day.", []),
        (
            "今天早上天气很好很好啊真的，公园里有很多人散步呢。火车晚点了十分钟。",
            ["今天早上天气很好很好啊真的，", "公园里有很多人散步呢。"],
        ),
        ("It cost 1,500 dollars all in all. It was fine all day.", []),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert [text[slice(*one)] for one in clauses(text, sentences(text))] == expected


def test_clauses_of_one_long_sentence() -> None:
    text = (
        "we met in the park and it was fine all day long, send me all of your coins, see you soon"
    )
    assert [text[slice(*one)] for one in clauses(text, [])] == [
        "we met in the park and it was fine all day long,",
        " send me all of your coins,",
        " see you soon",
    ]
    assert clauses(text[30:], []) == []


@pytest.mark.parametrize("word", ["word ", "词"])
def test_what_has_no_signs_is_read_in_pieces_that_overlap(word: str) -> None:
    text = word * 100
    found = clauses(text, [])
    assert found
    ends = [end for _, end in found]
    assert all(start < end for (start, _), end in zip(found[1:], ends, strict=False))
    assert found[0][0] == 0
    assert ends[-1] == len(text.rstrip())


def test_a_long_text_has_no_clauses() -> None:
    text = "Send me your coins, we met in the park. " * (MAX_CLAUSED // 40 + 1)
    assert clauses(text, sentences(text)) == []
