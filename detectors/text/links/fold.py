"""A text as a reader sees it: hidden characters gone, letters plain, spaced letters joined.

The folded text is lower case; `Folded.source` maps its characters back to those of the original.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from confusable_homoglyphs import confusables
from msgspec import Struct

_DOTS: Final = (
    "\u3002\uff0e\uff61\u2024\u2027\u2022\u00b7\u0387\u2219\u22c5\ufe52\ua4f8\u06d4\u0701"
)
_PLAIN: Final[dict[str, str]] = {
    **dict.fromkeys(_DOTS, "."),
    **dict.fromkeys("\uff0f\u2044\u2215\u29f8", "/"),
    **dict.fromkeys("\uff1a\ufe55\ua789\u2236\ufe30", ":"),
    **dict.fromkeys("\uff20\ufe6b", "@"),
    **dict.fromkeys("\u2010\u2011\ufe63\uff0d", "-"),
    **dict.fromkeys("\u3010\uff3b\u3014\uff08", "["),
    **dict.fromkeys("\u3011\uff3d\u3015\uff09", "]"),
    **{chr(0x1F170 + at): chr(0x61 + at) for at in range(26)},  # negative squared letters
    **{chr(0x1F150 + at): chr(0x61 + at) for at in range(26)},  # negative circled letters
    **{chr(0x1F1E6 + at): chr(0x61 + at) for at in range(26)},  # regional indicators
}
_STOPS: Final = "\u3002\uff61"
"""Full stops that end a sentence after letters of their own script."""
_FILLERS: Final = "\u115f\u1160\u3164\uffa0\u034f"
_ASCII_WORD: Final = re.compile(r"[a-z0-9-]+")
_CODED: Final = re.compile(
    r"&(?:\#0{0,5}(?P<decimal>[1-9][0-9]{1,2})|\#x0{0,5}(?P<hex>[2-7][0-9a-f])"
    r"|(?P<name>period|colon|sol|commat|lbrack|rbrack|hyphen));?"
    r"|%(?P<escape>2[def]|3[0-9a]|4[0-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])",
    re.IGNORECASE,
)
_NAMES: Final = {
    "period": ".",
    "colon": ":",
    "sol": "/",
    "commat": "@",
    "lbrack": "[",
    "rbrack": "]",
    "hyphen": "-",
}
_MAX_ASCII: Final = 0x7E
_SPACED: Final = re.compile(r"(?<!\S)(?:\S ){6,}+(?:\S(?!\S))?")
_CACHED: Final = 8192


class Folded(Struct, frozen=True):
    """A folded text. `source[i]` is where its character i begins in the original.

    `source` has one entry more than the text, the original's length; None stands for the identity.
    """

    text: str
    source: Sequence[int] | None
    n_hidden: int = 0
    """Invisible characters left out, combining marks included."""
    n_changed: int = 0
    """Letters and signs written another way (full width, bold, circled, escaped)."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` (excluded) stand in the original."""
        if self.source is None:
            return start, end
        return self.source[start], self.source[end - 1] + 1 if end > start else self.source[start]


@lru_cache(maxsize=_CACHED)
def plain_letter(character: str) -> str:
    """What a character stands for: itself in lower case, plain ASCII, or nothing."""
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.category(character) in {"Cf", "Mn", "Me"} or character in _FILLERS:
        return ""
    plain = unicodedata.normalize("NFKC", character).lower()
    if plain.isascii() and _ASCII_WORD.fullmatch(plain):
        return plain
    lower = character.lower()
    return lower if len(lower) == 1 else character


def fold(text: str) -> Folded:
    """Folds a text. Linear in its length."""
    if text.isascii() and "%" not in text and "&" not in text and not _SPACED.search(text):
        return Folded(text.lower(), None)
    return _join_spaced(_fold_letters(text))


def _fold_letters(text: str) -> Folded:
    out: list[str] = []
    source: list[int] = []
    n_hidden = n_changed = at = 0
    for stop, end, sign in [*_codes(text), (len(text), len(text), "")]:
        for place in range(at, stop):
            character = text[place]
            plain = character.lower() if character.isascii() else plain_letter(character)
            if character in _STOPS and out and not out[-1].isascii():
                plain = character
            n_hidden += not plain
            n_changed += plain.isascii() and not character.isascii() and bool(plain)
            out.append(plain)
            source.extend([place] * len(plain))
        out.append(sign)
        source.extend([stop] * len(sign))
        n_changed += len(sign)
        at = end
    return Folded("".join(out), [*source, len(text)], n_hidden, n_changed)


def _codes(text: str) -> list[tuple[int, int, str]]:
    """HTML references and percent escapes of printable ASCII: start, end, character."""
    found = []
    for match in _CODED.finditer(text):
        name, decimal = match["name"], match["decimal"]
        code = int(decimal) if decimal else int(match["hex"] or match["escape"] or "0", 16)
        if name or code <= _MAX_ASCII:
            sign = _NAMES[name.lower()] if name else chr(code).lower()
            found.append((match.start(), match.end(), sign))
    return found


def _join_spaced(folded: Folded) -> Folded:
    """Takes the spaces out of runs such as `e x a m p l e . t e s t`."""
    runs = [match.span() for match in _SPACED.finditer(folded.text)]
    if not runs or folded.source is None:
        return folded
    out: list[str] = []
    source: list[int] = []
    at = 0
    for start, end in [*runs, (len(folded.text), len(folded.text))]:
        out.append(folded.text[at:start])
        source.extend(folded.source[at:start])
        kept = [place for place in range(start, end) if folded.text[place] != " "]
        out.append("".join(folded.text[place] for place in kept))
        source.extend(folded.source[place] for place in kept)
        if end < len(folded.text) and folded.text[end - 1] == " ":
            out.append(" ")
            source.append(folded.source[end - 1])
        at = end
    return Folded(
        "".join(out), [*source, folded.source[-1]], folded.n_hidden, folded.n_changed + len(runs)
    )


@lru_cache(maxsize=1)
def _lookalikes() -> dict[int, str]:
    """Letters of other scripts, and the ASCII letter or digit that they look like.

    From Unicode's confusables as PyPI `confusable-homoglyphs` carries them.
    """
    table: dict[int, str] = {}
    for character, others in confusables.confusables_data.items():
        if len(character) != 1 or character.isascii():
            continue
        plain = sorted(
            (one["c"].lower() for one in others if _ASCII_WORD.fullmatch(one["c"].lower())),
            key=lambda word: (len(word), word.isdigit(), word),
        )
        if plain:
            table[ord(character)] = plain[0]
            lower = character.lower()
            if len(lower) == 1:
                table.setdefault(ord(lower), plain[0])
    return table


def skeleton(host: str) -> str:
    """The ASCII that a name in other letters looks like, accents left out."""
    if host.isascii():
        return host
    parts = unicodedata.normalize("NFKD", host.translate(_lookalikes()))
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return bare.translate(_lookalikes()).lower()
