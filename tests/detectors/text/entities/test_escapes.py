from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.detector import signals_of
from detectors.text.entities.detector import Entities
from detectors.text.entities.escapes import unescaped
from detectors.text.entities.redaction import redacted
from schemas.content import TextPart


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("plain", "plain"),
        ("john%40mail.example", "john@mail.example"),
        ("john%2540mail.example", "john@mail.example"),
        ("%252540", "@"),
        ("%d0%BAafe%CC%81 %F0%9F%8C%8A", "\u043aafe\u0301 \U0001f30a"),
        ("a%0Ab%09c", "a\nb\tc"),
        ("50%de descuento", "50%de descuento"),
        ("%ff%41%c3", "%ffA%c3"),
        ("%00 %1b %7f %e2%80%8b", "%00 %1b %7f %e2%80%8b"),
        ("100% sure, 5%, %4, %g1", "100% sure, 5%, %4, %g1"),
    ],
)
def test_escapes_are_resolved(text: str, plain: str) -> None:
    assert unescaped(text)[0] == plain


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_every_character_knows_its_place(value: str, before: str, after: str) -> None:
    escaped = quote(value.encode("utf-8", "replace").decode())
    for text in (before + escaped + after, value, f"{before}%{after}"):
        plain, places = unescaped(text)
        assert len(places) == len(plain) + 1
        assert (places[0], places[-1]) == (0, len(text))
        assert sorted(set(places)) == list(places)
        for at, character in enumerate(plain):
            own = text[places[at] : places[at + 1]]
            assert own == character or unescaped(own)[0] == character


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "http://a.test/?mail=john.doe%40mail.example&tel=%2B12125550187&x=1",
            "http://a.test/?mail=[email]&tel=[phone]&x=1",
        ),
        ("see %E2%98%83 j%6Fhn.doe%2540mail.example!", "see %E2%98%83 [email]!"),
        ("q=card%204242%204242%204242%204242%20and%20so", "q=card%20[card]%20and%20so"),
    ],
)
def test_what_is_private_is_found_escaped_and_replaced_in_its_place(text: str, wanted: str) -> None:
    (answer,) = Entities().predict([TextPart(name="text", text=text)])
    assert redacted(text, signals_of(answer)) == wanted


def test_the_rest_of_too_many_findings_is_covered_in_its_place() -> None:
    text = " ".join(f"u{number}%40mail.example" for number in range(200))
    (answer,) = Entities().predict([TextPart(name="text", text=text)])
    kept = redacted(text, signals_of(answer))
    assert "mail" not in kept.replace("[email]", "")
