from detectors.image.ocr.decoding import Reading
from detectors.image.ocr.words import Word, is_plain, joined, merged, runs, words


def test_words_end_at_spaces_and_gaps() -> None:
    reading = Reading("ab cd", (0.9, 0.7, 1.0, 1.0, 1.0), (0.1, 0.14, 0.2, 0.6, 0.64))
    found = words(reading, 10)
    assert [one.text for one in found] == ["ab", "cd"]
    assert found[0].sure == 0.8
    assert found[0].left < 0.1 < found[0].right < found[1].left


def test_the_latin_reader_is_believed_where_it_is_sure() -> None:
    script = [Word("по", 0.0, 0.2, 0.9), Word("гзк", 0.25, 0.5, 0.7)]
    own = [Word("risk", 0.26, 0.5, 0.97), Word("n", 0.0, 0.1, 0.99)]
    assert [one.text for one in merged(script, own)] == ["по", "risk"]


def test_a_doubted_word_gives_way() -> None:
    script = [Word("ا", 0.0, 1.0, 0.3)]
    own = [Word("wallet.example", 0.5, 0.9, 0.95)]
    assert [one.text for one in merged(script, own)] == ["wallet.example"]


def test_right_to_left_lines_keep_runs_of_the_other_direction() -> None:
    line = [Word(text, n / 4, n / 4 + 0.2, 1.0) for n, text in enumerate(["ب", "good", "day", "ا"])]
    assert joined(line, is_right_to_left=True).text == "ا good day ب"
    assert joined(line).text == "ب good day ا"


def test_runs_are_of_latin_words_close_together() -> None:
    known = [
        Word("Guar", 0.0, 0.1, 0.9),
        Word("profit", 0.12, 0.2, 0.8),
        Word("день", 0.3, 0.4, 0.9),
        Word("x2", 0.8, 0.85, 0.9),
    ]
    assert [one.text for one in runs(known, 10)] == ["Guar profit", "x2"]


def test_signs_alone_are_no_words() -> None:
    assert is_plain([Word("news.example", 0, 1, 0.95)])
    assert not is_plain([Word("....", 0, 1, 0.99)])
    assert not is_plain([Word("news", 0, 1, 0.5)])
    assert not is_plain([])
