"""Digits and signs that stand for letters, read back where that gives a word."""

import itertools
import re
from collections.abc import Iterator
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser.lexicon import frequency
from detectors.text.normaliser.mapped import Edit, Mapped

_LATIN_SIGNS: Final = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b",
    "9": "g", "@": "a", "$": "s", "!": "il", "|": "li", "+": "t", "€": "e", "£": "l", "¥": "y",
    "¢": "c", "§": "s", "©": "c", "®": "r", "×": "x", "†": "t", "µ": "u", "(": "c",
    "¡": "i", "ß": "b", "Ø": "o",
}  # fmt: skip
_CYRILLIC_SIGNS: Final = {
    "0": "о", "3": "зеэ", "4": "ч", "6": "б", "1": "іл", "9": "д", "@": "а", "8": "в", "7": "т",
    "$": "с", "€": "е", "5": "с", "2": "г", "!": "и", "©": "с", "¥": "у", "*": "ж",
}  # fmt: skip
_PAIRS: Final = re.compile(r"\|_\||\|\\\||/\\/\\|\\/\\/|\|-\||/-\\|/\\|\\/|\|\)|\|<|\|3|\(\)|\[\]")
_PAIR_LETTERS: Final = {
    "|_|": "u", "|\\|": "n", "/\\/\\": "m", "\\/\\/": "w", "|-|": "h", "/-\\": "a", "/\\": "a",
    "\\/": "v", "|)": "d", "|<": "k", "|3": "b", "()": "o", "[]": "o",
}  # fmt: skip
_SPOKEN: Final = {
    "gr8": "great", "h8": "hate", "h8er": "hater", "h8ers": "haters", "l8r": "later", "m8": "mate",
    "b4": "before", "2nite": "tonight", "2day": "today", "4ever": "forever", "sk8": "skate",
}  # fmt: skip
_SIGNS: Final = "0-9@$!|+€£¥¢§©®×†µ(\\[<{¡^&%#"
_LETTER: Final = f"{chars.LATIN_CLASS}{chars.CYRILLIC_CLASS}"
_QUICK: Final = re.compile(f"[{_LETTER}][{_SIGNS}*/\\\\]|[{_SIGNS}*/\\\\][{_LETTER}]")
_INNER: Final = re.compile(
    f"(?<![\\w@$.:/#!+])(?=[0-9@$!|+€¢(]*[{_LETTER}])(?=[{_LETTER}]*[0-9@$!|+€¢(])"
    f"[{_LETTER}0-9@$!|+€¢(]{{2,}}(?![\\w./@:])"
)
_TOKEN: Final = re.compile(r"\S+")
_CORE: Final = re.compile(f"[{_LETTER}{_SIGNS}*)\\]]+")
_ADDRESS: Final = re.compile(
    r"://|www\.|\w@\w[\w-]*\.\w|^[#@]\w|^[(\[\"']?0x[0-9a-fA-F]{6,}|\w\.\w{2,}/|^[&/\\]\w+[;/]",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(
    r"^[$€£¥#+(\[<{]*\d[\d.,:/x×+-]*(?:[a-zA-Zа-яА-Я]{1,3}|st|nd|rd|th|usdt?|btc|eth|mins?|hrs?|"
    r"hours?|days?|bit|ers|er|ème|ые|ого|ная|ный)?[%!)\]}+]*$",
    re.IGNORECASE,
)
_ORDINAL: Final = re.compile(
    r"^[$€£¥(+]*\d[\d.,:]*(?:st|nd|rd|th|[ap]m|[kmbx]|usdt?|btc|eth)?[%!)+.,]*$", re.IGNORECASE
)
_CODE: Final = re.compile(rf"^[$#]?[A-Z0-9]{{1,5}}[!)]*$|^[{_LETTER}]{{1,3}}\d+[!)]*$")
_NUMBER_UNIT: Final = re.compile(
    r"^\d+(?:st|nd|rd|th|[ap]m|[a-z]|[kmgt]?b|[kcm]?m|[km]?g|mins?|hrs?|days?|bit|er|me|u|yrs?|yo)$"
    r"|^[24](?!nd|h)[a-z]|^\d{2,}[a-z]",
    re.IGNORECASE,
)
_MAX_SIGNS: Final = 8
_MAX_READINGS: Final = 48
_MAX_LETTERS: Final = 24
_MIN_LETTERS: Final = 3
_SHORT_ZIPF: Final = 10


def fold(given: Mapped) -> Mapped:
    """The text with leetspeak read, word by word.

    A sign between letters counts where the reading is a word. A sign at a word's edge may be
    a price, a number or an exclamation, so it counts only if the rest is no word by itself, or
    if the text has leetspeak elsewhere.
    """
    text = given.text
    if not _QUICK.search(text) and not _PAIRS.search(text):
        return given
    sure: list[Edit] = []
    unsure: list[Edit] = []
    for token in _TOKEN.finditer(text):
        if not _QUICK.search(token[0]) and not _PAIRS.search(token[0]):
            continue
        if _ADDRESS.search(token[0]) or _ORDINAL.match(token[0]):
            continue
        is_unit = _UNIT.match(token[0]) is not None
        for start, end, shown, is_sure in _words(token[0], token.start()):
            if not is_unit:
                (sure if is_sure else unsure).append((start, end, shown))
            elif len(shown) > _MIN_LETTERS:
                unsure.append((start, end, shown))
    if not sure:
        return given
    if len(sure) > 1:
        unsure += _further(text, sure + unsure)
    return given.edited(sorted(sure + unsure))


def _further(text: str, taken: list[Edit]) -> Iterator[Edit]:
    """In a text full of leetspeak: its short words, and unknown ones read sign by sign."""
    read = {at for start, end, _ in taken for at in range(start, end)}
    for found in _INNER.finditer(text):
        word = found[0]
        if word.rstrip("!+(").isalpha() and frequency(word.rstrip("!+(")):
            continue
        if len(word) > _MAX_LETTERS or not read.isdisjoint(range(*found.span())):
            continue
        known = _most_frequent(word)
        if known is not None:
            yield found.start(), found.end(), known[0]
        elif not _CODE.match(word) and not _UNIT.match(word):
            is_cyrillic = any("\u0400" <= one <= "\u052f" for one in word)
            table = _CYRILLIC_SIGNS if is_cyrillic else _LATIN_SIGNS
            yield found.start(), found.end(), "".join(table.get(one, one)[0] for one in word)


def _words(token: str, offset: int) -> Iterator[tuple[int, int, str, bool]]:
    """The words of a token that are leetspeak, with whether that is certain."""
    whole = _paired(token)
    if whole is not None:
        yield offset, offset + len(token), whole, True
        return
    for core in _CORE.finditer(token):
        found = _reading(core[0])
        if found is not None:
            start, end, shown, is_sure = found
            yield offset + core.start() + start, offset + core.start() + end, shown, is_sure


def _paired(token: str) -> str | None:
    """A word written with letters drawn out of several signs."""
    if len(token) > 4 * _MAX_LETTERS or not _PAIRS.search(token):
        return None
    drawn = _PAIRS.sub(lambda found: _PAIR_LETTERS[found[0]], token)
    core = drawn.strip(".,;:!?\"'")
    if not core.isalnum() and not _QUICK.search(core):
        return None
    if core.isalpha():
        is_word = frequency(core) >= (_SHORT_ZIPF if len(core) <= _MIN_LETTERS else 1)
        return drawn if len(core) >= _MIN_LETTERS and is_word else None
    found = _reading(core)
    return found[2] if found is not None and len(found[2]) > _MIN_LETTERS else None


def _reading(core: str) -> tuple[int, int, str, bool] | None:
    """Start, end, reading and certainty of the leetspeak word in a run of letters and signs."""
    if core.lower() in _SPOKEN:
        return 0, len(core), _SPOKEN[core.lower()], False
    if len(core) > _MAX_LETTERS or _CODE.match(core):
        return None
    best: tuple[int, int, str, bool] | None = None
    for start, end in _trims(core):
        piece = core[start:end]
        shown = _best(piece)
        if shown is None:
            continue
        inside = any(not one.isalpha() for one in piece.strip("0123456789@$!|+([<{#^&%*"))
        letters = "".join(one for one in piece if one.isalpha())
        is_sure = inside or not frequency(letters)
        if best is None or (is_sure and not best[3]):
            best = start, end, shown, is_sure
    return best


def _trims(core: str) -> Iterator[tuple[int, int]]:
    """The whole run, then without closing, then without opening signs."""
    end = len(core.rstrip("!)]+%*#&0123456789"))
    start = len(core) - len(core.lstrip("([<{#*&+%!"))
    ends = {len(core), len(core.rstrip("!)]")), end}
    for last in sorted(ends, reverse=True):
        for first in sorted({0, start}):
            if last - first >= _MIN_LETTERS:
                yield first, last


def _best(piece: str) -> str | None:
    if "(" in piece and ")" in piece:
        return None
    n_signs = sum(not one.isalpha() for one in piece)
    if not n_signs or n_signs > min(_MAX_SIGNS, len(piece) - 1):
        return None
    found = _most_frequent(piece)
    if found is None:
        return None
    shown, zipf = found
    if len(shown) == _MIN_LETTERS and (piece.isupper() or zipf < _short_zipf(piece, shown)):
        return None
    return shown.upper() if piece.isupper() else shown


def _short_zipf(piece: str, shown: str) -> int:
    """How frequent a word of three letters must be: less so if the sign hides its vowel."""
    hides_vowel = any(
        not sign.isalpha() and letter in "aeiouаеиоу"
        for sign, letter in zip(piece, shown, strict=False)
    )
    return _SHORT_ZIPF - 2 * hides_vowel


def readings(piece: str) -> Iterator[str]:
    """What a run of letters and signs may say, some of it at most; nothing if a sign is none."""
    is_cyrillic = any("\u0400" <= one <= "\u052f" for one in piece)
    table = _CYRILLIC_SIGNS if is_cyrillic else _LATIN_SIGNS
    options = [one if one.isalpha() and one not in "ßµ" else table.get(one, "") for one in piece]
    if all(options):
        yield from map("".join, itertools.islice(itertools.product(*options), _MAX_READINGS))


def _most_frequent(piece: str) -> tuple[str, int] | None:
    best, top = "", 0
    for shown in readings(piece):
        zipf = frequency(shown)
        if zipf > top:
            best, top = shown, zipf
    return (best, top) if top else None


def is_unit(token: str) -> bool:
    """Whether a token is a number with its unit, or a code in capitals."""
    return bool(_NUMBER_UNIT.match(token) or (token.isupper() and _CODE.match(token)))


def is_code(token: str) -> bool:
    """Whether a token of letters and digits is a number with its unit, a code or an address."""
    return bool(_UNIT.match(token) or _CODE.match(token) or _ADDRESS.search(token))


def reads(word: str) -> bool:
    """Whether a word with digits in it is leetspeak for a known one."""
    return not word.isalpha() and not word.isdigit() and _reading(word) is not None
