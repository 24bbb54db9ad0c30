"""The suite as cases: behaviours and sentences are TOML, alternatives are written out."""

import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.labels import Label

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "zh", "ru", "es", "pt", "tr", "ar", "hi", "vi", "id", "fr", "ko")
"""In the order of the reports."""

Expect = Literal["flag", "pass"]
_SLOT: Final = re.compile(r"\{([^{}|]*(?:\|[^{}|]*)+)\}")


class SuiteInvalid(ValueError):
    """The suite's files contradict each other."""


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a detector must do, or must not.

    `label` is what is to be found or, where `expect` is `pass`, what the texts tempt to find.
    """

    id: str
    name: str
    expect: Expect
    label: Label
    accepts: tuple[Label, ...] = ()
    """Labels that count as found too: what one platform calls scam another calls phishing."""


class Case(Struct, frozen=True, kw_only=True):
    """One text, judged by its behaviour; `id` is behaviour, language and number."""

    id: str
    behaviour: str
    lang: str
    text: str
    label: Label
    expect: Expect


class _Behaviours(Struct, frozen=True, forbid_unknown_fields=True):
    behaviours: tuple[Behaviour, ...]


class _Sentences(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flag: dict[str, tuple[str, ...]]
    pass_: dict[str, tuple[str, ...]] = msgspec.field(name="pass")


def behaviours(folder: Path = FOLDER) -> tuple[Behaviour, ...]:
    """Gives the behaviours in the order of the reports. Raises msgspec.ValidationError."""
    text = (folder / "behaviours.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Behaviours).behaviours


def cases(folder: Path = FOLDER) -> tuple[Case, ...]:
    """Gives every case, by language and behaviour; the same every time.

    Raises:
        SuiteInvalid: if a file names a behaviour that does not exist, expects the opposite of
            it, or repeats a text.
        msgspec.ValidationError: if a file is not of the suite's form.
    """
    known = behaviours(folder)
    found = [case for lang in LANGUAGES for case in _language(folder, lang, known)]
    seen: dict[str, str] = {}
    for case in found:
        if case.text in seen:
            message = f"{case.id} repeats {seen[case.text]}"
            raise SuiteInvalid(message)
        seen[case.text] = case.id
    return tuple(found)


def _language(folder: Path, lang: str, known: tuple[Behaviour, ...]) -> Iterator[Case]:
    path = folder / "cases" / f"{lang}.toml"
    if not path.exists():
        return
    given = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Sentences)
    sections: tuple[tuple[Expect, dict[str, tuple[str, ...]]], ...] = (
        ("flag", given.flag),
        ("pass", given.pass_),
    )
    for expect, section in sections:
        stray = set(section) - {one.id for one in known if one.expect == expect}
        if stray:
            message = f"{path.name}: no behaviour to {expect} is called {', '.join(sorted(stray))}"
            raise SuiteInvalid(message)
        for behaviour in known:
            if behaviour.id in section:
                yield from _cases(behaviour, lang, section[behaviour.id])


def _cases(behaviour: Behaviour, lang: str, sentences: tuple[str, ...]) -> Iterator[Case]:
    texts = [text for sentence in sentences for text in alternatives(sentence)]
    for n, text in enumerate(texts, start=1):
        yield Case(
            id=f"{behaviour.id}/{lang}/{n}",
            behaviour=behaviour.id,
            lang=lang,
            text=text,
            label=behaviour.label,
            expect=behaviour.expect,
        )


def alternatives(sentence: str) -> list[str]:
    """Writes out `{a|b}`: one text of each choice, in order; braces without `|` stay."""
    pieces = _SLOT.split(sentence)
    choices = [piece.split("|") if n % 2 else [piece] for n, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in product(*choices)]
