"""Frequent words of 34 languages, language by language: what damaged words are put right with.

The lexicon knows more words, but only as hashes and of all languages together: it can say that a
word is one, not which word lacks a letter. A language's words are read when a text first needs
them (some 20 ms and 2 MB), the most frequent ones of all languages at the first text (30 ms).
"""

import lzma
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

_PATH: Final = Path(__file__).with_name("vocabulary.bin")
FILTERS: Final[list[dict[str, int]]] = [{"id": lzma.FILTER_LZMA2, "preset": 9, "pb": 0}]
COMMON_ZIPF: Final = 10
"""Words from here on (twice the Zipf frequency) tell what language a text is in."""
_MIN_SHARE: Final = 0.1
"""Of a text in a language, damaged or not, more than half of the words are among them."""
_NEAR: Final = 0.7


class Lists(msgspec.Struct, frozen=True, array_like=True):
    """The words of a language, LZMA-compressed: `common` from `COMMON_ZIPF` on, then the `rest`.

    A paragraph for each coarse frequency, the highest first: the frequency (twice the Zipf
    frequency, 1 to 15), then the words, a line each.
    """

    common: bytes
    rest: bytes


def load(path: Path = _PATH) -> dict[str, Lists]:
    """Reads a vocabulary's file: the languages, the largest lists first, by ISO 639 code.

    Raises:
        ValueError: if the file is no vocabulary or is cut off.
    """
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=dict[str, Lists])
    except msgspec.DecodeError as error:
        message = f"{path.name} is no vocabulary"
        raise ValueError(message) from error


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Lists]:
    return load()


def _words(compressed: bytes) -> Iterator[tuple[str, int]]:
    content = lzma.decompress(compressed, format=lzma.FORMAT_RAW, filters=FILTERS).decode()
    for paragraph in content.split("\n\n"):
        zipf, *words = paragraph.split("\n")
        yield from zip(words, [int(zipf)] * len(words), strict=True)


@lru_cache(maxsize=1)
def common() -> Mapping[str, Mapping[str, int]]:
    """The most frequent words of each language with twice their Zipf frequency."""
    return {lang: dict(_words(lists.common)) for lang, lists in _shipped().items()}


@lru_cache(maxsize=1)
def _by_word() -> Mapping[str, Sequence[tuple[str, int]]]:
    """The languages among whose most frequent words a word is, each with its frequency there."""
    found: dict[str, list[tuple[str, int]]] = {}
    for lang, known in common().items():
        for word, zipf in known.items():
            found.setdefault(word, []).append((lang, zipf))
    return found


@cache
def words(lang: str) -> Mapping[str, int]:
    """A language's words, as `lexicon.spelt` spells them, with twice their Zipf frequency.

    The most frequent come first.

    Raises:
        KeyError: if there is no such language.
    """
    return {**common()[lang], **dict(_words(_shipped()[lang].rest))}


def languages(given: Sequence[str]) -> list[str]:
    """The languages in which words (as `lexicon.spelt` spells them) may be, the likeliest first.

    Those to whose most frequent words enough of them belong, by frequency.
    """
    found: dict[str, tuple[int, int]] = {}
    for one in given:
        for lang, zipf in _by_word().get(one, ()):
            n, total = found.get(lang, (0, 0))
            found[lang] = n + 1, total + zipf
    least = _MIN_SHARE * len(given)
    scores = {lang: total for lang, (n, total) in found.items() if n >= least}
    top = max(scores.values(), default=0)
    near = [lang for lang, score in scores.items() if score >= _NEAR * top]
    order = {lang: n for n, lang in enumerate(common())}
    return sorted(near, key=lambda lang: (-scores[lang], order[lang]))
