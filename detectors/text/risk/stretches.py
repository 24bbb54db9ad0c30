"""Stretches of a text that may mean something by themselves: sentences, clauses, quotations."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from detectors.text.normaliser.characters import HAN_CLASS

Stretch = tuple[int, int]
"""First character (included) and last (excluded)."""

MAX_SENTENCES: Final = 128
"""A text of more has neighbours joined."""
MAX_QUOTES: Final = 16
"""Of more the longest are taken; all of it stands in sentences too."""
MIN_WORDS: Final = 3
MIN_LETTERS: Final = 12
"""A piece with fewer letters, and fewer words than `MIN_WORDS`, goes with its neighbour."""
MIN_CLAUSED: Final = 80
"""Characters from which on a single sentence has clauses."""
MAX_CLAUSED: Final = 5_000
"""Characters of a text whose clauses are read: of a longer one there would be too many."""
_PIECE: Final = 16
"""Words of a piece, or half its characters in scripts without spaces; the next begins half way."""
MIN_QUOTED_WORDS: Final = 5
MIN_QUOTED_LETTERS: Final = 16
"""Instead of words, in scripts that have no spaces."""
_ABBREVIATIONS: Final = """
    abs acc adm al amt apr approx appt apt art asst aug av ave bldg blvd bros brz bspw bzgl bzw ca
    capt cca cf cfr ch cit co col comp corp cpt dec dept dipl dist div dna doc dott dr dra eng esq
    est etc etw evtl ex exp feb ff fig figs fr gen geb gegr ges ggf gov hr hrsg hrs inc incl ing
    inkl int jan jr jun jul kap lda lic ltd ltda max min mio mlle mme mr mrd mrs ms mt mwst nov nr
    obs oct okt ord orig oz pag pp prof pts ref reg rep resp rev seg sen sep sept sig sog sr sra srl
    st str tab tel teil tsd univ usd usw vgl viz vol vs wg zb zzgl
    г гг гл гр др е им ин кв млн млрд напр обл пр проф руб св см сов стр тов тыс ул чел шт
