"""What the URL model reads of a host: hashed pieces of its name, and a few plain facts.

Training and use share this module; a change here needs the model trained anew.
"""

import re
from typing import Final
from zlib import crc32

from msgspec import Struct

from detectors.text.links.hosts import Host
from detectors.text.links.likeness import Likeness

N_BUCKETS: Final = 1 << 18
_SIZES: Final = (2, 3, 4, 5)
_MAX_LETTERS: Final = 64
_MANY: Final = 4
_WORDS: Final = re.compile(r"[a-z]{2,}")


class Pieces(Struct, frozen=True):
    """A host's features by name, each once: letters in a row, and facts; see `bucket`."""

    letters: tuple[str, ...]
    facts: tuple[str, ...]


def bucket(piece: str) -> int:
    """The row of the weights that a feature stands in."""
    return crc32(piece.encode()) & (N_BUCKETS - 1)


def pieces(host: Host, likeness: Likeness | None) -> Pieces:
    """The features of a host.

    Names are cut to their last 64 characters before the public suffix; `www.` is left out.
    """
    name = host.name.removeprefix("www.")
    left = name.removesuffix(host.suffix).rstrip(".") if host.suffix else name
    left = left[-_MAX_LETTERS:]
    text = f"^{left}$"
    letters = [text[at : at + n] for n in _SIZES for at in range(len(text) - n + 1)]
    n_digits = sum(map(str.isdigit, left))
    facts = [
        f"suffix:{host.suffix}",
        f"last:{host.suffix.rsplit('.', 1)[-1]}",
        f"length:{len(left) // 4}",
        f"hyphens:{min(left.count('-'), _MANY)}",
        f"digits:{min(n_digits, _MANY)}",
        f"dots:{min(left.count('.'), _MANY)}",
        f"like:{likeness.kind if likeness is not None else 'none'}",
        *(f"word:{word}" for word in _WORDS.findall(left)),
    ]
    if host.looks_like is not None:
        facts.append("other letters")
    return Pieces(tuple(dict.fromkeys(letters)), tuple(dict.fromkeys(facts)))
