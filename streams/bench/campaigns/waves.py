"""Waves of coordinated posts: paraphrases with slots, disguised, over actors and surfaces. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from detectors.evaluation.redteam.obfuscations import OBFUSCATIONS

Common = Literal["link", "address", "ticker", "nothing"]

_FOLDER: Final = Path(__file__).parent
_CHOICE: Final = re.compile(r"\{([^{}]*\|[^{}]*)\}")
DISGUISES: Final = (
    "cyrillic_homoglyphs", "latin_homoglyphs", "mixed_homoglyphs", "zero_width", "bidi_marks",
    "leetspeak", "spaced", "dotted", "punctured", "stretched", "doubled", "full_width",
    "mathematical", "small_capitals", "accented", "alternating_case", "markdown", "html_entities",
)  # fmt: skip
"""Obfuscations of the red team that keep a text readable in a chat."""


class Wave(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message and its paraphrases by language."""

    name: str
    common: Common
    texts: Mapping[str, tuple[str, ...]]
    link: str = ""
    address: str = ""
    ticker: str = ""


def waves(path: Path = _FOLDER / "waves.toml") -> dict[str, Wave]:
    """Gives the waves by name."""
    return {one.name: one for one in msgspec.convert(_tables(path, "waves"), list[Wave])}


def viral(path: Path = _FOLDER / "viral.toml") -> dict[str, dict[str, list[str]]]:
    """Gives what many people copy: by name and language, its wordings."""
    found: dict[str, dict[str, list[str]]] = {}
    for table in _tables(path, "texts"):
        own = dict(table)
        found[own.pop("name")] = own
    return found


def _tables(path: Path, name: str) -> Sequence[dict[str, Any]]:
    tables: Sequence[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))[name]
    return tables


def filled(template: str, wave: Wave, rng: Random) -> str:
    """Gives a text of a template: one of each slot's wordings, and what the wave has in common."""
    for name in ("link", "address", "ticker"):
        template = template.replace(f"{{{name}}}", getattr(wave, name))
    return _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)


def disguised(text: str, rng: Random) -> str:
    """Gives a text in one of the red team's disguises; links and addresses stay, to be of use."""
    kept = re.split(r"(https?://\S+|0x[0-9a-fA-F]{40}|\$[A-Z]+)", text)
    change = OBFUSCATIONS[rng.choice(DISGUISES)]
    return "".join(
        piece if n % 2 or not piece.strip() else change(piece, rng) for n, piece in enumerate(kept)
    )
