import re
import string
from random import Random

import pytest

from streams.demo.texts import (
    HARMLESS,
    KINDS,
    Language,
    load_languages,
    load_slots,
    slot_values,
    write_phrase,
)

LANGUAGES = load_languages()
SLOTS = load_slots()
WANTED = frozenset(["en", "zh", "ru", "es", "pt", "tr", "ar", "hi", "vi", "id", "fr", "ko"])


def templates(language: Language) -> list[str]:
    return [
        *(text for group in language.ordinary.values() for text in group),
        *(text for group in language.violating.values() for text in group),
        *(text for pairs in language.dialogues.values() for pair in pairs for text in pair),
    ]


def test_at_least_twelve_languages() -> None:
    assert {language.lang for language in LANGUAGES} >= WANTED


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.lang)
def test_enough_templates(language: Language) -> None:
    assert sum(map(len, language.ordinary.values())) >= 25
    assert sum(map(len, language.violating.values())) >= 15
    assert len(set(templates(language))) == len(templates(language))
    assert language.origin.startswith("Written for Tidegate")
    for locale in language.locales:
        assert locale.partition("-")[0] == language.lang


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.lang)
def test_every_kind_is_on_its_side(language: Language) -> None:
    ordinary, violating = set(language.ordinary), set(language.violating)
    assert ordinary | violating | set(language.dialogues) == set(KINDS)
    assert ordinary < HARMLESS
    assert not violating & HARMLESS
    assert set(language.dialogues) == {"ask", "unsafe"}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.lang)
def test_templates_name_known_slots(language: Language) -> None:
    known = slot_values(SLOTS, SLOTS.coins[0], Random(0)).keys()  # noqa: S311
    for template in templates(language):
        named = {field for _, field, _, _ in string.Formatter().parse(template) if field}
        assert named <= known


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.lang)
def test_addresses_can_not_exist(language: Language) -> None:
    rng = Random(1)  # noqa: S311
    for kind in KINDS:
        for _ in range(20):
            text = write_phrase(kind, language, SLOTS, rng).text
            assert "{" not in text
            for host in re.findall(r"https?://([^/\s]+)", text):
                assert host.endswith((".example", ".invalid"))
            for address in re.findall(r"0x[0-9a-f]+", text):
                assert len(address) > 42
            assert not re.search(r"(?<!\w)@\w", text)


def test_hosts_are_reserved_names() -> None:
    assert all(host.endswith(".example") for host in SLOTS.good_hosts)
    assert all(host.endswith(".invalid") for host in SLOTS.bad_hosts)


def test_harmless_texts_hold_no_bad_host() -> None:
    for language in LANGUAGES:
        for group in language.ordinary.values():
            assert not any("{phish}" in text or "{wallet}" in text for text in group)
