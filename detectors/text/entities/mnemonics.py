"""BIP-39 seed phrases in running text: any official word list, any separators.

The word lists are those of PyPI `mnemonic` (https://github.com/bitcoin/bips/tree/master/bip-0039).
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from mnemonic import Mnemonic
from msgspec import Struct

from detectors.text.entities.finding import Finding

_TOKEN: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u3099\u309a])*")
_SPACED: Final = {n: " " for n in range(128) if not chr(n).isalpha()}
"""Makes a space of every ASCII character that is no letter."""
_SIZES: Final = (24, 21, 18, 15, 12)
_FEWEST: Final = 12
_SHORTEST: Final = 23
"""Characters of the shortest phrase: twelve single Chinese characters and their separators."""
_LONGEST_RUN: Final = 48
"""A longer run of listed words is a copied word list or padding; only its two ends are tried."""
_WORD_BITS: Final = 11
_CHECK_SHARE: Final = 33
_MAX_GAP: Final = 12
"""Most characters between two words of one phrase (numbers, dots, brackets, line breaks)."""
_TON_ROUNDS: Final = 390
"""100,000 / 256, https://github.com/toncenter/tonweb-mnemonic"""

_SIGNS: Final = str.maketrans(
    {
        sign: signs[0]
        for signs in ("0oø", "1il!|¡", "2z", "3e€", "4a@", "5s$§", "7t+†", "8b", "9g6", "c(¢©")
        for sign in signs
    }
)
"""Letters, and the digits and signs that people write for them, alike."""
_TOKEN_OF_SIGNS: Final = re.compile(r"(?<!\S)\S{3,8}(?!\S)")


class Word(Struct, frozen=True, gc=False):
    """A word of a text that stands in a word list, and where."""

    start: int
    end: int
    indices: dict[str, int]


def _plain(word: str) -> str:
    """The spelling that lists are searched for: decomposed, lower case."""
    return word.lower() if word.isascii() else unicodedata.normalize("NFKD", word.lower())


def _unaccented(word: str) -> str:
    return "".join(c for c in word if not unicodedata.combining(c))


@cache
def words_of_lists() -> dict[str, dict[str, int]]:
    """Gives, for each word of every list, its place by language.

    Accents may be left out, as people do; a spelling that then stands for two words keeps the
    one that is written so.
    """
    found: dict[str, dict[str, int]] = {}
    loose: list[tuple[str, str, int]] = []
    for language in sorted(Mnemonic.list_languages()):
        for n, word in enumerate(Mnemonic(language).wordlist):
            plain = _plain(word)
            found.setdefault(plain, {})[language] = n
            if language in {"spanish", "french", "portuguese"}:
                loose.append((_unaccented(plain), language, n))
    for plain, language, n in loose:
        found.setdefault(plain, {}).setdefault(language, n)
    return found


@cache
def _words_by_signs() -> dict[str, str]:
    """The English words by their spelling with digits and signs; no two are spelt alike."""
    return {word.translate(_SIGNS): word for word in Mnemonic("english").wordlist}


def spelt_in_signs(text: str) -> list[tuple[int, int, str]]:
    """Gives listed English words in leetspeak as edits (start, end, word).

    The normaliser takes the most frequent word that signs may stand for, which is often none of
    a list: `91ove` may be Giove.
    """
    words = _words_by_signs()
    tokens = _TOKEN_OF_SIGNS.finditer(text)
    return [
        (*token.span(), words[signs])
        for token in tokens
        if not token.group().isalpha()
        and (signs := token.group().lower().translate(_SIGNS)) in words
    ]


