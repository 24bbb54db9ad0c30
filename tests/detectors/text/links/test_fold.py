import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.links.fold import fold, skeleton


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Example.TEST", "example.test"),
        ("ｅｘａｍｐｌｅ．ｔｅｓｔ", "example.test"),
        ("ex\u200bam\u00adple.te\ufe0fst", "example.test"),
        ("𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝚝𝚎𝚜𝚝", "example.test"),
        ("🇪🇽.test", "ex.test"),
        ("ex&#46;test &#x2E; &period;", "ex.test . ."),
        ("%65xample%2Etest", "example.test"),
        ("go e x a m p l e . t e s t now", "go example.test now"),
        ("a b c", "a b c"),
        ("例え。テスト", "例え。テスト"),
        ("example。test", "example.test"),
    ],
)
def test_a_text_is_folded_as_a_reader_sees_it(written: str, plain: str) -> None:
    assert fold(written).text == plain


def test_spans_lead_back_to_the_original() -> None:
    written = "see ｅ\u200bx&#46;test now"
    folded = fold(written)
    start = folded.text.index("ex.test")
    first, last = folded.span(start, start + len("ex.test"))
    assert written[first:last] == "ｅ\u200bx&#46;test"


@given(st.text(max_size=80))
def test_every_folded_character_has_its_place(written: str) -> None:
    folded = fold(written)
    if folded.source is None:
        assert len(folded.text) == len(written)
        return
    assert len(folded.source) == len(folded.text) + 1
    assert list(folded.source) == sorted(folded.source)
    assert folded.source[-1] == len(written)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("bіnance", "binance"), ("cóllab", "collab"), ("5ıre", "5ire"), ("plain", "plain")],
)
def test_a_skeleton_is_what_a_name_looks_like(name: str, plain: str) -> None:
    assert skeleton(name) == plain
