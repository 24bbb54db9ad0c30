"""Russian, Arabic and Hindi written in Latin letters, put into their own script.

A cheap reading, not a transliteration scheme: among the spellings that the Latin letters allow
it takes the most frequent word of the lexicon, and where none is one, the plainest.
"""

import itertools
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from detectors.text.normaliser import vocabulary
from detectors.text.normaliser.lexicon import frequency, spelt
from detectors.text.normaliser.mapped import Edit, Mapped
from detectors.text.normaliser.payloads import Payload

Options = tuple[str, ...]
_WORD: Final = re.compile(
    r"(?<![\w@#$/.])[a-zA-Z][a-zA-Z2356789']*|(?<![\w@#$/.])[23567](?=[a-zA-Z])[a-zA-Z2356789']*"
)
_QUICK: Final = re.compile(r"[a-z2-9']+")

_TABLES: Final = tomllib.loads(
    Path(__file__).with_name("romanised.toml").read_text(encoding="utf-8")
)
MARKERS: Final[dict[str, str]] = {
    word: lang for lang in ("ru", "ar", "hi") for word in _TABLES["markers"][lang].split()
}
"""Frequent words that give a romanised language away."""
_WEAK: Final = frozenset(_TABLES["markers"]["weak"].split())
_MIN_STRONG: Final = 1
_MIN_SHARE: Final = 0.25
_MIN_WORDS: Final = 3
_MIN_MIXED: Final = 2
_READ_SHARE: Final = {"ru": 0.6, "ar": 0.6, "hi": 0.6}
_MAX_READINGS: Final = 96
_CHANGE_COST: Final = 1
_MAX_LETTERS: Final = 18
_MAX_WORDS: Final = 400
_MIN_UNKNOWN: Final = 2
_N_TRIED: Final = 6
_MIN_TRIED: Final = 4
_TRIED_SHARE: Final = 0.75
_UNKNOWN_SHARE: Final = 0.25
_ARABIC_VOWELS: Final = 0.3
"""Romanised without its short vowels Arabic has about so many; Basque or Swahili have 0.45."""
_VOWELS: Final = frozenset("aeiouy")
_FULL_VOWELS: Final = frozenset("aeiou")
_VIRAMA: Final = "\u094d"


def _options(name: str) -> dict[str, Options]:
    return {letters: tuple(options) for letters, options in _TABLES[name].items()}


_RUSSIAN: Final = _options("russian")
_ARABIC: Final = _options("arabic")
_HINDI: Final = _options("hindi")
_MATRAS: Final = _options("matras")
_INITIALS: Final = _options("initials")
_ENGLISH_ZIPF: Final = 9
_ENGLISH_LETTERS: Final = 4


def marker(word: str) -> str | None:
    """The language that a word in Latin letters gives away, if any."""
    return MARKERS.get(word.lower())


def find(given: Mapped) -> list[Payload]:
    """The text in the script of its language, if it is romanised Russian, Arabic or Hindi."""
    words = list(itertools.islice(_WORD.finditer(given.text), _MAX_WORDS))
    lower = [one[0].lower() for one in words]
    lang = _marked(lower) or (_tried(lower) if _is_plain(given.text) else None)
    if lang is None:
        return []
    shown = _read(given, words, lang, _MIN_WORDS)
    return [Payload(shown, (f"romanised_{lang}",))] if shown is not None else []


def _is_plain(text: str) -> bool:
    """Whether the letters are ASCII ones: who writes others has no need to romanise."""
    return not any(one.isalpha() and not one.isascii() for one in text)


def fold(given: Mapped, lang: str) -> Mapped:
    """A text of a language (`ru`, `ar`, `hi`) with its words in Latin letters in its own script.

    As it is unless there are two such words in small letters at least, most of them not English
    (names and terms are), and most of all known once read so.
    """
    words = list(itertools.islice(_WORD.finditer(given.text), _MAX_WORDS))
    small = [one for one in words if not one[0].isupper()]
    plain = [one[0] for one in small if one[0].islower()]
    english = vocabulary.words("en")
    n_unknown = sum(english.get(word, 0) < _ENGLISH_ZIPF for word in plain)
    if n_unknown < _MIN_MIXED or 2 * n_unknown < len(plain):
        return given
    return _read(given, small, lang, _MIN_MIXED) or given


