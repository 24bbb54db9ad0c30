"""Letters set apart by spaces or signs, put together again where that gives words."""

import re
from collections import Counter
from itertools import pairwise
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import leet
from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped

_SIGNS: Final = r".\-_*|/\\,~+=•·'`:;^#\"()\[\]{}<>"
_MARKS: Final = chars.MARKS_CLASS
_LETTER: Final = f"[^\\W_][{_MARKS}]*"
_APART: Final = re.compile(
    f"(?<![^\\W_{_MARKS}])(?<![{_MARKS}]){_LETTER}(?:[\\s{_SIGNS}]{{1,5}}{_LETTER}){{2,400}}"
    f"(?![^\\W_])"
)
_UNIT: Final = re.compile(_LETTER)
_QUICK: Final = re.compile(
    f"[\\s{_SIGNS}][^\\W_][{_MARKS}]*[\\s{_SIGNS}]{{1,5}}[^\\W_][{_MARKS}]*(?![^\\W_])"
)
_UNSPACED: Final = re.compile(f"[{chars.HAN_CLASS}\u3040-\u30ff\u0e00-\u0eff\uac00-\ud7a3]")
_HAN_SIGNS: Final = re.compile(f"(?<=[{chars.HAN_CLASS}])([*_|~^#+`])(?=[{chars.HAN_CLASS}])")
_PIECES: Final = re.compile(
    f"(?<![^\\W_]|[@:/])(?:[^\\W\\d_]|[{_MARKS}])+"
    f"(?:[.*_|~^+'`\\\\/=•·:;,!\"#$%&()\\[\\]{{}}-]{{1,3}}(?:[^\\W\\d_]|[{_MARKS}])+){{1,40}}(?![^\\W_]|[@:/])"
)
_PIECE: Final = re.compile(f"(?:[^\\W\\d_]|[{_MARKS}])+")
_INNER: Final = re.compile(f"[^\\W\\d_{_MARKS}]|[{_MARKS}]")
_STRANGE: Final = frozenset(("|", "||", "~", "~~", "^", "*", "**", "`", "``"))
"""Signs that stand between letters in no ordinary text."""
_MIN_LETTERS: Final = 3
_MIN_SYLLABLES: Final = 4
"""Korean has words of one syllable; three in a row are ordinary."""
_MIN_PIECES_LETTERS: Final = 4
_MIN_PIECES_ZIPF: Final = 6
_MAX_WORD: Final = 16
_WORD_COST: Final = 18
"""Twice 9: with twice the Zipf frequency taken off, a word's negative log-probability."""
_SHORT_COSTS: Final = {1: 6, 2: 1}
_COMMON_ZIPF: Final = 14
_LONG_MEAN: Final = 9
"""Letters a word: with fewer wide gaps than that, these are not what parts the words."""
_KNOWN_SHARE: Final = 0.75
_PARTED_SHARE: Final = 0.5
_MIN_UNKNOWN: Final = 3


def join(given: Mapped) -> Mapped:
    """The text with `s e n d` and `s.e.n.d` as words, and `se.nd` where a piece is no word."""
    text = given.text
    if _QUICK.search(text):
        edits: list[Edit] = []
        for found in _APART.finditer(text):
            edits += _joined(text, found.start(), found.end())
        given = given.edited(edits)
        text = given.text
    if len(_HAN_SIGNS.findall(text)) > 1:
        given = given.edited((one.start(), one.end(), "") for one in _HAN_SIGNS.finditer(text))
        text = given.text
    if re.search(r"[^\W\d_][.*_|~^+'`\\/=•·:;,!\"#$%&()\[\]{}-]{1,3}[^\W\d_]", text):
        sure: list[Edit] = []
        unsure: list[Edit] = []
        n_sure = 0
        for found in _PIECES.finditer(text):
            edits, is_sure = _whole(text, found)
            (sure if is_sure else unsure).extend(edits)
            n_sure += is_sure
        given = given.edited(sorted(sure + unsure) if n_sure > 1 else sure)
    return given


def _joined(text: str, start: int, end: int) -> list[Edit]:
    """Edits that take the gaps out of one run of single letters."""
    letters = list(_UNIT.finditer(text, start, end))
    gaps = [(a.end(), b.start()) for a, b in pairwise(letters)]
    shown = [text[a:b] for a, b in gaps]
    if all(_UNSPACED.match(one[0]) for one in letters):
        if not _is_spelt_out(text, letters, shown):
            return []
        return [(a, b, "") for a, b in gaps]
    typical = Counter(shown).most_common(1)[0][0]
    words: list[list[re.Match[str]]] = [[letters[0]]]
    for gap, letter in zip(shown, letters[1:], strict=True):
        is_capital = letter[0].isupper() and words[-1][-1][0].islower()
        if not is_capital and (gap == typical or not _parts(gap, typical)):
            words[-1].append(letter)
        else:
            words.append([letter])
    found = ["".join(one[0] for one in word) for word in words]
    n_wide = sum(gap != typical and _parts(gap, typical) for gap in shown)
    is_parted = len(letters) <= _LONG_MEAN * (n_wide + 1)
    breaks = _breaks(found, is_parted=is_parted)
    if breaks is None:
        return []
    edits: list[Edit] = []
    for n, (a, b) in enumerate(gaps):
        new = (
            " "
            if n + 1 in breaks
            else "'" * (shown[n].strip() in {"'", "’"} and shown[n] != typical)
        )
        if new != shown[n]:
            edits.append((a, b, new))
    return edits


