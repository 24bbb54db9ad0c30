"""Words written by their sound in another script than the rest of the text.

Two spellings of a sound (`kh` and `x`, `ya` and `ja`) give the same coarse letters, so that a word
is looked up by what it sounds like: its consonants choose the candidates, its vowels and its
frequency decide.
"""

import itertools
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import romanised, vocabulary
from detectors.text.normaliser.lexicon import frequency, spelt
from detectors.text.normaliser.mapped import Edit, Mapped

_TABLES: Final = tomllib.loads(Path(__file__).with_name("sounds.toml").read_text(encoding="utf-8"))
_LATIN_SOUNDS: Final[Mapping[str, str]] = _TABLES["latin"]
_CYRILLIC_SOUNDS: Final = dict(
    zip(_TABLES["cyrillic"]["letters"].split(), _TABLES["cyrillic"]["sounds"].split(), strict=True)
)
"""An apostrophe is no sound."""
_GROUPS: Final = re.compile("|".join(sorted(_LATIN_SOUNDS, key=len, reverse=True)))
_DOUBLE: Final = re.compile(r"(.)\1+")
_NO_VOWELS: Final = str.maketrans("", "", "aeiou")
_SCRIPTS: Final = {
    "latin": chars.LATIN_CLASS,
    "cyrillic": chars.CYRILLIC_CLASS,
    "arabic": "\u0620-\u065f\u0670-\u06d5",
    "devanagari": "\u0900-\u097f",
}
_WORD: Final = re.compile(
    "(?<![\\w@$/.])(?:"
    + "|".join(f"(?P<{name}>[{letters}]+)" for name, letters in _SCRIPTS.items())
    + ")(?![\\w@/]|\\.\\w)"
)
_NATIVE: Final = ("ru", "ar", "hi")
"""Languages that `romanised` reads."""
_MAX_WORDS: Final = 400
_N_CANDIDATES: Final = 16
_MIN_LETTERS: Final = 3
_MAX_LETTERS: Final = 24
_DISTANCE_COST: Final = 2
"""What a vowel more, less or other costs, in twice the Zipf frequency."""
_FAR: Final = 3
"""One in so many sounds may differ, and one always."""
_MIN_SURE: Final = 2
_MATCHED_SHARE: Final = 0.6


def fold(given: Mapped) -> Mapped:
    """The text with unknown words of one script as the words of the other that they sound like.

    Acts where a text has words of two scripts: Latin words with Cyrillic ones that are none, or
    Russian, Arabic and Hindi ones with Latin ones that are words in the other script.
    """
    by_script: dict[str, list[re.Match[str]]] = defaultdict(list)
    for found in itertools.islice(_WORD.finditer(given.text), _MAX_WORDS):
        by_script[found.lastgroup or ""].append(found)
    if len(by_script) < 2:  # noqa: PLR2004
        return given
    home = max(by_script, key=lambda name: _n_known(by_script[name]))
    lang = next(iter(vocabulary.languages([spelt(one[0]) for one in by_script[home]])), None)
    if lang in _NATIVE and home != "latin":
        return romanised.fold(given, lang)
    if lang is None or home != "latin" or "cyrillic" not in by_script:
        return given
    return _latin(given, by_script["cyrillic"], lang)


def _n_known(words: Sequence[re.Match[str]]) -> int:
    """Letters of words that are known in some language."""
    return sum(len(one[0]) for one in words if frequency(one[0]))


def _latin(given: Mapped, words: Sequence[re.Match[str]], lang: str) -> Mapped:
    """The text with its Cyrillic words in Latin letters, if most of them are no words otherwise."""
    if not all(one in _CYRILLIC_SOUNDS for word in words for one in word[0].lower()):
        return given
    long = [one for one in words if len(one[0]) >= _MIN_LETTERS]
    edits: list[Edit] = []
    for one in long:
        shown = match(one[0], lang)
        if shown is not None:
            edits.append((one.start(), one.end(), _cased(shown, one[0])))
    n_known = sum(frequency(one[0]) > 0 for one in long)
    if len(edits) < _MIN_SURE or 2 * n_known > len(long) or len(edits) < _MATCHED_SHARE * len(long):
        return given
    return given.edited(edits)


def _cased(shown: str, like: str) -> str:
    return shown.capitalize() if like[0].isupper() else shown


def sounds(word: str) -> str:
    """The coarse sounds of a Latin or Cyrillic word, as `lexicon.spelt` spells it."""
    if word[:1] >= "\u0400":
        shown = "".join([_CYRILLIC_SOUNDS.get(one, "") for one in word])
    else:
        bare = word if word.isascii() else _bare(word)
        shown = _GROUPS.sub(lambda found: _LATIN_SOUNDS[found[0]], bare)
    return _DOUBLE.sub(r"\1", shown.replace("'", "").replace("dJ", "J"))


def _bare(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.replace("ı", "i").replace("đ", "d"))
    return "".join(one for one in plain if not unicodedata.combining(one))


@lru_cache(maxsize=8)
def _index(lang: str) -> Mapping[str, tuple[str, ...]]:
    """A language's words by the consonants that they sound like, the most frequent first."""
    found: dict[str, tuple[str, ...]] = {}
    for word in vocabulary.words(lang):
        heard = sounds(word).translate(_NO_VOWELS)
        held = found.get(heard, ())
        if len(held) < _N_CANDIDATES:
            found[heard] = (*held, word)
    return found


def match(word: str, lang: str) -> str | None:
    """The likeliest word of a language written in Latin letters that sounds like a Cyrillic one.

    None if none does. The first word of a language takes up to 0.2 s.
    """
    if len(word) > _MAX_LETTERS:
        return None
    heard = sounds(spelt(word))
    zipf = vocabulary.words(lang)
    best, top = None, 0
    for shown in _index(lang).get(heard.translate(_NO_VOWELS), ()):
        distance = _distance(heard, sounds(shown))
        score = zipf[shown] - _DISTANCE_COST * distance
        if distance <= max(1, len(heard) // _FAR) and score > top:
            best, top = shown, score
    return best


def _distance(one: str, other: str) -> int:
    """Letters to add, leave out or exchange (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]
