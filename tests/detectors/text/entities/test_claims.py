import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.detectors.text.entities.conftest import Asker

HERE = Path(__file__).parent
REQUESTS = tomllib.loads((HERE / "requests_cases.toml").read_text(encoding="utf-8"))
STAFF = tomllib.loads((HERE / "staff_cases.toml").read_text(encoding="utf-8"))
HELD = 0.57
"""The score from which the policy that ships holds phishing."""
LANGUAGES = {"en", "zh", "ru", "es", "pt", "tr", "ar", "hi", "vi", "id", "fr", "ko"}


class Case(NamedTuple):
    lang: str
    text: str


def cases(table: dict[str, dict[str, list[str]]], side: str) -> list[Case]:
    return [Case(lang, text) for lang, sides in table.items() for text in sides[side]]


@pytest.mark.parametrize("case", cases(REQUESTS, "ask"), ids=str)
def test_requests_for_a_secret(asker: Asker, case: Case) -> None:
    assert asker.score(case.text, "secret_request") >= HELD


@pytest.mark.parametrize("case", cases(REQUESTS, "calm"), ids=str)
def test_warnings_advice_and_questions(asker: Asker, case: Case) -> None:
    assert asker.score(case.text, "secret_request") < 0.5


@pytest.mark.parametrize("case", cases(STAFF, "claim"), ids=str)
def test_claims_to_be_staff(asker: Asker, case: Case) -> None:
    assert asker.score(case.text, "staff_claim") >= 0.6


@pytest.mark.parametrize("case", cases(STAFF, "calm"), ids=str)
def test_talk_about_staff(asker: Asker, case: Case) -> None:
    assert asker.score(case.text, "staff_claim") < 0.5


def test_every_language_is_covered() -> None:
    assert set(REQUESTS) >= LANGUAGES
    assert set(STAFF) >= LANGUAGES


def test_a_request_names_what_it_asks_for_and_why(asker: Asker) -> None:
    text = "Please send me your Seed Phrase now"
    (signal,) = asker.signals(text)
    assert signal.label == "phishing"
    assert signal.span is not None
    assert text[signal.span.start : signal.span.end] == "send me your Seed Phrase"
    assert signal.evidence is not None
    assert signal.evidence["asked_for"] == "Seed Phrase"
    assert signal.evidence["why"].startswith("hand over +2.2")


def test_a_claim_names_the_organisation(asker: Asker) -> None:
    (signal,) = asker.signals("I am Anna from Kraken support")
    assert signal.label == "impersonation"
    assert signal.evidence is not None
    assert signal.evidence["organisation"] == "Kraken"