def _read(given: Mapped, words: Sequence[re.Match[str]], lang: str, n_least: int) -> Mapped | None:
    """The text with words in the language's script, if there are so many and most are known."""
    edits: list[Edit] = []
    n_read = n_words = 0
    for found in words:
        lower = found[0].lower()
        if len(lower) > _MAX_LETTERS or _is_english(lower):
            continue  # an English word among them stays
        shown, is_known = native(lower, lang)
        n_words += 1
        n_read += is_known
        edits.append((found.start(), found.end(), shown))
    if n_words < n_least or n_read < _READ_SHARE[lang] * n_words:
        return None
    return given.edited(edits)


def _is_english(word: str) -> bool:
    return len(word) > _ENGLISH_LETTERS and word not in MARKERS and frequency(word) > _ENGLISH_ZIPF


def _marked(words: Sequence[str]) -> str | None:
    """The language that frequent words give away."""
    if len(words) < _MIN_WORDS or MARKERS.keys().isdisjoint(words):
        return None
    marked = [(word, MARKERS[word]) for word in words if word in MARKERS]
    n_digits = sum(
        any(c in "3756" for c in word) and word.isalnum() and not word[-1:].isdigit()
        for word in words
    )
    if _is_russian(words):
        return "ru"
    for lang in ("ru", "ar", "hi"):
        strong = {word for word, one in marked if one == lang and word not in _WEAK}
        n = sum(one == lang for _, one in marked) + (n_digits if lang == "ar" else 0)
        if len(strong) >= _MIN_STRONG and n >= max(2, _MIN_SHARE * len(words)):
            return lang
    return None


def _is_russian(words: Sequence[str]) -> bool:
    """Whether most of the unknown words are Russian ones, beside words that hint at it."""
    unknown = [word for word in words if len(word) > _ENGLISH_LETTERS and not frequency(word)]
    if len(unknown) < _MIN_UNKNOWN or not any(MARKERS.get(word) == "ru" for word in words):
        return False
    longest = sorted(unknown, key=len, reverse=True)[:_N_TRIED]
    return sum(native(word, "ru")[1] for word in longest) * 3 >= 2 * len(longest)


def _tried(words: Sequence[str]) -> str | None:
    """The language in which most of the words and of the longest unknown ones are known ones.

    Any letters without vowels are some Arabic word's, so Arabic needs digits among them, or few
    vowels.
    """
    unknown = {word for word in words if len(word) >= _MIN_TRIED and not frequency(word)}
    if len(words) < _MIN_WORDS or len(unknown) < max(_MIN_UNKNOWN, _UNKNOWN_SHARE * len(words)):
        return None
    longest = sorted(unknown, key=lambda word: (-len(word), word))[:_N_TRIED]
    tried = ("ru", "hi", "ar") if _is_arabizi(words) else ("ru", "hi")
    for lang in tried:
        n_long = sum(native(word, lang)[1] for word in longest)
        if 2 * n_long < len(longest):
            continue
        n_known = sum(len(word) for word in words if native(word, lang)[1])
        if n_known >= _TRIED_SHARE * sum(map(len, words)):
            return lang
    return None


def _is_arabizi(words: Sequence[str]) -> bool:
    letters = "".join(words)
    n_vowels = sum(one in _FULL_VOWELS for one in letters)
    has_digits = any(one in "23567" for one in letters)
    return has_digits or n_vowels < _ARABIC_VOWELS * len(letters)


