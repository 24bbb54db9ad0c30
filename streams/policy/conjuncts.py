"""Conditions taken apart: what is joined by `&&`, and what of it needs no CEL. Pure.

Most conditions begin with a comparison of one name with one value, and most items fail it. Such a
conjunct has the same value in Python, and in CEL `false && anything` is false, an error included:
so a condition with a false conjunct needs no evaluation.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

MAX_DEPTH: Final = 32
"""Of a formula; a deeper one is left to CEL, which has a limit of its own for parentheses."""
Value = str | int | float | bool | tuple[str | int | float | bool, ...]

_TOKEN: Final = re.compile(
    r"""(?P<text>
        (?:[rR][bB]?|[bB][rR])(?:'{3}.*?'{3}|"{3}.*?"{3}|'[^'\n]*'|"[^"\n]*")
        | [bB]?(?:'{3}(?:\\.|[^\\])*?'{3}|"{3}(?:\\.|[^\\])*?"{3}
            |'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    | (?P<comment>//[^\n]*)
    | (?P<open>[(\[{]) | (?P<close>[)\]}])
    | (?P<and>&&) | (?P<or>\|\|) | (?P<if>\?)
    | (?P<other>\s+|[\w.]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER: Final = r"-?\d+(?:\.\d+(?:[eE][+-]?\d+)?)?"
_PLAIN: Final = rf"""(?:{_NUMBER}|"[^"\\\n]*"|'[^'\\\n]*'|true|false)"""
_COMPARED: Final = re.compile(
    rf"(?P<name>\w+\.\w+)\s*(?P<compare>==|!=|<=|>=|<|>)\s*(?P<value>{_PLAIN})"
)
_REVERSED: Final = re.compile(
    rf"(?P<value>{_PLAIN})\s*(?P<compare>==|!=|<=|>=|<|>)\s*(?P<name>[A-Za-z_]\w*\.[A-Za-z_]\w*)"
)
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""What compares the same two the other way round."""
_LISTED: Final = re.compile(
    rf"(?P<name>\w+\.\w+)\s+in\s*\[\s*(?P<values>{_PLAIN}(?:\s*,\s*{_PLAIN})*)\s*\]"
)
_FLAG: Final = re.compile(r"(?P<not>!?)\s*(?P<name>\w+\.\w+)")

_COMPARISONS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda one, many: one in many,  # type: ignore[operator] # many is a tuple
}


class Guard(Struct, frozen=True, gc=False):
    """A conjunct that compares one name with a value: `compare` is a key of CEL's, or `in`."""

    name: str
    compare: str
    value: Value

    @property
    def test(self) -> Callable[[Value, Value], bool]:
        """What compares the name's value with this one."""
        return _COMPARISONS[self.compare]


class Formula(Struct, frozen=True):
    """Guards joined by `||` and `&&`, or one that is turned round: no CEL is needed for it."""

    kind: Literal["or", "and", "not"]
    of: tuple["Guard | Formula", ...]

    def guards(self) -> Iterator[Guard]:
        """Gives the guards in it."""
        for one in self.of:
            if isinstance(one, Guard):
                yield one
            else:
                yield from one.guards()


class Parts(Struct, frozen=True):
    """What of a condition needs no CEL, and whether that is all of it."""

    guards: tuple[Guard, ...]
    formulas: tuple[Formula, ...]
    is_whole: bool


def parts(text: str, kinds: Mapping[str, str]) -> Parts:
    """Takes a condition apart that CEL has checked; `kinds` are the names that may be compared."""
    found = [_formula(one, kinds) for one in conjuncts(text)]
    guards = tuple(one for one in found if isinstance(one, Guard))
    formulas = tuple(one for one in found if isinstance(one, Formula))
    return Parts(guards, formulas, is_whole=len(guards) + len(formulas) == len(found))


def _formula(text: str, kinds: Mapping[str, str], depth: int = 0) -> Guard | Formula | None:
    """What a text without comments says, if it is made of guards alone and not too deep."""
    if depth > MAX_DEPTH:
        return None
    inner = _inner(text)
    if inner is not None:
        return _formula(inner.strip(), kinds, depth + 1)
    kinds_: tuple[Literal["or", "and"], ...] = ("or", "and")
    for kind in kinds_:
        pieces = _pieces(text, kind)
        if pieces is None:
            return None
        if len(pieces) > 1:
            of = [_formula(piece, kinds, depth + 1) for piece in pieces]
            told = tuple(one for one in of if one is not None)
            return Formula(kind, told) if len(told) == len(of) else None
    turned = text[1:].strip() if text.startswith("!") else ""
    if turned.startswith("!") or _inner(turned) is not None:
        one = _formula(turned, kinds, depth + 1)
        return None if one is None else Formula("not", (one,))
    return _guard(text, kinds)


def _pieces(text: str, kind: Literal["or", "and"]) -> list[str] | None:
    """What stands between `||`, or `&&`, outside of parentheses; None where a `?` stands there."""
    pieces, depth = [""], 0
    for token in _TOKEN.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0 and token.lastgroup == "if":
            return None
        if depth == 0 and token.lastgroup == kind:
            pieces.append("")
        else:
            pieces[-1] += token.group()
    return [piece.strip() for piece in pieces]


def conjuncts(text: str) -> list[str]:
    """Gives what a condition joins by `&&`, without comments; itself where it joins nothing."""
    pieces: list[str] = [""]
    depth = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "comment":
            pieces[-1] += " "
            continue
        depth += (kind == "open") - (kind == "close")
        if depth == 0 and kind in {"or", "if"}:
            return [_uncommented(text)]
        if depth == 0 and kind == "and":
            pieces.append("")
        else:
            pieces[-1] += token.group()
    stripped = [piece.strip() for piece in pieces]
    if len(stripped) == 1:
        inner = _inner(stripped[0])
        return stripped if inner is None else conjuncts(inner)
    return [one for piece in stripped for one in conjuncts(piece)]


def _uncommented(text: str) -> str:
    tokens = _TOKEN.finditer(text)
    return "".join(" " if one.lastgroup == "comment" else one.group() for one in tokens).strip()


def _inner(text: str) -> str | None:
    """What stands in parentheses that enclose all."""
    if not text.startswith("("):
        return None
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0:
            return text[1 : token.start()] if token.end() == len(text) else None
    return None


def _guard(text: str, kinds: Mapping[str, str]) -> Guard | None:
    if match := _COMPARED.fullmatch(text):
        guard = Guard(match["name"], match["compare"], _value(match["value"]))
    elif match := _REVERSED.fullmatch(text):
        guard = Guard(match["name"], _TURNED[match["compare"]], _value(match["value"]))
    elif match := _LISTED.fullmatch(text):
        values = re.findall(_PLAIN, match["values"])
        guard = Guard(match["name"], "in", tuple(_value(one) for one in values))
    elif match := _FLAG.fullmatch(text):
        guard = Guard(match["name"], "==", not match["not"])
    else:
        return None
    is_ordered = guard.compare in {"<", "<=", ">", ">="}
    kind = kinds.get(guard.name)
    # Texts and flags are compared for equality alone: their order is CEL's own matter.
    return guard if kind and not (is_ordered and kind in {"string", "bool"}) else None


def _value(text: str) -> str | int | float | bool:
    if text[0] in "'\"":
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    return float(text) if re.search(r"[.eE]", text) else int(text)
