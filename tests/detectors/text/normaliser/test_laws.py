"""What holds of every string."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.text.normaliser import leet
from detectors.text.normaliser.mapped import Mapped, Variant
from detectors.text.normaliser.normaliser import STEPS, variants
from schemas.signals import Span

_PIECES = [
    *("send", "wallet", "y0ur", "s e n d", "s.e.e.d", "<b>", "</b>", "&#115;", "&amp;amp;lt;"),
    *("%73%65", "%2573", "\\u0073\\u0065", "c2VuZCBtb25leSBub3c=", "73656e64206d6f6e6579"),
    *(
        "\u202e",
        "\u202c",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\ud800",
        "\U000e0073",
        "e\u0301\u0302\u0303",
    ),
    *(
        "𝓼𝓮𝓮𝓭",
        "🇸🇪🇳🇩",
        "ｓｅｅｄ",
        "sееd",
        "ѕeed",
        "seeeeed",
        "pǝǝs",
        "privet",
        "kupi",
        "mujhe",
        "paise",
    ),
    *("3ayez", "0x52908400098527886E0F7030069857D2E4169EE7", "زعتر", "می‌خواهم", "क्षमा", "ห้อง"),
    *("加*微*信", "텔 레 그 램", "SeNd", "$33d", "|<ey", "01110011 01100101 01101110 01100100"),
    *("... . -. -..", " ", "\n", ".", "!", "ı", "İ", "ß", "ŉ", "ﬃ", "⒈", "Å"),
]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(st.characters(codec="ascii"), max_size=60),
    st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    st.lists(st.sampled_from(_PIECES), max_size=8).map(" ".join),
)
_SLOW = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_origins(text: str, variant: Variant) -> None:
    n = len(variant.text)
    assert len(variant.origins.starts) == len(variant.origins.ends) == n
    assert variant.origins.text == variant.text
    for start, end in zip(variant.origins.starts, variant.origins.ends, strict=True):
        assert 0 <= start < end <= len(text)
    assert all(a <= b for a, b in pairwise(variant.origins.starts))
    assert all(a <= b for a, b in pairwise(variant.origins.ends))
    whole = variant.span(0, n)
    assert 0 <= whole.start <= whole.end <= len(text)


@given(TEXTS)
@_SLOW
def test_any_string_is_read_and_mapped(text: str) -> None:
    for variant in variants(text):
        assert variant.text not in ("", text)
        assert variant.steps
        check_origins(text, variant)


@given(TEXTS)
@_SLOW
def test_what_was_undone_stays_undone(text: str) -> None:
    once = variants(text)
    if once and not _is_hidden(once[0]):
        again = [one for one in variants(once[0].text) if not _is_hidden(one)]
        assert again == []


def _is_hidden(variant: Variant) -> bool:
    """Whether a variant is a payload's or a cipher's: another reading, not the text undone."""
    return variant.steps[0] not in {name for name, _ in STEPS}


@given(TEXTS)
@_SLOW
def test_readings_do_not_depend_on_what_was_read_before(text: str) -> None:
    assert variants(text) == variants(text)


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "a ", "a.", "a1", "Aa", "aB", "a'", "é", "\n", "'", "1 ", "e e", ".-", "... "),
        *(
            "\u200b",
            "a\u200b",
            "a\u0301",
            "\u0301",
            "ب\u200c",
            "हि\u200d",
            "\u202e",
            "\ufe00",
            "\ud800",
        ),
        *(
            "<b>",
            "<",
            "&",
            "&amp;",
            "%73",
            "\\u0073",
            "[a](b)",
            "://%73",
            "\U000e0073",
            "c2Vu",
            "73 ",
        ),
        *("01100001 ", "🇸", "𝓼", "aа", "ﷺ", "加*", "|<", "텔 ", "privet ", "s3nd ", "aa"),
    ],
)
def test_a_long_text_is_read_to_its_bounds(unit: str) -> None:
    """A cost that grew with the square of the length would keep this from ending."""
    text = unit * (100_000 // len(unit))
    for variant in variants(text):
        check_origins(text, variant)


def test_a_megabyte_is_read_at_its_ends() -> None:
    assert variants("wallet " * 150_000) == ()
    text = "wal\u200blet " * 120_000
    (variant,) = variants(text)
    assert variant.text.startswith("wallet " * 1000)
    assert variant.text.endswith("wallet " * 1000)
    assert variant.span(0, 6) == Span(0, 7)
    n = len(variant.text)
    assert variant.span(n - 7, n) == Span(len(text) - 8, len(text))


def test_a_span_outside_the_text_is_refused() -> None:
    (variant,) = variants("s\u200bend")
    with pytest.raises(ValueError, match="not inside"):
        variant.span(0, 5)
    with pytest.raises(ValueError, match="not inside"):
        variant.span(3, 2)


def test_an_empty_span_is_an_empty_place() -> None:
    (variant,) = variants("s\u200bend")
    assert variant.span(1, 1) == variant.span(1, 1)
    assert variant.span(1, 1).start == variant.span(1, 1).end == 2
    assert variant.span(4, 4).start == 5


def test_no_word_is_read_twice() -> None:
    text = (
        "Обн@руж€на про6лема $ кошельком, подтв€рдите 12 слов в0с$тан0вл€ния п0 ссылк€ "
        "proverka.inva|1d"
    )
    found = leet.fold(Mapped.of(text))
    assert len(found.text) == len(found.starts) == len(found.ends)
