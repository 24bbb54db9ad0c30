"""Words that ordinary text uses, in 39 languages, as hashes with a coarse frequency.

Steps that guess (leetspeak, spaced letters, reversal) act only where the guess is such a word.
"""

import zlib
from array import array
from functools import lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct

MAGIC: Final = b"TGLX"
BUCKETS: Final = 1 << 16
_PATH: Final = Path(__file__).with_name("lexicon.bin")
_HEADER_BYTES: Final = 8
_MEMORY: Final = 1 << 16
MAX_LETTERS: Final = 32
"""Longer words are in no lexicon, nor worth remembering."""
_LEFT_OUT: Final = (*range(0x0591, 0x05C8), 0x0307, 0x0640, *range(0x064B, 0x0660), 0x0670)
_INSTEAD: Final = {"\u2019": "'", "ß": "ss", "ș": "ş", "ț": "ţ"}
_SPELLING: Final[dict[int, str | None]] = {
    **dict.fromkeys(_LEFT_OUT),
    **{ord(one): spelt for one, spelt in _INSTEAD.items()},
}


def spelt(word: str) -> str:
    """A word in lower case, spelt as the word lists spell it.

    That is with ss for German sharp s, either form of the Romanian cedilla, without Arabic and
    Hebrew vowel signs and without the dot that a capital dotted i leaves.
    """
    lower = word.lower()
    return lower if lower.isascii() else lower.translate(_SPELLING)


def key(word: str) -> bytes:
    """The bytes that stand for a word, spelt as the word lists spell it."""
    return spelt(word).encode("utf-8", "surrogatepass")


class Lexicon(Struct, frozen=True):
    """Half a million hashes in 1.5 MB.

    A word's CRC-32 has its upper half name a bucket; `low` holds the lower halves, bucket after
    bucket, `offsets` where each bucket begins, `zipf` twice the Zipf frequency (1 to 15: base-10
    logarithm of occurrences in a billion words), rounded. With about six entries a bucket, one
    unknown word in ten thousand is taken for a known one.
    """

    offsets: "array[int]"
    low: "array[int]"
    zipf: bytes

    def frequency(self, word: str) -> int:
        """Twice the word's Zipf frequency, 0 if it is unknown."""
        hashed = zlib.crc32(key(word))
        start, end = self.offsets[hashed >> 16], self.offsets[(hashed >> 16) + 1]
        held = self.low[start:end]
        half = hashed & 0xFFFF
        return self.zipf[start + held.index(half)] if half in held else 0


def load(path: Path = _PATH) -> Lexicon:
    """Reads a lexicon.

    Raises:
        ValueError: if the file is no lexicon or is cut off.
    """
    content = path.read_bytes()
    n = int.from_bytes(content[4:_HEADER_BYTES], "little")
    if content[:4] != MAGIC or len(content) != _HEADER_BYTES + BUCKETS + 3 * n:
        message = f"{path.name} is no lexicon"
        raise ValueError(message)
    offsets = array("I", [0])
    total = 0
    for count in content[_HEADER_BYTES : _HEADER_BYTES + BUCKETS]:
        total += count
        offsets.append(total)
    low = array("H")
    low.frombytes(content[_HEADER_BYTES + BUCKETS : _HEADER_BYTES + BUCKETS + 2 * n])
    return Lexicon(offsets, low, content[-n:])


@lru_cache(maxsize=1)
def shipped() -> Lexicon:
    """The lexicon of the package, read once."""
    return load()


def frequency(word: str) -> int:
    """Twice the word's Zipf frequency in the shipped lexicon, 0 if it is unknown."""
    return _remembered(word) if len(word) <= MAX_LETTERS else 0


@lru_cache(maxsize=_MEMORY)
def _remembered(word: str) -> int:
    return shipped().frequency(word)
