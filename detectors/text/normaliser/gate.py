"""Tells ordinary texts from those worth a closer look, a token at a time.

Most tokens of a chat recur, so what is known of them is kept: an ordinary text costs a split and
a look-up a token.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import category

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import leet, repeats, romanised, scripts
from detectors.text.normaliser.lexicon import frequency

KNOWN, NEUTRAL, UNKNOWN, SINGLE, NUMBER, ROMANISED, ODD = range(7)
"""What a token is: a word of the lexicon, nothing to look at, an ordinary but unknown word, one
letter, a number, a word of a romanised language, or something that a step may change."""

_PUNCTUATION: Final = ".,!?*_[]{}>~`;:\"'()…“”„‘’«»‹›—–-।。，！？、；：（）《》「」【】؟،؛¿¡"
_M: Final = chars.MARKS_CLASS
_WORD: Final = re.compile(
    f"[{chars.LATIN_CLASS}]+(?:['’-][{chars.LATIN_CLASS}]+)*|[{chars.CYRILLIC_CLASS}]+(?:[-’'][{chars.CYRILLIC_CLASS}]+)*"
    f"|[{chars.GREEK_CLASS}]+|[{chars.ARMENIAN_CLASS}]+|(?:[\u05d0-\u05ea]|[{_M}])+(?:[-\"'״׳](?:[\u05d0-\u05ea]|[{_M}])+)*"
    f"|(?:[\u0620-\u064a\u0671-\u06d5]|[{_M}])+(?:\u200c(?:[\u0620-\u064a\u0671-\u06d5]|[{_M}])+){{0,2}}"
    f"|(?:[\u0900-\u0dff][\u200c\u200d]{{0,1}})+|[\u10d0-\u10ff]+"
)
_STRETCH: Final = re.compile(r"([^\W\d_])\1\1", re.IGNORECASE)
_PILED: Final = re.compile(
    f"([{_M}])\\1\\1|\u200d.\u200d.\u200d|\u200c.\u200c.\u200c|[\u0300-\u036f]"
)
_UNSPACED: Final = re.compile(
    "[\u0e00-\u109f\u1200-\u139f\u2010-\u2027\u2030-\u205e\u22ef\u1780-\u17ff\u2e80-\u2fdf\u3001-\u303f\u3041-\u318e\u3190-\ua48c"
    "\uac00-\ud7a3\uf900-\ufaff\uff01-\uff0f\uff1a-\uff1f\uff5e-\uff65\U00020000-\U0003134f"
    "“”‘’…—·～]+"
)
_SCRIPT_LETTER: Final = re.compile("[\u0e01-\u0eff\u3041-\ud7a3]")
_EMOJI: Final = re.compile(
    "(?:(?:[\u203c\u2049\u2190-\u21ff\u231a-\u23ff\u25aa-\u25fe\u2600-\u2712\u2714\u2716-\u271c"
    "\u271e-\u2bff\u3030\U0001f004-\U0001f0ff\U0001f18e\U0001f191-\U0001f19a\U0001f201-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]?\u200d?)|[\u2190-\u245f\u2500-\u2bff])+"
)
_FLAG: Final = re.compile("(?:[\U0001f1e6-\U0001f1ff]{2})+")
_NUMBER: Final = re.compile(r"[\d.,:/%$€£¥₹₽₩#+\-–~≈()=*xX×°]*\d[\d.,:/%$€£¥₹₽₩+\-–()=°]*")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)[!-$&-~]+|[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
_HANDLE: Final = re.compile(rf"(?:[@#$]|/?[ru]/)[{chars.LATIN_CLASS}_]+")
_TICKER: Final = re.compile(r"[$#@][A-Za-z0-9_]{1,32}")
_HEX_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_SPLIT: Final = re.compile(r"[-–—/.,:;&+\"'()…!?]+")
_ASCII_RUN: Final = re.compile("[!-~]+")
_BACKWARDS: Final = re.compile(r"[.!?,]+[^\W\d_]{2}|[a-zа-яё]+[A-ZА-ЯЁ][.!?,]*$")
"""A sentence's end before its last word, a capital at a word's end: a text from its end."""
_BITS: Final = re.compile("[01]{8,}")
_TATWEEL: Final = re.compile("[\u0620-\u064a]\u0640+[\u0620-\u063f\u0641-\u064a]")
_SWITCHES: Final = re.compile("[a-zа-яё][A-ZА-ЯЁ]")
_PARTS: Final = re.compile("[-’']")
_HALVES: Final = re.compile(r"([^\W\d_]+)[._*-]([^\W\d_]+)")
_MIN_WHOLE_ZIPF: Final = 7
_APART_COST: Final = 18
_MIN_GAIN: Final = 6
"""As in `parted`, less sure: words of all languages together are looked up here."""
_LETTER_WORDS: Final = frozenset("aeioàéèóаеиоуявксзжбіηοωو")
_LONG: Final = 16
_CACHED_CHARACTERS: Final = 160
_MEMORY: Final = 1 << 15


def kinds(text: str) -> list[int]:
    """What each token of the text is."""
    tokens = text.split()
    if len(text) <= _CACHED_CHARACTERS:
        return list(map(_remembered, tokens))
    return [_remembered(one) if len(one) <= _CACHED_CHARACTERS else kind(one) for one in tokens]


def kind(token: str) -> int:
    """What a token without white space is."""
    core = token.strip(_PUNCTUATION)
    if not core or _BACKWARDS.match(token):
        return ODD if core or ".-" in token or "-." in token else NEUTRAL
    if _WORD.fullmatch(core):
        return SINGLE if len(core) == 1 else _word(core)
    if _NUMBER.fullmatch(core):
        return _number(core)
    if any(pattern.fullmatch(core) for pattern in (_HANDLE, _ADDRESS, _HEX_ADDRESS, _EMOJI)):
        return ODD if len(core) >= _LONG and _HANDLE.fullmatch(core) else NEUTRAL
    if _UNSPACED.fullmatch(core):
        return SINGLE if len(core) == 1 and _SCRIPT_LETTER.match(core) else NEUTRAL
    return _ascii(core) if core.isascii() else _mixed(core)


_remembered = lru_cache(maxsize=_MEMORY)(kind)


def is_broken(text: str) -> bool:
    """Whether two tokens in a row may be one word with a gap inside."""
    tokens = text.split()
    return any(map(_are_one, tokens, tokens[1:]))


@lru_cache(maxsize=_MEMORY)
def _are_one(first: str, following: str) -> bool:
    if "\u0900" <= following[0] <= "\u17d3" and category(following[0])[0] == "M":
        return True
    if not first[-1].isalpha() or not following[0].isalpha():
        return False
    whole = f"{first.lstrip(_PUNCTUATION)}{following.rstrip(_PUNCTUATION)}"
    is_word = whole.isalpha() or (len(first) == 1 and first > "\u0590")
    if not is_word or len(whole) >= _LONG:
        return False
    together = frequency(whole)
    if together < _MIN_WHOLE_ZIPF:
        return False
    pieces = (first.lstrip(_PUNCTUATION), following.rstrip(_PUNCTUATION))
    return _APART_COST - sum(map(_weight, pieces)) + together >= _MIN_GAIN


def _weight(piece: str) -> int:
    """How frequent a piece is as a word of any language; consonants by themselves are none."""
    return 0 if len(piece) == 1 and piece.lower() not in _LETTER_WORDS else frequency(piece)


def _is_parted(core: str) -> bool:
    """Whether the halves around one sign are a known word together."""
    found = _HALVES.fullmatch(core)
    return found is not None and frequency(found[1] + found[2]) >= _MIN_WHOLE_ZIPF


def _number(core: str) -> int:
    if len(core) == 1:
        return SINGLE
    return ODD if _BITS.fullmatch(core) else NUMBER


def _word(core: str) -> int:
    if _is_disfigured(core):
        return ODD
    if romanised.marker(core) is not None:
        return ROMANISED
    if frequency(core):
        return KNOWN if len(core) < _LONG or not core.isascii() else ODD
    parts = _PARTS.split(core.replace("\u200c", "").replace("\u200d", ""))
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        return ODD
    if all(map(frequency, parts)):
        return UNKNOWN if _is_parted(core) else KNOWN
    return ODD if len(parts) > 2 or (len(parts) == 1 and _is_suspect(core)) else UNKNOWN  # noqa: PLR2004


def _is_disfigured(core: str) -> bool:
    """Whether letters are stretched, piled up with marks, or of alternating case."""
    if _TATWEEL.search(core):
        return True
    if _STRETCH.search(core):
        return repeats.is_stretched(core)
    n_switches = len(_SWITCHES.findall(core)) if _SWITCHES.search(core) else 0
    return n_switches > 1 or _PILED.search(core) is not None


def _is_suspect(core: str) -> bool:
    if (core.isascii() and len(core) >= _LONG) or _is_doubled(core):
        return True
    return scripts.is_suspect(core)


def _is_doubled(core: str) -> bool:
    return len(core) > 5 and core[::2].lower() == core[1::2].lower()  # noqa: PLR2004


def _ascii(core: str) -> int:
    """Compounds, numbers with units, codes, tickers and the like; else odd."""
    if len(core) >= _LONG:
        return ODD
    if _TICKER.fullmatch(core) and not core[1:2].isdigit():
        return NEUTRAL
    parts = [one for one in _SPLIT.split(core) if one]
    if "'" in core and parts[0].isdigit() and len(parts[-1]) < 3:  # noqa: PLR2004
        return NEUTRAL  # 4'e: a number with its case
    if all(
        one.isdigit() or one == "s" or leet.is_code(one) or (len(one) > 1 and frequency(one))
        for one in parts
    ):
        return UNKNOWN if _is_parted(core) or _is_lettered(core) else NEUTRAL
    return ODD


def _is_lettered(core: str) -> bool:
    """Whether a code may be a word with a digit or two for letters."""
    if not core.isalnum() or core.isdigit() or leet.is_unit(core):
        return False
    return any(frequency(one) >= _MIN_WHOLE_ZIPF for one in leet.readings(core.lower()))


def _mixed(core: str) -> int:
    """Scripts without spaces beside ASCII, emoji beside words; else odd."""
    rest = _ASCII_RUN.sub("", core)
    pieces = _ASCII_RUN.findall(core)
    if rest and _UNSPACED.fullmatch(rest):
        if any(kind(one) == ODD or one in "*_|~^#+`.-/" for one in pieces):
            return ODD
        return NEUTRAL
    if rest and _EMOJI.fullmatch(rest) and not any(one in rest for one in chars.EMOJI_LETTERS):
        is_inside = len(pieces) == 2 and core[0].isalpha() and core[-1].isalpha()  # noqa: PLR2004
        least = UNKNOWN if is_inside else NEUTRAL  # as in w🔥llet
        return max(least, *map(kind, pieces)) if pieces else least
    parts = [] if _FLAG.fullmatch(core) else [one for one in _SPLIT.split(core) if one]
    if len(parts) > 1 and all(
        _WORD.fullmatch(one) and len(one) > 1 and frequency(one) for one in parts
    ):
        return UNKNOWN if _is_parted(core) else NEUTRAL
    return ODD
