"""A word broken by one gap, in a text that is otherwise as people write it.

Two words in a row are one if a piece is no word of the text's language and both together are a
frequent one, much likelier than the pieces. One-letter words, initials and lists stay.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import spelling, vocabulary
from detectors.text.normaliser.lexicon import frequency, spelt
from detectors.text.normaliser.mapped import Edit

_LOST: Final = frozenset("sdmrlvt")
_NUMBER: Final = re.compile(r"(?<!\w)[\d.,:]*\d\s+$")
_LONGEST_NUMBER: Final = 16
_OPENINGS: Final = frozenset(("", *"\"'“„«‘([*>¿¡"))
_LETTER_WORDS: Final = {
    "en": "ai", "de": "ons", "nl": "unst", "sv": "åi", "da": "iå", "no": "iå", "es": "aeouy",
    "pt": "aeoéà", "fr": "aàyôcdjlmnst", "it": "aeioècdl", "ca": "aioudlnst", "ro": "aoelsnm",
    "tr": "o", "id": "", "ms": "", "vi": "àáơôíýyuê", "pl": "aiouwz", "cs": "aiouksvz",
    "sk": "aiouksvz", "sl": "aiouksvzh", "hr": "aiouksz", "sh": "aiouksz", "hu": "aeőós",
    "fi": "", "af": "n", "ru": "аиоуявксжб", "uk": "аіоуєяївзйжб", "bg": "аеиоувсѝ",
    "mk": "аеиоувс", "sr": "аиоуксз", "el": "ηοωήό",
}  # fmt: skip
"""One-letter words, with what is left of some before a lost apostrophe; elsewhere all vowels."""
_SHORTHAND: Final = {"en": "urnycbxwk", "es": "qkxd", "pt": "qckd", "id": "gkydsmn"}
"""Consonants that chat writes for words."""
_STEMS: Final = frozenset(
    ("it", "he", "she", "that", "what", "let", "who", "here", "there", "i", "you", "we", "they")
)
"""Words before a lost apostrophe: `it s`, `don t`."""
JOINED_ZIPF: Final = 7
SHORT_ZIPF: Final = {2: 12, 3: 9}
"""How frequent (twice the Zipf frequency) a short word must be that two pieces make."""
_SHORT_WORDS: Final = frozenset(("vi",))
"""Languages of short words."""
_NO_WORDS: Final = frozenset(("us", "am", "pm", "uk", "eu", "im", "ur"))
_LETTER_ZIPF: Final = 14
_RARE_ZIPF: Final = 8
"""Word lists have pieces of words and foreign ones up to here."""
SURELY_NONE: Final = 6
_WORD_COST: Final = 18
MIN_GAIN: Final = 8
"""How much likelier the word must be than its pieces, as in `broken`."""
MIN_JOINED: Final = 4
_SHORTHAND_ZIPF: Final = 11
_ENDS: Final = frozenset(".!?…:;\n\"'“”„«»‘’()[]-–—*•>¿¡。")
"""What a capital after it tells nothing about."""
_LOOSE_MARK: Final = re.compile(
    f"(?<=[\u0900-\u0dff\u0e00-\u109f\u1780-\u17d3]) (?=(?![\u0300-\u08ff])[{chars.MARKS_CLASS}])"
)
_LOOSE_LETTER: Final = re.compile(
    "(?<!\\S)([\u0620-\u064a\u05d0-\u05ea\u0905-\u0939])"
    " ([\u05d0-\u05ea\u0620-\u065f\u0900-\u097f]{2,20})(?!\\w)"
)
_ALONE: Final = frozenset("وینवन")
"""Letters of these scripts that stand by themselves."""


def is_name(text: str, at: int) -> bool:
    """Whether the letter there is a capital inside a sentence of small letters."""
    if not text[at].isupper() or text.isupper():
        return False
    before = text[:at].rstrip(" ")[-1:]
    return before != "" and before not in _ENDS


def gain(pieces: list[int], whole: int) -> int:
    """How much likelier a word is than its pieces side by side."""
    return _WORD_COST - sum(pieces) + whole


def loose(text: str) -> Iterator[Edit]:
    """Gaps before a letter's mark, and after a first letter in scripts of other alphabets."""
    for found in _LOOSE_MARK.finditer(text):
        yield found.start(), found.end(), ""


