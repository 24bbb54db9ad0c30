"""The text around a chunk: bounds, words, gaps, sentences."""

from hypothesis import given
from hypothesis import strategies as st

from streams.windows import MAX_AFTER, MAX_BEFORE, Piece, Window, around


def piece(number: int, text: str, lead: int = 0) -> Piece:
    return Piece(number, f"g#{number}", text, lead)


def read(before: list[str], own: str, after: list[str] | None = None) -> Window | None:
    """The window of a chunk; `before` and `after` are in reading order."""
    n = len(before)
    earlier = [piece(number, text) for number, text in enumerate(before)]
    later = [piece(n + 1 + number, text) for number, text in enumerate(after or [])]
    return around(reversed(earlier), piece(n, own), later)


def test_chunks_are_read_as_one_text() -> None:
    window = read(["send me ", "your se"], "ed phrase")
    assert window is not None
    assert window.joined[0].text == "send me your seed phrase"
    assert (window.item_ids, window.own) == (("g#0", "g#1", "g#2"), 2)
    spans = dict(window.joined[0].spans(8, 24))
    assert (spans[1].start, spans[1].end) == (0, 7)
    assert (spans[2].start, spans[2].end) == (0, 9)


def test_a_chunk_by_itself_has_no_window() -> None:
    assert read([], "all of it") is None


def test_no_more_than_so_much_is_read_before() -> None:
    window = read(["lorem ipsum " * 60], "end")
    assert window is not None
    before = window.joined[0].text[:-3]
    assert MAX_BEFORE - 12 < len(before) <= MAX_BEFORE
    assert before.startswith(("lorem ", "ipsum "))
    (span,) = [span for at, span in window.joined[0].spans(0, 5) if at == 0]
    assert span.start == 720 - len(before)


def test_what_stands_behind_is_read_whole_or_not() -> None:
    window = read(["a "], "b ", ["c ", "d" * MAX_AFTER])
    assert window is not None
    assert window.joined[0].text == "a b c "
    assert window.own == 1


def test_a_missing_chunk_leaves_a_space() -> None:
    window = around([piece(1, "send")], piece(3, "me"), [])
    assert window is not None
    assert window.joined[0].text == "send me"


def test_a_chunk_amid_a_sentence_is_read_from_its_beginning() -> None:
    window = read(["It is a fine day today. We will never ask you to "], "send us your words.")
    assert window is not None
    assert window.is_amid
    assert [one.text.strip() for one in window.joined] == [
        "It is a fine day today. We will never ask you to send us your words.",
        "We will never ask you to send us your words.",
    ]
    (first, span), (own, _) = window.joined[1].spans(0, len(window.joined[1].text))
    assert (first, own) == (0, 1)
    assert span.start in {23, 24}


def test_a_chunk_that_begins_a_sentence_is_not_amid() -> None:
    window = read(["It is a fine day today. "], "Send us your words at once.")
    assert window is not None
    assert not window.is_amid
    assert len(window.joined) == 1


texts = st.lists(st.text(alphabet="ab .!。\n", max_size=80), max_size=9)


@given(texts, st.text(alphabet="ab .!", min_size=1, max_size=80), texts)
def test_spans_lead_back_to_the_chunks(before: list[str], own: str, after: list[str]) -> None:
    window = read(before, own, after)
    if window is None:
        return
    given_ = {f"g#{n}": text for n, text in enumerate([*before, own, *after])}
    assert window.item_ids[window.own] == f"g#{len(before)}"
    for joined in window.joined:
        for at, span in joined.spans(0, len(joined.text)):
            text = given_[window.item_ids[at]]
            offset = joined.offsets[at - joined.first]
            found = joined.text[offset : offset + span.end - span.start]
            assert text[span.start : span.end] == found
