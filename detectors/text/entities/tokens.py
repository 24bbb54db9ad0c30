"""Token names of launches that pass themselves off as a protected token."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from confusable_homoglyphs import confusables
from msgspec import Struct

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


class _Likeness(Struct, frozen=True):
    """How a name is like a protected token's, and the weight of that."""

    how: str
    weight: float
    token: ProtectedToken


class _Goal(Struct, frozen=True):
    """A protected spelling; `place` is its own among all of them."""

    place: int
    spelled: str
    looks: str
    token: ProtectedToken


class _Index:
    """Protected spellings by what they look like: a name is looked up, not compared with each."""

    def __init__(self, names: Sequence[tuple[str, ProtectedToken]]) -> None:
        self._spelled: dict[str, _Goal] = {}
        self._looks: dict[str, list[_Goal]] = {}
        self._added: dict[str, tuple[str, _Goal]] = {}
        self._long: dict[int, list[_Goal]] = {}
        for place, (name, token) in enumerate(names):
            goal = _Goal(place, _spelled(name), skeleton(name), token)
            self._spelled.setdefault(goal.spelled, goal)
            if len(goal.looks) < _SHORTEST:
                continue
            self._looks.setdefault(goal.looks, []).append(goal)
            for word in _ADDITIONS:
                for added in (goal.looks + skeleton(word), skeleton(word) + goal.looks):
                    self._added.setdefault(added, (word, goal))
            if len(goal.looks) >= _LONG:
                self._long.setdefault(len(goal.looks), []).append(goal)

    def likeness(self, text: str) -> _Likeness | None:
        """The gravest likeness; among equals that to the first name of the list."""
        spelled, looks = _spelled(text), skeleton(text)
        for goal in self._looks.get(looks, ()):
            if goal.spelled != spelled:
                return _Likeness("confusable", _CONFUSABLE, goal.token)
        if spelled in self._spelled:
            return _Likeness("equal", _EQUAL, self._spelled[spelled].token)
        if looks in self._added:
            word, goal = self._added[looks]
            return _Likeness(f"with {word}", _ADDED, goal.token)
        near = [
            goal
            for length in range(len(looks) - 1, len(looks) + 2)
            for goal in self._long.get(length, ())
            if _is_one_slip(looks, goal.looks)
        ]
        if not near:
            return None
        first = min(near, key=lambda goal: goal.place)
        return _Likeness("one letter off", _SLIP, first.token)


class Watch:
    """The protected tokens, ready to be compared with. Frozen once made."""

    def __init__(self, protected: Sequence[ProtectedToken]) -> None:
        """Builds both indices: of symbols alone, and of symbols and names."""
        self._symbols = _Index([(token.symbol, token) for token in protected])
        self._all = _Index(
            [(name, token) for token in protected for name in (token.symbol, *token.names)]
        )

    def likeness(self, text: str, *, is_symbol: bool) -> _Likeness | None:
        """Says how a name, or a symbol, is like a protected one's; None if it is not."""
        written = text.strip().lstrip("$")
        index = self._symbols if is_symbol else self._all
        return index.likeness(written) if written else None


def _named(part: str, text: str) -> tuple[tuple[bool, str], ...]:
    """Gives each text that names the token, and whether it is a symbol."""
    if part == "name" and (named := _NAMED.fullmatch(text)):
        return (False, named[1]), (True, named[2])
    return ((part == "symbol", text),)


def find(part: str, text: str, watch: Watch) -> list[Judged]:
    """Finds the protected token that a launch's name or symbol looks like, if any.

    A name that merely holds a protected one (Bitcoin Pizza) is a joke or a theme, and no signal.
    """
    likenesses = [
        likeness
        for is_symbol, given in _named(part, text)
        if (likeness := watch.likeness(given, is_symbol=is_symbol))
    ]
    if not likenesses:
        return []
    best = max(likenesses, key=lambda one: one.weight)
    evidence = {"token": best.token.symbol, "likeness": best.how, "written": text[:_LONGEST]}
    finding = Finding(kind="token_name", start=0, end=len(text), evidence=evidence)
    return [judged("impersonation", {best.how: best.weight}, finding)]