def led(text: str) -> Iterator[Edit]:
    """Gaps after the first letter of an Arabic, Hebrew or Devanagari word."""
    for found in _LOOSE_LETTER.finditer(text):
        letter, rest = found.groups()
        whole = frequency(letter + rest)
        if letter not in _ALONE and whole >= JOINED_ZIPF and gain([0, frequency(rest)], whole) > 0:
            yield found.end(1), found.start(2), ""


def joins(text: str, found: list[re.Match[str]], lang: str) -> list[Edit]:
    """The gaps inside the words of a text; of two gaps beside one word the likelier."""
    gains: list[tuple[int, int]] = []
    for at, (a, b) in enumerate(pairwise(found)):
        if text[a.end() : b.start()] == " " and _is_worth(text, found, at):
            gain = _broken(text, a, b, lang)
            if gain is not None:
                gains.append((-gain, at))
    taken: set[int] = set()
    for _, at in sorted(gains):
        if taken.isdisjoint((at - 1, at + 1)):
            taken.add(at)
    return [(found[at].end(), found[at + 1].start(), "") for at in sorted(taken)]


def _is_worth(text: str, found: list[re.Match[str]], at: int) -> bool:
    """Whether the word at a place and the next one are no list and no lost apostrophe."""
    a, b = found[at][0], found[at + 1][0]
    before = found[at - 1][0].lower() if at else ""
    after = found[at + 2][0] if at + 2 < len(found) else ""
    if b[0].isupper() and not (a.isupper() and text.isupper()):
        return False
    start, end = found[at].start(), found[at + 1].end()
    before_it = text[max(0, start - 1) : start]
    if text[end : end + 1] == "-" or not (before_it in _OPENINGS or before_it.isspace()):
        return False
    if len(a) == 1 and (len(before) == 1 and before not in "aiіяаиюu"):
        return False
    if len(b) == 1 and len(after) == 1 and after.lower() not in "aiіяаиюu":
        return False
    if _NUMBER.search(text, max(0, start - _LONGEST_NUMBER), start):
        return False
    return not (_is_lost(before, a) or _is_lost(a.lower(), b))


def _is_lost(stem: str, letter: str) -> bool:
    """Whether a letter is what follows an apostrophe that is not written."""
    if stem in _STEMS:
        return letter in _LOST
    return letter == "t" and stem.endswith("n")


def _broken(text: str, a: re.Match[str], b: re.Match[str], lang: str) -> int | None:
    """How much likelier two words are as one, or None if that is not sure."""
    zipf = vocabulary.words(lang)
    joined = spelt(a[0] + b[0])
    whole = zipf.get(joined, 0)
    least = JOINED_ZIPF + 2 if lang in _SHORT_WORDS else SHORT_ZIPF.get(len(joined), JOINED_ZIPF)
    if whole < least or joined in _NO_WORDS:
        return None
    pieces = [weight(one[0], lang, zipf) for one in (a, b)]
    gained = gain(pieces, whole)
    is_one = any(
        len(one[0]) == 1 and at < _LETTER_ZIPF for one, at in zip((a, b), pieces, strict=True)
    )
    if not (is_one or any(map(is_none, (a[0], b[0]), pieces))) or gained < MIN_GAIN - is_one:
        return None
    is_doubtful = is_name(text, a.start()) and max(pieces) > min(_RARE_ZIPF, whole - 3)
    return None if is_doubtful else gained


def is_none(piece: str, zipf: int) -> bool:
    """Whether a piece is no word, or is one of the foreign ones that word lists have."""
    return zipf <= (_RARE_ZIPF if len(piece) < MIN_JOINED else SURELY_NONE)


def weight(piece: str, lang: str, zipf: Mapping[str, int]) -> int:
    """How frequent a piece is as a word; a letter by itself is one or is none."""
    low = spelt(piece)
    if len(low) > 1:
        return zipf.get(low, 0)
    own = _LETTER_WORDS.get(lang)
    is_word = low in own if own is not None else spelling.is_vowel(low)
    if is_word:
        return _LETTER_ZIPF
    return _SHORTHAND_ZIPF if low in _SHORTHAND.get(lang, "") else 0
