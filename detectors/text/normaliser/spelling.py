"""Misspelt words put right: two letters exchanged, one lacking or doubled, vowels left out.

Acts on words that nobody knows and that are one such slip away from a word of the text's own
language; among several such words the most frequent counts.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from detectors.text.normaliser import characters as chars
from detectors.text.normaliser import vocabulary
from detectors.text.normaliser.lexicon import frequency, spelt
from detectors.text.normaliser.mapped import Edit

_LETTER: Final = f"[{chars.LATIN_CLASS}{chars.CYRILLIC_CLASS}{chars.GREEK_CLASS}]"
WORD: Final = re.compile(f"(?<![\\w@$/.'’]){_LETTER}+(?:['’]{_LETTER}+)*(?![\\w@/]|\\.\\w)")
_VOWELS: Final = frozenset("aeiouyıøæœаеёиоуыэюяіїєαεηιουω")
_MIN_LETTERS: Final = 4
_MAX_LETTERS: Final = 24
_MIN_CONSONANTS: Final = 2
_N_SKELETON: Final = 6
"""How many words of one skeleton are kept."""
_FIRST_COST: Final = 3
"""People seldom miss a word's first letter. In twice the Zipf frequency, as all costs."""
_POOR: Final = 4
"""Words have more vowels than one letter in so many."""
_N_LANGUAGES: Final = 40
_N_INDEXES: Final = 12
_SLIP_COST: Final = 2
_MAX_LACKING: Final = 2
"""Vowels that a word which keeps some may lack."""
_MAX_CORRECTED: Final = 60
_ENDING: Final = 2
_RARE_LETTER: Final = 0.001


@lru_cache(maxsize=_N_LANGUAGES)
def letters(lang: str) -> str:
    """The letters that words of a language have."""
    counts = Counter("".join(vocabulary.words(lang)))
    least = _RARE_LETTER * counts.total()
    return "".join(sorted(one for one, n in counts.items() if n >= least and one.isalpha()))


@lru_cache(maxsize=_N_INDEXES)
def skeletons(lang: str) -> Mapping[str, tuple[str, ...]]:
    """A language's words by their consonants, the most frequent first."""
    found: dict[str, tuple[str, ...]] = {}
    for word in vocabulary.words(lang):
        bare = skeleton(word)
        held = found.get(bare, ())
        if _MIN_CONSONANTS <= len(bare) < len(word) and len(held) < _N_SKELETON:
            found[bare] = (*held, word)
    return found


@lru_cache(maxsize=1 << 10)
def is_vowel(letter: str) -> bool:
    """Whether a letter is a vowel, with any accent."""
    return unicodedata.normalize("NFD", letter)[0] in _VOWELS


def skeleton(word: str) -> str:
    """The consonants of a word."""
    return "".join(one for one in word if not is_vowel(one))


@lru_cache(maxsize=1 << 12)
def corrected(word: str, lang: str) -> tuple[str, int] | None:
    """The likeliest word of the language behind a misspelt one, with its score, or None."""
    best, top = "", 0
    for shown, score in _candidates(word, lang):
        if score > top:
            best, top = shown, score
    return (best, top) if best else None


def _candidates(word: str, lang: str) -> Iterator[tuple[str, int]]:
    zipf = vocabulary.words(lang)
    bare = skeleton(word)
    is_poor = (len(word) - len(bare)) * _POOR <= len(word)
    is_bare = not any(map(is_vowel, word[1:-1]))
    slip_cost = _SLIP_COST * is_bare
    for at, shown in _slips(word, letters(lang)):
        known = zipf.get(shown)
        if known:
            yield shown, known - slip_cost - _FIRST_COST * (at == 0)
    for shown in skeletons(lang).get(bare, ()) if is_poor else ():
        if shown[0] != word[0] or len(shown) <= len(word):
            continue
        if (is_bare or len(shown) - len(word) <= _MAX_LACKING) and _is_within(word, shown):
            yield shown, zipf[shown] - (shown[-1] != word[-1])


@lru_cache(maxsize=1 << 12)
def neighbour(word: str, lang: str, *, is_inflected: bool) -> tuple[str, int, int] | None:
    """The most frequent word that becomes this one by one slip, its frequency and the next one's.

    The first letter stays. In a language whose words are inflected no letter is added beside the
    last two either.
    """
    zipf = vocabulary.words(lang)
    last = len(word) - _ENDING * is_inflected
    near = {
        shown: zipf[shown]
        for at, shown in _slips(word, letters(lang))
        if shown in zipf and shown[0] == word[0] and (at < last or len(shown) <= len(word))
    }
    if not near:
        return None
    best = max(near, key=lambda one: near[one])
    return best, near.pop(best), max(near.values(), default=0)


@lru_cache(maxsize=1 << 12)
def consonants(word: str, lang: str) -> tuple[str, int, int] | None:
    """The same for words that become this one by leaving out all vowels inside."""
    zipf = vocabulary.words(lang)
    near = [
        shown
        for shown in skeletons(lang).get(skeleton(word), ())
        if shown[0] == word[0] and shown[-1] == word[-1] and _is_within(word, shown)
    ]
    if not near:
        return None
    rest = [zipf[one] for one in near[1:]]
    return near[0], zipf[near[0]], max(rest, default=0)


def _slips(word: str, alphabet: str) -> Iterator[tuple[int, str]]:
    """The words that become this one by one slip, with where it is.

    No letter is added at the end: an unknown word with another ending is an inflected one.
    """
    for at in range(len(word) - 1):
        if word[at] != word[at + 1]:
            yield at, word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        else:
            yield at + 1, word[:at] + word[at + 1 :]
    for at in range(len(word)):
        for letter in alphabet:
            yield at, word[:at] + letter + word[at:]


def _is_within(word: str, whole: str) -> bool:
    """Whether a word is another one with letters left out."""
    rest = iter(whole)
    return all(one in rest for one in word)


class Corrections(Struct, frozen=True):
    """What to replace in a text of one language.

    `sure` are words unknown in any language, `unsure` ones known elsewhere. `score` says how well
    the words with the corrections fit the language; `n_known` counts those that need none.
    """

    sure: list[Edit]
    unsure: list[Edit]
    score: int
    n_known: int


def corrections(found: Sequence[re.Match[str]], lang: str) -> Corrections:
    """What the misspelt among a text's words (matches of `WORD`) are in a language."""
    zipf, english = vocabulary.words(lang), vocabulary.common()["en"]
    sure: list[Edit] = []
    unsure: list[Edit] = []
    score = n_known = 0
    for one in found:
        word = spelt(one[0])
        if known := zipf.get(word):
            score += known
            n_known += 1
            continue
        is_full = len(sure) + len(unsure) >= _MAX_CORRECTED
        if word in english or is_full or not _is_correctable(one[0]):
            continue
        fitting = corrected(word, lang)
        if fitting is not None:
            score += fitting[1]
            edit = (one.start(), one.end(), _cased(fitting[0], one[0]))
            (unsure if frequency(word) else sure).append(edit)
    return Corrections(sure, unsure, score, n_known)


def _is_correctable(word: str) -> bool:
    return _MIN_LETTERS <= len(word) <= _MAX_LETTERS and "'" not in word and "’" not in word


def _cased(shown: str, like: str) -> str:
    if like.isupper():
        return shown.upper()
    return shown.capitalize() if like[0].isupper() else shown
