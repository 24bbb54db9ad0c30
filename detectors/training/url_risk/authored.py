"""Names as small firms, clubs and people register them, put together from authored words.

The lists and the token list hold few: without them a hyphen alone looks like phishing. Words are
split by hash before they are joined, so that the test split shares no word with training.
"""

import hashlib
import tomllib
from pathlib import Path
from random import Random
from typing import Final, Literal

from msgspec import Struct

Split = Literal["train", "calibration", "test"]
_TEST: Final = 25
_CALIBRATION: Final = 40
_SHARES: Final[dict[Split, float]] = {"train": 0.6, "calibration": 0.15, "test": 0.25}
_WORDS: Final = Path(__file__).parent / "words.toml"
_SEED: Final = 77
N_NAMES: Final = 6_000
_HYPHENS: Final = 0.5
_SINGLES: Final = 0.2
_NUMBERS: Final = 0.06
_SUBDOMAINS: Final = (
    "shop",
    "blog",
    "mail",
    "forum",
    "docs",
    "portal",
    "my",
    "app",
    "login",
    "web",
)
_SUBDOMAIN_SHARE: Final = 0.12


class _Words(Struct, frozen=True):
    """The words of one split."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    single: tuple[str, ...]
    suffixes: tuple[str, ...]


def names() -> dict[str, Split]:
    """Hosts in a fixed order, with their split."""
    chance = Random(_SEED)  # noqa: S311
    text = _WORDS.read_text(encoding="utf-8")
    read = {name: tuple(words.split()) for name, words in tomllib.loads(text).items()}
    found: dict[str, Split] = {}
    for split, share in _SHARES.items():
        words = _Words(
            first=_of(read["first"], split),
            second=_of(read["second"], split),
            single=_of(read["single"], split),
            suffixes=read["suffixes"],
        )
        for _ in range(round(share * N_NAMES)):
            found.setdefault(_name(words, chance), split)
    return found


def split_of(name: str) -> Split:
    """The split of a name or word: by its hash."""
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 100
    return "test" if place < _TEST else "calibration" if place < _CALIBRATION else "train"


def _of(words: tuple[str, ...], split: Split) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(words) if split_of(word) == split)


def _name(words: _Words, chance: Random) -> str:
    if chance.random() < _SINGLES:
        core = chance.choice(words.single)
    else:
        glue = "-" if chance.random() < _HYPHENS else ""
        core = glue.join((chance.choice(words.first), chance.choice(words.second)))
    if chance.random() < _NUMBERS:
        core += str(chance.choice((1, 2, 4, 24, 365, 2000)))
    host = f"{core}.{chance.choice(words.suffixes)}"
    if chance.random() < _SUBDOMAIN_SHARE:
        host = f"{chance.choice(_SUBDOMAINS)}.{host}"
    return host
