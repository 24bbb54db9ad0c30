"""The word list: which words of a text mean what, in fifteen languages, found in one pass."""

import re
import tomllib
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from msgspec import Struct

FOLDER: Final = Path(__file__).parent
ANCHORS: Final = frozenset(
    {"secret", "role", "staff", "platform", "contact", "offer", "double", "pump"}
)
"""Classes without which no rule can hold: other words are looked for only beside one of these."""
_BOUNDARY: Final = re.compile(r"[.!?]+(?=\s|$)|[。！？؟।\n]|;\s")
_LONGEST_CLAUSE: Final = 300
_ARABIC_CLITICS: Final = "وفبلك"
_JOINED_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI")
_OPEN_ENDED: Final = ("HANGUL", "ARABIC")


class Hit(Struct, frozen=True, gc=False):
    """A term of a class at characters `start` to `end`."""

    cue: str
    start: int
    end: int


class _Term(Struct, frozen=True, gc=False):
    cue: str
    is_free_left: bool
    is_free_right: bool
    is_arabic: bool


def lowered(text: str) -> str:
    """Gives a text in lower case, every character at its place, with straight apostrophes."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower()[:1] or c for c in text)
    return low if low.isascii() else low.replace("\u2019", "'").replace("\u02bc", "'")


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _term(cue: str, written: str) -> tuple[str, _Term]:
    text = written.strip("*")
    first, last = _script(text[0]), _script(text[-1])
    return text, _Term(
        cue,
        written.startswith("*") or first in _JOINED_SCRIPTS or first == "HANGUL",
        written.endswith("*") or last in _JOINED_SCRIPTS or last in _OPEN_ENDED,
        first == "ARABIC",
    )


class Finder:
    """Finds terms of many classes in one pass over a text; frozen once made."""

    def __init__(self, terms: Iterable[tuple[str, str]]) -> None:
        """Builds the automaton of (class, term as written in the list) pairs."""
        table: dict[str, list[_Term]] = {}
        for cue, written in terms:
            for form in ("NFC", "NFD"):
                text, term = _term(cue, unicodedata.normalize(form, lowered(written)))
                known = table.setdefault(text, [])
                if term not in known:
                    known.append(term)
        self._terms = list(table.values())
        self._automaton = AhoCorasick(
            list(table), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def hits(self, low: str) -> list[Hit]:
        """Gives the terms in a text made by `lowered`, in order, none within a longer one."""
        spans = self._automaton.find_matches_as_indexes(low, overlapping=True)
        if not spans:
            return []
        spans.sort(key=lambda span: (span[1], -span[2]))
        found: list[Hit] = []
        reach = 0
        for n, start, end in spans:
            if end <= reach and not (found and (found[-1].start, found[-1].end) == (start, end)):
                continue
            fitting = [term for term in self._terms[n] if _fits(low, start, end, term)]
            found += [Hit(term.cue, start, end) for term in fitting]
            reach = max(reach, end) if fitting else reach
        return found


def _fits(low: str, start: int, end: int, term: _Term) -> bool:
    if not term.is_free_right and end < len(low) and _is_word(low[end]):
        return False
    if term.is_free_left or start == 0 or not _is_word(low[start - 1]):
        return True
    has_clitic = term.is_arabic and low[start - 1] in _ARABIC_CLITICS
    return has_clitic and (start == 1 or not _is_word(low[start - 2]))


def read_terms(path: Path) -> list[tuple[str, str]]:
    """Gives the (class, term) pairs of a list: a table a class, in it an array a language."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        (cue, term)
        for cue, languages in tables.items()
        for terms in languages.values()
        for term in terms
    ]


class Lexicon:
    """The two finders of the word list that ships, with the names of protected organisations."""

    def __init__(self, terms: Sequence[tuple[str, str]]) -> None:
        """Builds both finders of (class, term) pairs."""
        self._anchors = Finder(pair for pair in terms if pair[0] in ANCHORS)
        self._claims = Finder(pair for pair in terms if pair[0] == "claim")
        self._all = Finder(terms)

    def hits(self, low: str, *, is_needed: bool = False) -> list[Hit]:
        """Gives all terms, or none if no anchor is there and nothing else needs them.

        A role alone (support held at 64,000) needs a claim beside it.
        """
        anchors = self._anchors.hits(low)
        is_role_alone = all(hit.cue == "role" for hit in anchors)
        if is_needed or not is_role_alone or (anchors and self._claims.hits(low)):
            return self._all.hits(low)
        return []


class Clauses:
    """Where the clauses of a text lie."""

    def __init__(self, low: str) -> None:
        """Cuts at full stops, question marks and line breaks."""
        self._ends = [match.start() for match in _BOUNDARY.finditer(low)]
        self._length = len(low)

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Gives the clause of a place, at most 300 characters to either side."""
        left = bisect_left(self._ends, start)
        right = bisect_right(self._ends, end - 1)
        begin = self._ends[left - 1] + 1 if left else 0
        finish = self._ends[right] if right < len(self._ends) else self._length
        return max(begin, start - _LONGEST_CLAUSE), min(finish, end + _LONGEST_CLAUSE)


def between(hits: Sequence[Hit], start: int, end: int) -> Sequence[Hit]:
    """Gives the hits that begin in `start` to `end`."""
    first = bisect_left(hits, start, key=lambda hit: hit.start)
    last = bisect_left(hits, end, key=lambda hit: hit.start)
    return hits[first:last]


@cache
def shipped_terms() -> tuple[tuple[str, str], ...]:
    """The word list in this folder."""
    return tuple(read_terms(FOLDER / "lexicon.toml"))
