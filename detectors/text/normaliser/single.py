"""Single damaged words put right where it is sure what they are, in a text otherwise as it was.

What counts as sure: a word that the text's language does not have becomes a frequent word of it by
one repair. One-letter words, initials, lists, names and tickers are left alone.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import leet, parted, spelling, vocabulary
from detectors.text.normaliser.lexicon import frequency, spelt
from detectors.text.normaliser.mapped import Edit, Mapped

_MAX_WORDS: Final = 400
_MAX_CHARACTERS: Final = 8_000
_N_LANGUAGES: Final = 2
_N_NEAR: Final = 4
_MIN_KNOWN: Final = 0.5
_MIN_RIGHT: Final = 0.8
"""Of the words of a text in a language so many are known once put right, names aside."""
_ROUNDING: Final = 0.5
_GREEK: Final = "\u0370"
"""Where scripts of few languages begin: there any known word tells."""
_MARKED: Final = frozenset(".-")
"""Signs that also stand between words."""
_LETTER: Final = f"[{chars.LATIN_CLASS}{chars.CYRILLIC_CLASS}{chars.GREEK_CLASS}]"
_MASKED: Final = re.compile(
    f"(?<![\\w@#$/.*'’-])({_LETTER}{{1,20}})"
    "([*._#~^|-]|[\u2600-\u27bf\U0001f300-\U0001f6ff\U0001f900-\U0001faff]\ufe0f?)"
    f"({_LETTER}{{1,20}})(?![\\w@/*'’-]|\\.\\w)"
)
_STRETCHED: Final = re.compile(
    f"(?<![\\w@#$/.])(?=({_LETTER}{{6,60}})(?![\\w@/]))"
    f"{_LETTER}*?({_LETTER})\\2{{3,}}{_LETTER}{{2,}}",
    re.IGNORECASE,
)
_RUN: Final = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
_MARKED_WORD: Final = re.compile(f"(?<![\\w@#$/.])(?:{_LETTER}[\u0300-\u036f]*)+(?![\\w@/])")
_ACCENTED: Final = re.compile(
    "[\u0300-\u036f\u00c0-\u00d6\u00d9-\u00dd\u00e0-\u00f6\u00f9-\u024f\u1e00-\u1eff]"
)
_MAX_ACCENTS: Final = 6
_MASKED_ZIPF: Final = 6
_MIN_MASKED: Final = 4
_SLIP_LETTERS: Final = 5
_SLIP_ZIPF: Final = 8
_LONG_LETTERS: Final = 6
_SHORT: Final = 3
_BARE: Final = 2
_MAX_DIGITS: Final = 3
_DIGITS: Final = re.compile(
    f"(?<![\\w@#$/.,:+'’-])(?=[0-9]*{_LETTER})(?=\\w*[0-9])(?:{_LETTER}|[0-9]){{3,16}}(?![\\w@/+'’-]|[.,:]\\w)"
)
_CLEAR: Final = 3
"""How much more frequent than any other reading a word must be."""
_NATIVE_ZIPF: Final = 9
_NEVER: Final = 99
_MAX_SLIPS: Final = 20


def mend(given: Mapped) -> tuple[Mapped, list[str]]:
    """The text with its surely damaged words put right, and the steps that did so."""
    if len(given.text) > _MAX_CHARACTERS:
        return given, []
    whole, steps = given, list[str]()
    for gaps in (parted.loose, parted.led):
        whole = whole.edited(gaps(whole.text))
    if whole.text != given.text:
        steps.append("broken")
    read, further = _read(whole)
    return read, steps + [one for one in further if one not in steps]


def _read(given: Mapped) -> tuple[Mapped, list[str]]:
    """What a text says in its language."""
    found = _found(given.text)
    langs = _languages([spelt(one[0]) for one in found])
    if not langs or not _is_in(given.text, found, langs[0], _MIN_KNOWN):
        return given, []
    whole, steps = given, list[str]()
    for name, step in _STEPS:
        after = whole.edited(itertools.islice(step(whole.text, langs), _MAX_WORDS))
        if after.text != whole.text:
            whole = after
            steps.append(name)
    if not steps or not _is_in(whole.text, _found(whole.text), langs[0], _MIN_RIGHT):
        return given, []
    return whole, steps


def _languages(given: list[str]) -> list[str]:
    """The languages of a text, the one that knows most of its words first."""
    words = [one for one in given if len(one) > 1]
    near = vocabulary.languages(given)[:_N_NEAR]
    knowing = {lang: sum(one in vocabulary.words(lang) for one in words) for lang in near}
    return sorted(near, key=lambda lang: -knowing[lang])[:_N_LANGUAGES]


def _found(text: str) -> list[re.Match[str]]:
    return list(itertools.islice(spelling.WORD.finditer(text), _MAX_WORDS))


def _is_in(text: str, found: list[re.Match[str]], lang: str, share: float) -> bool:
    """Whether such a share of a text's words is known in a language, names aside."""
    known = vocabulary.words(lang)
    n_known = n_unknown = 0
    for one in found:
        if len(one[0]) == 1:
            continue
        word = spelt(one[0])
        if word in known or (word[0] >= _GREEK and frequency(word)):
            n_known += 1
        else:
            n_unknown += not parted.is_name(text, one.start())
    return n_known >= share * (n_known + n_unknown) - _ROUNDING and n_known > 0


