"""The ways to read a text: as it stands, and what it says once disguises are undone."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, structs

from detectors.text.entities import mnemonics
from detectors.text.entities.escapes import unescaped
from detectors.text.normaliser.mapped import Mapped
from detectors.text.normaliser.normaliser import variants

_TIMES: Final = 2
_MORE: Final = 65_536
_WIDE: Final = re.compile(
    "(?![0-9])[\\d\uff20-\uff3a\uff41-\uff5a\u00b2\u00b3\u00b9\u2070-\u2089\u2460-\u2468\u24ea"
    "\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]"
    "|[0-9]\ufe0f?\u20e3"
)
"""Digits of any shape and script but ASCII's, also on keys; full-width letters and at signs."""
_KEYCAP: Final = "\u20e3"
_WIDE_SIGNS: Final = {ord(one): ord(one) - 0xFEE0 for one in "．＋－＿％"}
_WORD: Final = re.compile(r"[^\W\d_]+")
_GAP: Final = re.compile(r"(?<=[^\W\d_])(?:[^\S\n]{2,}|[^\S\n ])(?=[^\W\d_])")
_SPELT: Final = re.compile(
    r"(?<!\S)[0-9A-Za-z]([ .,_-])[0-9A-Za-z](?:\1[0-9A-Za-z]){27,}(?![0-9A-Za-z])"
)
"""As long as the shortest key, character by character."""


class Rendering(Struct, frozen=True):
    """A way to read a text. `steps` names the disguises undone: none for the text as it stands.

    Character `n` stands for characters `starts[n]` to `ends[n]` (excluded) of the text as given.
    """

    text: str
    steps: tuple[str, ...]
    starts: Sequence[int]
    ends: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Start and end, in the text as given, of a stretch that is not empty."""
        return self.starts[start], self.ends[end - 1]

    def within(self, start: int, end: int) -> str:
        """What a stretch of the text as given is read as."""
        return self.text[bisect_left(self.starts, start) : bisect_right(self.ends, end)]


def renderings(text: str) -> tuple[list[Rendering], bool]:
    """Gives the ways to read a text, and whether these are all.

    First the text itself, percent escapes resolved, which is all for ordinary text. The others
    have together at most twice its characters and 65,536. A pure function of the text.
    """
    plain, places = unescaped(text)
    found = [Rendering(plain, (), places[:-1], places[1:])]
    n_left = _TIMES * len(plain) + _MORE
    for one in _undisguised(plain):
        n_left -= len(one.text)
        if n_left < 0:
            return found, False
        found.append(one if isinstance(places, range) else _through(one, places))
    return found, True


def _undisguised(plain: str) -> Iterator[Rendering]:
    """What `variants` gives, and beside it phrases in signs and each word the other way round."""
    seen = {plain}
    for steps, origins in _readings(plain):
        narrow, more = narrowed(origins)
        if narrow.text not in seen:
            seen.add(narrow.text)
            named = tuple(dict.fromkeys((*steps, *more)))
            yield Rendering(narrow.text, named, narrow.starts, narrow.ends)


def _readings(plain: str) -> Iterator[tuple[tuple[str, ...], Mapped]]:
    whole = Mapped.of(plain)
    yield (), whole
    steps: set[str] = set()
    for one in variants(plain):
        steps.update(one.steps)
        yield one.steps, one.origins
    if "leet" in steps:
        yield ("leet",), whole.edited(mnemonics.spelt_in_signs(plain))
    if "reversed" in steps:
        yield ("reversed",), whole.translated(_WORD.sub(lambda one: one.group()[::-1], plain))


def narrowed(given: Mapped) -> tuple[Mapped, tuple[str, ...]]:
    """Gives a text with its digits, full-width letters and signs in ASCII; and the steps taken.

    Keys spelt out character by character are joined, gaps between letters made one space, as terms
    of several words have. The normaliser does neither: it makes words,
    and leaves digits alone that stand for no letter.
    """
    steps: tuple[str, ...] = ()
    if not given.text.isascii() and _WIDE.search(given.text):
        found = _WIDE.finditer(given.text)
        given = given.edited((*one.span(), _in_ascii(one.group())) for one in found)
        given = given.translated(given.text.translate(_WIDE_SIGNS))
        steps = ("styled",)
    if _SPELT.search(given.text):
        found = _SPELT.finditer(given.text)
        signs = (at for one in found for at in range(one.start() + 1, one.end(), 2))
        given = given.edited((at, at + 1, "") for at in signs)
        steps += ("spaced",)
    if gaps := _gaps(given.text):
        given = given.edited((*gap, " ") for gap in gaps)
        steps += ("spaces",)
    return given, steps


def _gaps(text: str) -> list[tuple[int, int]]:
    """White space between letters, but for single spaces and line breaks."""
    if text.isascii() and "  " not in text and "\t" not in text:
        return []
    return [one.span() for one in _GAP.finditer(text)]


def _in_ascii(character: str) -> str:
    if character.endswith(_KEYCAP):
        return character[0]
    digit = unicodedata.digit(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _through(one: Rendering, places: Sequence[int]) -> Rendering:
    """A rendering of a text with its escapes resolved, in places of the text as given."""
    return structs.replace(
        one, starts=[places[n] for n in one.starts], ends=[places[n] for n in one.ends]
    )