def is_checksummed(indices: Sequence[int]) -> bool:
    """Whether word places of a valid count end in the checksum of BIP-39."""
    n_bits = len(indices) * _WORD_BITS
    n_check = n_bits // _CHECK_SHARE
    number = 0
    for index in indices:
        number = number << _WORD_BITS | index
    entropy = (number >> n_check).to_bytes((n_bits - n_check) // 8, "big")
    expected = hashlib.sha256(entropy).digest()[0] >> (8 - n_check)
    return number & ((1 << n_check) - 1) == expected


def is_ton_phrase(words: Sequence[str]) -> bool:
    """Whether 24 English words are a TON wallet's phrase, which has a check of its own. 1 ms."""
    entropy = hmac.digest(" ".join(words).encode(), b"", "sha512")
    seed = hashlib.pbkdf2_hmac("sha512", entropy, b"TON seed version", _TON_ROUNDS)
    return seed[0] == 0


def _may_hold_phrase(text: str) -> bool:
    """A quick look, right in the negative: whether twelve words of lists are there at all."""
    low = _plain(text)
    tokens = low.translate(_SPACED).split() if low.isascii() else _TOKEN.findall(low)
    if len(tokens) < _FEWEST:
        return False
    return sum(map(words_of_lists().__contains__, tokens)) >= _FEWEST


def _runs(text: str) -> Iterable[list[Word]]:
    """Stretches of listed words with nothing but marks, digits and white space between."""
    listed = words_of_lists()
    run: list[Word] = []
    for match in _TOKEN.finditer(text):
        indices = listed.get(_plain(match.group()))
        is_near = bool(run) and match.start() - run[-1].end <= _MAX_GAP
        if run and not (indices and is_near):
            yield run
            run = []
        if indices:
            run.append(Word(match.start(), match.end(), indices))
    yield run


def _languages(window: Sequence[Word]) -> Iterable[str]:
    shared = set(window[0].indices)
    for word in window[1:]:
        shared &= word.indices.keys()
        if not shared:
            break
    return sorted(shared)


def _phrase(window: Sequence[Word]) -> Finding | None:
    for language in _languages(window):
        indices = [word.indices[language] for word in window]
        if is_checksummed(indices):
            return _finding(window, language, "bip39")
    return None


def _ton_phrase(text: str, window: Sequence[Word]) -> Finding | None:
    if len(window) == _SIZES[0] and all("english" in word.indices for word in window):
        words = [text[word.start : word.end].lower() for word in window]
        if is_ton_phrase(words):
            return _finding(window, "english", "ton")
    return None


def _finding(window: Sequence[Word], language: str, checksum: str) -> Finding:
    evidence = {"words": str(len(window)), "language": language, "checksum": checksum}
    return Finding(kind="seed_phrase", start=window[0].start, end=window[-1].end, evidence=evidence)


def _in_run(text: str, run: Sequence[Word]) -> list[Finding]:
    """The phrases of one run, longest first from each word on."""
    found: list[Finding] = []
    start = 0
    while start + _FEWEST <= len(run):
        windows = [run[start : start + n] for n in _SIZES if start + n <= len(run)]
        phrase = next((one for w in windows if (one := _phrase(w))), None)
        if phrase is None and windows and len(run) == _SIZES[0]:
            phrase = _ton_phrase(text, windows[0])
        if phrase is not None:
            found.append(phrase)
            start += int(phrase.evidence["words"])
        else:
            start += 1
    return found


def find(text: str) -> list[Finding]:
    """Finds seed phrases with a valid checksum.

    Between words may stand up to twelve marks, digits or white space: commas, numbers, line
    breaks. A phrase of one language only; words must not be glued together.
    """
    if len(text) < _SHORTEST or not _may_hold_phrase(text):
        return []
    found: list[Finding] = []
    for run in _runs(text):
        if len(run) < _FEWEST:
            continue
        if len(run) > _LONGEST_RUN:
            half = _LONGEST_RUN // 2
            found += _in_run(text, run[:half]) + _in_run(text, run[-half:])
        else:
            found += _in_run(text, run)
    return found


def unchecked(text: str) -> list[Finding]:
    """Finds runs of exactly 12, 15, 18, 21 or 24 listed words, whatever their checksum.

    A phrase with a slip of the pen, or of a wallet with a check of its own: worth a signal
    only beside words that say what it is.
    """
    return [
        _finding(run, language, "none")
        for run in (_runs(text) if _may_hold_phrase(text) else ())
        if len(run) in _SIZES
        for language in list(_languages(run))[:1]
    ]