def _highest(word: str, langs: list[str]) -> int:
    """How frequent a word is in the languages that the text may be in."""
    return max(vocabulary.words(lang).get(word, 0) for lang in langs)


def _cased(shown: str, like: str) -> str:
    if like.isupper():
        return shown.upper()
    return shown[0].upper() + shown[1:] if like[0].isupper() else shown


def _squeezed(text: str, langs: list[str]) -> Iterator[Edit]:
    """Words with a letter four times or oftener inside, which nobody knows."""
    for found in _STRETCHED.finditer(text):
        word = text[found.start() : found.end(1)]
        shown = _RUN.sub(r"\1", word)
        if len(shown) >= _SLIP_LETTERS and len(set(shown.lower())) * 2 > len(shown):
            yield found.start(), found.end(1), shown


def _unmasked(text: str, langs: list[str]) -> Iterator[Edit]:
    """Words with a sign inside or for one letter."""
    for found in _MASKED.finditer(text):
        head, sign, tail = found.groups()
        if tail[0].isupper() and not head.isupper():
            continue
        shown = _whole(spelt(head), sign, spelt(tail), langs)
        if shown is not None:
            yield found.start(), found.end(), _cased(shown, head + tail)


def _whole(head: str, sign: str, tail: str, langs: list[str]) -> str | None:
    joined = head + tail
    pieces = [parted.weight(one, langs[0], vocabulary.words(langs[0])) for one in (head, tail)]
    whole = _highest(joined, langs)
    is_sure = sign not in _MARKED or min(pieces) <= parted.SURELY_NONE or sign == "."
    if sign == "-":
        is_sure = any(
            len(one) > 2 and weight <= parted.SURELY_NONE  # noqa: PLR2004
            for one, weight in zip((head, tail), pieces, strict=True)
        )
    if len(joined) >= parted.MIN_JOINED and whole >= parted.JOINED_ZIPF and is_sure:
        is_none = any(map(parted.is_none, (head, tail), pieces))
        is_likelier = is_none and parted.gain(pieces, whole) >= parted.MIN_GAIN
        if sign not in _MARKED or is_likelier:
            return joined
    if len(joined) < _MIN_MASKED - 1 or (sign in _MARKED and max(pieces) > parted.SURELY_NONE):
        return None
    best, top = None, _MASKED_ZIPF - 1
    for lang in langs:
        known = vocabulary.words(lang)
        for letter in spelling.letters(lang):
            shown = head + letter + tail
            if known.get(shown, 0) > top:
                best, top = shown, known[shown]
    return best