def native(word: str, lang: str) -> tuple[str, bool]:
    """A romanised word in the language's script, and whether that is a known word."""
    if lang == "hi":
        options = _syllables(word)
    else:
        options = list(_letters(word, _RUSSIAN if lang == "ru" else _ARABIC))
        options = _softened(word, options) if lang == "ru" else _joined(word, options)
    own = vocabulary.words(lang)
    best, top = "", 0
    for cost, combination in itertools.islice(_nearest(options), _MAX_READINGS):
        shown = "".join(combination)
        zipf = own.get(spelt(shown), 0) or frequency(shown)
        best = best or shown
        if zipf and zipf - _CHANGE_COST * cost > top:
            best, top = shown, zipf - _CHANGE_COST * cost
    return best or word, top > 0


def _nearest(options: Sequence[Options]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Combinations and how far down their choices are, the fewest second choices first."""
    first = tuple(one[0] for one in options)
    yield 0, first
    places = [at for at, one in enumerate(options) if len(one) > 1]
    for n in range(1, min(4, len(places)) + 1):
        for changed in itertools.combinations(places, n):
            for choice in itertools.product(*(options[at][1:] for at in changed)):
                other = list(first)
                for at, new in zip(changed, choice, strict=True):
                    other[at] = new
                cost = sum(options[at].index(new) for at, new in zip(changed, choice, strict=True))
                yield cost, tuple(other)


def _letters(word: str, table: dict[str, Options]) -> Iterator[Options]:
    at = 0
    while at < len(word):
        for n in (4, 3, 2, 1):
            piece = word[at : at + n]
            if n > 1 and piece[-1] == "y" and word[at + n : at + n + 1] in _FULL_VOWELS:
                continue  # the y belongs to the vowel after it
            if len(piece) == n and piece in table:
                yield table[piece]
                at += n
                break
        else:
            yield (word[at],)
            at += 1


def _softened(word: str, options: list[Options]) -> list[Options]:
    """Russian: soft signs only before consonants and at the end, y by what it follows."""
    vowels = set("аеёиоуыэюя")
    found: list[Options] = []
    for at, one in enumerate(options):
        after = options[at + 1][0][:1] if at + 1 < len(options) else ""
        if len(one) == 2 and one[1] == one[0] + "ь" and (after in vowels or after == "ь") and after:  # noqa: PLR2004
            found.append(one[:1])
        elif one == ("ы", "й") and found and found[-1][0][-1:] in vowels:
            found.append(("й", "ы"))
        else:
            found.append(one)
    return found


def _joined(word: str, options: list[Options]) -> list[Options]:
    """Arabic: the article, doubled letters once, and the letters of a word's two ends."""
    found: list[Options] = []
    for at, one in enumerate(options):
        if at and one == options[at - 1] and one[0] and word[at - 1 : at + 1].isalpha():
            continue
        found.append(one)
    if word[0] in "aei":
        found[0] = ("ا", "أ", "إ", "ع")
    if word[-1] in "ae" and len(found) > 1:
        found[-1] = ("ة", "ا", "ه", "ى", "")
    return found


def _clustered(options: Options, after: str) -> Options:
    """Hindi: a consonant before another may be joined to it."""
    return options if after in _FULL_VOWELS else (*options, options[0] + _VIRAMA)


def _syllables(word: str) -> list[Options]:
    """Hindi: consonants with vowel signs; a vowel at the beginning has its own letter."""
    found: list[Options] = []
    at = 0
    while at < len(word):
        table = (
            _INITIALS
            if at == 0 or (found and word[at - 1] in _FULL_VOWELS and word[at] in _VOWELS)
            else _MATRAS
        )
        for n in (3, 2, 1):
            piece = word[at : at + n]
            options = table.get(piece) or _HINDI.get(piece)
            if len(piece) == n and options:
                if (
                    len(piece) > 1
                    and piece[-1] == "n"
                    and word[at + n : at + n + 1] in _VOWELS
                    and table is not _HINDI
                ):
                    continue
                if piece == "a" and at + n == len(word) and at:
                    options = ("ा", "")
                elif piece in _HINDI and word[at + n : at + n + 1].isalpha():
                    options = _clustered(options, word[at + n])
                found.append(options)
                at += n
                break
        else:
            found.append((word[at],))
            at += 1
    return found