def _parts(gap: str, typical: str) -> bool:
    """Whether a gap other than the usual one parts words: it is wider, or blank among signs."""
    if gap.strip() in {"'", "’"}:
        return False
    if typical.isspace():
        return len(gap) > len(typical) or not gap.isspace() or "\n" in gap
    return any(one.isspace() for one in gap)


def _is_spelt_out(text: str, letters: list[re.Match[str]], gaps: list[str]) -> bool:
    """Whether unspaced characters stand apart because somebody set them apart.

    Word-segmented text has many short words too: among blanks, most of the text must be single.
    """
    if not all(gap.isspace() for gap in gaps):
        return True
    return len(letters) >= _MIN_SYLLABLES and len(letters) * 5 >= 3 * len(text.split())


def _breaks(words: list[str], *, is_parted: bool) -> set[int] | None:
    """After how many letters words end, or None if the letters give no words.

    Where wider gaps part the words, an unknown one stays whole.
    """
    pieces: list[str] = []
    n_known = 0
    for word in words:
        whole = _is_known(word) or (is_parted and len(word) <= _MAX_WORD)
        parts = [word] if whole else _segmented(word)
        known = [one for one in parts if len(one) > 1 and _is_known(one)]
        n_known += sum(map(len, known))
        pieces += parts
    total = sum(map(len, words))
    long = max(len(one) if _is_known(one) else 0 for one in pieces)
    short = total < 4 and not (len(words) == 1 and frequency(words[0]) >= 8 and words[0].islower())  # noqa: PLR2004
    if (
        short
        or long < _MIN_LETTERS
        or n_known < (_PARTED_SHARE if is_parted else _KNOWN_SHARE) * total
    ):
        return None
    return _ends([len(list(_UNIT.finditer(one))) for one in pieces])


def _is_known(word: str) -> bool:
    return frequency(word) > 0 or leet.reads(word)


def _ends(lengths: list[int]) -> set[int]:
    ends, at = set(), 0
    for n in lengths:
        at += n
        ends.add(at)
    return ends


def _segmented(word: str) -> list[str]:
    """The word cut into its likeliest words (dynamic programming over unigram frequencies)."""
    units = [one[0] for one in _UNIT.finditer(word)]
    n = len(units)
    is_plain = n == len(word)
    best = [0.0] + [float("inf")] * n
    back = [0] * (n + 1)
    for end in range(1, n + 1):
        for start in range(max(0, end - _MAX_WORD), end):
            piece = word[start:end] if is_plain else "".join(units[start:end])
            zipf = frequency(piece)
            length = end - start
            rarity = 0 if zipf > _COMMON_ZIPF else _SHORT_COSTS.get(length, 0)
            cost = _WORD_COST - zipf + rarity
            if not zipf:
                cost = _WORD_COST + 4 * length
            if best[start] + cost < best[end]:
                best[end], back[end] = best[start] + cost, start
    pieces: list[str] = []
    at = n
    while at:
        pieces.append("".join(units[back[at] : at]))
        at = back[at]
    return pieces[::-1]


def _whole(text: str, found: re.Match[str]) -> tuple[list[Edit], bool]:
    """Edits that join the pieces of a word, and whether that is certain: if no piece is one."""
    pieces = [one.span() for one in _PIECE.finditer(text, *found.span())]
    words = [text[a:b] for a, b in pieces]
    whole = "".join(words)
    if len(whole) < _MIN_PIECES_LETTERS or len(whole) > 3 * _MAX_WORD:
        return [], False
    gaps = [text[b:c] for (_, b), (c, _) in pairwise(pieces)]
    if frequency(whole) < _MIN_PIECES_ZIPF or _is_ordinary(gaps, words):
        return [], False
    is_sure = all(gap in _STRANGE for gap in gaps) or not all(
        len(word) >= _MIN_LETTERS and frequency(word) for word in words
    )
    return [(b, c, "") for (_, b), (c, _) in pairwise(pieces)], is_sure


def _is_ordinary(gaps: list[str], words: list[str]) -> bool:
    """One hyphen, apostrophe or end of a sentence: spelling, not hiding."""
    if len(gaps) > 1:
        return all(one in {"-", "'"} for one in gaps) and all(
            len(word) > 1 and frequency(word) for word in words
        )
    return gaps[0] in {"-", "'", "`", ":", ",", ";", "!", "/", "("} or words[1][0].isupper()
