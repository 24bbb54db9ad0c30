"""The fingerprints by which items meet, as campaigns count them. Pure.

A text meets others by itself and by pairs of its rare words: each of `N_DRAWS` draws takes the two
words that come first in an order of its own, in which rare words come early. Of two texts with
many rare words in common some draws give the same pair (MinHash, weighted by rarity); of two that
only use the same language none does.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from detectors.text.normaliser.lexicon import frequency
from streams.fingerprints import WIDE_LETTER, Fingerprints, hash64

Kind = Literal["text", "pair", "link", "address", "ticker", "picture"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

N_DRAWS: Final = 24
MIN_WORDS: Final = 4
"""Texts of fewer different words draw no pairs."""
ENOUGH: Final = 4
"""An item belongs to a campaign by fingerprints of so much weight."""
WEIGHTS: Final[dict[str, int]] = {
    "text": 4, "link": 4, "address": 4, "picture": 4, "pair": 2, "ticker": 1,
}  # fmt: skip
"""A link says it all; one pair of words may be chance. A ticker is anybody's to name, and with the
coin's name, which is a pair, still says no more than what is talked of."""
MAX_KEYS: Final = 64
MAX_VALUE: Final = 200
_COMMONEST: Final = 16
_UNKNOWN: Final = 6
"""Twice a Zipf frequency: what no lexicon knows is as rare as a rare word, and no rarer. A slip of
the keyboard would else come first in every draw."""
_RESOLUTION: Final = 1 << 16
_LOGARITHMS: Final = -np.log((np.arange(_RESOLUTION) + 0.5) / _RESOLUTION)

_PAIR: Final = "pair:"
_WORD_DIGITS: Final = 8
_MASK: Final = (1 << 4 * _WORD_DIGITS) - 1

Places = npt.NDArray[np.float32]


def keys_of(
    prints: Fingerprints, pictures: Iterable[str] = (), *, has_pairs: bool = True
) -> tuple[str, ...]:
    """Gives an item's fingerprints as campaigns know them; `pictures` are PDQ hashes.

    Pairs take most of the time: without, where they meet nothing, all else is as it would be.
    """
    found = [_bounded(f"address:{one}") for one in prints.addresses]
    found += [_bounded(f"link:{one}") for one in prints.links]
    found += [f"picture:{one}" for one in pictures]
    if prints.text is not None:
        found.append(f"text:{prints.text.exact:016x}")
        if has_pairs:
            found += pairs(prints.text.words)
    found += [_bounded(f"ticker:{one}") for one in prints.tickers]
    return tuple(dict.fromkeys(found))[:MAX_KEYS]


def kind_of(key: str) -> str:
    """Gives a fingerprint's kind."""
    return key.partition(":")[0]


def weight(keys: Iterable[str]) -> int:
    """Gives the weight of fingerprints together."""
    return sum(WEIGHTS[kind_of(key)] for key in keys)


def is_strong(key: str) -> bool:
    """Tells whether one such fingerprint is enough."""
    return WEIGHTS[kind_of(key)] >= ENOUGH


def kinds_of(keys: Collection[str]) -> frozenset[str]:
    """Gives the kinds of fingerprints."""
    return frozenset(map(kind_of, keys))


def pairs(words: Sequence[str]) -> list[str]:
    """Gives the pairs that the words draw, each once, in no order that means anything."""
    different = list(dict.fromkeys(words))
    if len(different) < MIN_WORDS:
        return []
    known = [_drawn(word) for word in different]
    places = np.array([one.places for one in known])
    hashes = [one.hash for one in known]
    firsts = places.argpartition(1, axis=0)[:2].T.tolist()
    found = {_PAIR + "".join(sorted((hashes[one], hashes[other]))) for one, other in firsts}
    return sorted(found)


def words_of_pair(key: str) -> tuple[str, str]:
    """Gives the hashes of the two words of a pair."""
    value = key.removeprefix(_PAIR)
    return value[:_WORD_DIGITS], value[_WORD_DIGITS:]


def word_hash(word: str) -> str:
    """Gives a word's hash as it stands in pairs: 32 bits in hexadecimal digits."""
    return _drawn(word).hash


class Drawn(NamedTuple):
    """Where a word comes in each draw, and its hash."""

    places: Places
    hash: str


@lru_cache(1 << 16)
def _drawn(word: str) -> Drawn:
    """A word's places are exponentially distributed, at a rate by its rarity."""
    known = 0 if WIDE_LETTER.match(word) else frequency(word)
    rate = float(_COMMONEST - (known or _UNKNOWN)) ** 2
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=2 * N_DRAWS).digest()
    places = np.asarray(_LOGARITHMS[np.frombuffer(digest, "<u2")] / rate, np.float32)
    return Drawn(places, f"{hash64(word) & _MASK:0{_WORD_DIGITS}x}")


def _bounded(key: str) -> str:
    """A long value by its hash."""
    kind, _, value = key.partition(":")
    return key if len(value) <= MAX_VALUE else f"{kind}:#{hash64(value):016x}"