"""
ABBREVIATIONS: Final = frozenset(_ABBREVIATIONS.split())
"""Words that a full stop follows inside a sentence; so it does single letters, as in `U.S.`."""

_CLOSING: Final = "[\"'”’»›)\\]}）】」』》]*+"
_CUT: Final = re.compile(
    rf"(?P<sure>(?:[。！？｡।॥؟۔።፧།။៖។։…]|\.{{3}})[.!?…。！？]*+{_CLOSING})"
    rf"|(?P<stop>[.!?]++){_CLOSING}(?=\s)"
    r"|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]"
    r"|(?=[•‣⁃◦▪▫●○■□▶►➤➢])"
    r"|(?<=[\u0370-\u03ff\u1f00-\u1fff]);(?=\s)"
)
_HINT: Final = re.compile(
    r"[。！？｡।॥؟۔።፧།။៖។։…\n\r\v\f\x1c-\x1e\x85\u2028\u2029•‣⁃◦▪▫●○■□▶►➤➢;]|[.!?][^\w]"
)
_COMMA: Final = re.compile(r"[,;:،؛](?=\s)|[，；：、—–]")
_LAST_WORD: Final = re.compile(r"[^\W_]+\Z")
_LONGEST: Final = 1 + max(map(len, ABBREVIATIONS))
_WORD: Final = re.compile(r"[^\W_]+")
_WIDE: Final = re.compile(f"[{HAN_CLASS}\u3041-\u30ff\uac00-\ud7a3]")
_UNIT: Final = re.compile(f"{_WIDE.pattern}|[^\\W_]+")
_PAIRS: Final = '"" “” „“ „” «» »« ‹› ‘’ ‚‘ 「」 『』 《》 () [] {} （） 【】 `` <>'
_QUOTED: Final = {
    pair: re.compile(f"{re.escape(pair[0])}[^{re.escape(pair)}]*+{re.escape(pair[1])}", re.DOTALL)
    for pair in _PAIRS.split()
}
"""Each pair by itself: a record in braces has its fields in quotation marks."""
_OPENING: Final = re.compile(f"[{re.escape(_PAIRS[::3])}]")


def sentences(text: str) -> list[Stretch]:
    """The sentences of a text, short ones with a neighbour, in order and without gaps.

    Nothing where there is only one.
    """
    if not _HINT.search(text):
        return []
    found: list[Stretch] = []
    start = at = n_words = n_letters = 0
    for cut in (*_cuts(text), len(text)):
        words = _WORD.findall(text, at, cut)
        n_words += len(words)
        n_letters += sum(map(len, words)) + len(_WIDE.findall(text, at, cut))
        at = cut
        if n_words >= MIN_WORDS or n_letters >= MIN_LETTERS:
            found.append((start, cut))
            start, n_words, n_letters = cut, 0, 0
    if found and start < len(text):
        found[-1] = (found[-1][0], len(text))
    return _joined(found) if len(found) > 1 else []


def _cuts(text: str) -> Iterator[int]:
    """Where a sentence may end."""
    for found in _CUT.finditer(text):
        start, end = found.span()
        if found["stop"] != "." or not _is_inside(text, start):
            yield end


def _is_inside(text: str, at: int) -> bool:
    """Whether the full stop at a place ends a word and no sentence."""
    low = max(0, at - _LONGEST)
    word = _LAST_WORD.search(text[low:at])
    if word is None:
        return False
    last = word[0]
    if last.isdigit():
        first = low + word.start()
        return len(last) < 3 and not text[max(0, first - 3) : first].strip(" ")[-1:].strip()  # noqa: PLR2004
    return (len(last) == 1 and last.isalpha()) or last.lower() in ABBREVIATIONS


def _joined(found: list[Stretch]) -> list[Stretch]:
    """Neighbours together, so that there are at most `MAX_SENTENCES`."""
    size = -(-len(found) // MAX_SENTENCES)
    if size == 1:
        return found
    groups = (found[n : n + size] for n in range(0, len(found), size))
    return [(group[0][0], group[-1][1]) for group in groups]


def clauses(text: str, found: Sequence[Stretch]) -> list[Stretch]:
    """What stands between the commas of a text's sentences, short ones with the one after.

    Of what has no comma for long, overlapping pieces. `found` are the sentences, none where there
    is but one. A text under `MIN_CLAUSED` characters gives nothing, one over `MAX_CLAUSED` neither.
    """
    if len(text) > MAX_CLAUSED or (not found and len(text) < MIN_CLAUSED):
        return []
    cut: list[Stretch] = []
    for first, end in found or [(0, len(text))]:
        start = first
        for at in (*(one.end() for one in _COMMA.finditer(text, first, end)), end):
            if not _is_enough(text, start, at):
                continue
            if (start, at) != (first, end):
                cut.append((start, at))
            cut += _pieces(text, start, at)
            start = at
    return cut


def _is_enough(text: str, start: int, end: int) -> bool:
    words = _WORD.findall(text, start, end)
    n_letters = sum(map(len, words)) + len(_WIDE.findall(text, start, end))
    return len(words) >= MIN_WORDS or n_letters >= MIN_LETTERS


def _pieces(text: str, start: int, end: int) -> list[Stretch]:
    """Overlapping pieces of a stretch that goes on for long; none of another."""
    if end - start <= _PIECE:
        return []
    units = [one.span() for one in _UNIT.finditer(text, start, end)]
    is_wide = 2 * len(_WIDE.findall(text, start, end)) > len(units)
    size = 2 * _PIECE if is_wide else _PIECE
    if len(units) <= size + size // 2:
        return []
    firsts = range(0, len(units) - size // 2, size // 2)
    return [(units[n][0], units[min(n + size, len(units)) - 1][1]) for n in firsts]


def quotes(text: str) -> list[Stretch]:
    """What stands in quotation marks or brackets, of five words and more, in order."""
    if not (marks := set(_OPENING.findall(text))):
        return []
    found = sorted(
        (start + 1, end - 1)
        for pair, quoted in _QUOTED.items()
        if pair[0] in marks
        for start, end in (one.span() for one in quoted.finditer(text))
        if _is_long(text, start, end)
    )
    if len(found) > MAX_QUOTES:
        longest = sorted(found, key=lambda one: one[0] - one[1])[:MAX_QUOTES]
        return sorted(longest)
    return found


def _is_long(text: str, start: int, end: int) -> bool:
    n_words = len(_WORD.findall(text, start, end))
    return (
        n_words >= MIN_QUOTED_WORDS
        or 2 * len(_WIDE.findall(text, start, end)) >= MIN_QUOTED_LETTERS
    )
