"""Values that are written in a condition and can never be evaluated. Pure.

CEL looks at them when it evaluates, for each item: `matches('(')` fails on all.
"""

import math
from collections.abc import Iterator
from typing import Final

from cel_expr_python import cel

from streams.policy.tree import Node

_WRITTEN: Final = {
    "matches": ("''.matches(text)", "no pattern that RE2 knows"),
    "timestamp": ("timestamp(text) == timestamp(text)", "no time; write 2026-01-31T12:00:00Z"),
    "duration": ("duration(text) == duration(text)", "no length of time; write 90s, 30m or 24h"),
    "int": ("int(text) == 0", "no whole number"),
    "double": ("double(text) == 0.0", "no number"),
}
"""Functions of a text, what tells whether they take one, and what one is that they do not."""
_ENVIRONMENT: Final = cel.NewEnv(variables={"text": cel.Type.STRING})


def refused(tree: Node) -> Iterator[tuple[int, str]]:
    """Gives where what is written cannot be evaluated, characters from 0, and why."""
    for node in tree.nodes():
        if node.kind == "const" and isinstance(node.value, float) and not math.isfinite(node.value):
            yield node.at, "the number is too large"
        if node.kind != "call" or not node.below:
            continue
        last = node.below[-1]
        if node.name in _WRITTEN and isinstance(last.value, str):
            text, why = _WRITTEN[node.name]
            if not _is_taken(text, last.value):
                yield last.at, f"{node.name}: `{last.value[:100]}` is {why}"
        elif node.name in {"_/_", "_%_"} and last.kind == "const" and last.value == 0:
            if not isinstance(last.value, float):
                yield node.at, "a division by zero"
        elif node.name == "_[_]" and _is_past_end(node.below[0], last):
            yield node.at, f"a list of {len(node.below[0].below)} has no member {last.value}"


def _is_taken(text: str, value: str) -> bool:
    try:
        found = _ENVIRONMENT.compile(text).eval(data={"text": value})
    except (RuntimeError, ValueError):
        return False
    return bool(found.type() == cel.Type.BOOL)


def _is_past_end(one: Node, index: Node) -> bool:
    if one.kind != "list" or not isinstance(index.value, int):
        return False
    return not 0 <= index.value < len(one.below)
