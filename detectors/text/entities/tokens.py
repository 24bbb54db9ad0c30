"""Token names of launches that pass themselves off as a protected token."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from confusable_homoglyphs import confusables

from detectors.text.entities.finding import Finding
from detectors.text.entities.lists import ProtectedToken
from detectors.text.entities.scoring import Judged, judged

PARTS: Final = frozenset({"name", "token_name", "symbol"})
"""Parts that name a token; `name` is a Meme rush launch's `Name (SYMBOL)` (`streams.normalise`)."""
_NAMED: Final = re.compile(r"(.+) \(([^()]*)\)", re.DOTALL)
_LOOKALIKES: Final = str.maketrans("0134578$@|!i", "oleastbsalll")
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_ADDITIONS: Final = (
    "official", "original", "real", "token", "coin", "v2", "v3", "new", "2.0", "wrapped",
    "bridged", "pegged", "airdrop", "reward", "rewards", "claim", "presale", "stablecoin", "usd",
)  # fmt: skip
"""Words that, added to a protected name, claim to be that token still."""
_SHORTEST: Final = 3
_LONG: Final = 6
"""A name this long or longer is matched with one slip of the pen, too."""
_LONGEST: Final = 64
_EQUAL: Final = 1.8
_CONFUSABLE: Final = 2.9
_ADDED: Final = 1.1
_SLIP: Final = 0.5


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character)
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    if kept.isascii() or len(kept) != 1:
        return kept.lower()
    for found in confusables.is_confusable(kept, greedy=True, preferred_aliases=[]) or ():
        for one in found["homoglyphs"]:
            if one["c"].isascii() and one["c"].isalnum():
                return str(one["c"]).lower()
    return kept.lower()


def skeleton(text: str) -> str:
    """Gives what a name looks like: look-alike letters alike, marks and spaces gone."""
    low = "".join(map(_letter, text[:_LONGEST])).translate(_LOOKALIKES)
    for pair, single in _PAIRS:
        low = low.replace(pair, single)
    return "".join(c for c in low if c.isalnum())


def _spelled(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter was changed, added, left out, or two neighbours swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    head = 0
    while head < min(len(one), len(other)) and one[head] == other[head]:
        head += 1
    a, b = one[head:], other[head:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])


def _likeness(text: str, name: str) -> tuple[str, float] | None:
    if _spelled(text) == _spelled(name):
        return "equal", _EQUAL
    looks, goal = skeleton(text), skeleton(name)
    if len(goal) < _SHORTEST:
        return None
    if looks == goal:
        return "confusable", _CONFUSABLE
    for word in _ADDITIONS:
        if looks in {goal + skeleton(word), skeleton(word) + goal}:
            return f"with {word}", _ADDED
    if len(goal) >= _LONG and _is_one_slip(looks, goal):
        return "one letter off", _SLIP
    return None


def _named(part: str, text: str) -> tuple[tuple[bool, str], ...]:
    """Gives each text that names the token, and whether it is a symbol."""
    if part == "name" and (named := _NAMED.fullmatch(text)):
        return (False, named[1]), (True, named[2])
    return ((part == "symbol", text),)


def find(part: str, text: str, protected: Sequence[ProtectedToken]) -> list[Judged]:
    """Finds the protected token that a launch's name or symbol looks like, if any.

    A name that merely holds a protected one (Bitcoin Pizza) is a joke or a theme, and no signal.
    """
    best: tuple[float, str, ProtectedToken] | None = None
    for is_symbol, given in _named(part, text):
        written = given.strip().lstrip("$")
        for token in protected if written else ():
            for name in (token.symbol,) if is_symbol else (token.symbol, *token.names):
                likeness = _likeness(written, name)
                if likeness and (best is None or likeness[1] > best[0]):
                    best = (likeness[1], likeness[0], token)
    if best is None:
        return []
    weight, how, token = best
    evidence = {"token": token.symbol, "likeness": how, "written": text[:_LONGEST]}
    finding = Finding(kind="token_name", start=0, end=len(text), evidence=evidence)
    return [judged("impersonation", {how: weight}, finding)]