def _unaccented(text: str, langs: list[str]) -> Iterator[Edit]:
    """Words with accents that the language has only with fewer."""
    if not _ACCENTED.search(text):
        return
    own = spelling.letters(langs[0])
    words = list(itertools.islice(_MARKED_WORD.finditer(text), _MAX_WORDS))
    n_unknown = sum(not _highest(spelt(one[0]), langs) for one in words if len(one[0]) > 1)
    for found in words:
        word = spelt(unicodedata.normalize("NFC", found[0]))
        accents = _ACCENTED.findall(word)
        if not 0 < len(accents) <= _MAX_ACCENTS or _highest(word, langs):
            continue
        if frequency(word) or parted.is_name(text, found.start()):
            continue
        is_native = all(one in own for one in accents)
        shown = max(_fewer(word), key=lambda one: _highest(one, langs))
        least = (
            _MASKED_ZIPF if len(shown) >= _MIN_MASKED else parted.SHORT_ZIPF.get(len(shown), _NEVER)
        )
        if is_native:
            least = _NATIVE_ZIPF if len(shown) >= _MIN_MASKED and n_unknown == 1 else _NEVER
        if _highest(shown, langs) >= least:
            yield found.start(), found.end(), _cased(shown, found[0])


def _fewer(word: str) -> Iterator[str]:
    """The word without each choice of its accents."""
    options = [(one, _plain(one)) if _ACCENTED.match(one) else (one,) for one in word]
    return map("".join, itertools.product(*options))


def _plain(letter: str) -> str:
    """A letter without accents; nothing for a mark."""
    shown = unicodedata.normalize("NFD", letter)[0]
    return "" if unicodedata.combining(shown) else shown


def _joined(text: str, langs: list[str]) -> list[Edit]:
    """Words broken by a gap."""
    return parted.joins(text, _found(text), langs[0])


def _lettered(text: str, langs: list[str]) -> Iterator[Edit]:
    """Words with a digit or two for letters at an end, where the rest is no word."""
    for found in _DIGITS.finditer(text):
        word = found[0]
        rest = "".join(one for one in word if not one.isdigit())
        n_signs = len(word) - len(rest)
        if n_signs > _MAX_DIGITS or n_signs > len(rest) + 1 or leet.is_unit(word):
            continue
        is_inside = word[0].isdigit() and word[-1].isdigit()
        if not (is_inside or len(rest) == 1 or parted.is_none(rest, _highest(spelt(rest), langs))):
            continue
        shown = max(leet.readings(spelt(word)), key=lambda one: _highest(one, langs), default="")
        least = _SLIP_ZIPF if len(word) >= _MIN_MASKED else parted.SHORT_ZIPF[3]
        if shown and _highest(shown, langs) >= least + is_inside:
            yield found.start(), found.end(), _cased(shown, word)


def _spelt_right(text: str, langs: list[str]) -> Iterator[Edit]:
    """Unknown words that are one slip from one frequent word and from no other."""
    n = 0
    for found in _found(text):
        word = spelt(found[0])
        if not _MIN_MASKED <= len(word) <= 24 or frequency(word) or not word.isalpha():  # noqa: PLR2004
            continue
        if _highest(word, langs) or parted.is_name(text, found.start()) or not _is_even(found[0]):
            continue
        n += 1
        if n > _MAX_SLIPS:
            return
        shown = _nearest(word, langs[0])
        if shown is not None:
            yield found.start(), found.end(), _cased(shown, found[0])


def _nearest(word: str, lang: str) -> str | None:
    """The one frequent word that a slip, or leaving out its vowels, makes this word of."""
    if not any(map(spelling.is_vowel, word[1:-1])):
        bare = spelling.consonants(word, lang)
        return bare[0] if bare and bare[1] >= _SLIP_ZIPF and bare[1] - bare[2] >= _BARE else None
    found = spelling.neighbour(word, lang, is_inflected=lang != "en")
    if found is None:
        return None
    shown, zipf, second = found
    least = _SLIP_ZIPF - (len(word) >= _LONG_LETTERS) + _SHORT * (len(word) < _SLIP_LETTERS)
    return shown if zipf >= least and zipf - second >= _CLEAR else None


def _is_even(word: str) -> bool:
    """Whether only the first letter may be a capital: among capitals nothing tells a name."""
    return word[1:].islower()


_STEPS: Final[tuple[tuple[str, Callable[[str, list[str]], Iterable[Edit]]], ...]] = (
    ("stretched", _squeezed),
    ("masked", _unmasked),
    ("accented", _unaccented),
    ("leet", _lettered),
    ("broken", _joined),
    ("spelling", _spelt_right),
)
