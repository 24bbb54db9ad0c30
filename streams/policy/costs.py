"""What a condition may cost at most, told from its text alone: what costs more is refused. Pure.

CEL stops a walk (`exists`, `all`, `map`, `filter`) after 10,000 steps, and bounds nothing else: a
list that is joined with itself in each of 24 walks has 16 million members, and a pattern of forty
characters takes half a second. A limit on measured time would depend on the machine, and one worker
would refuse what another takes; so steps are counted here, all as long as they can become.

On a busy machine of two cores 0.2 to 4 us a step were measured.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from streams.policy.tree import Node

MAX_COST: Final = 20_000
"""Steps of one condition: tens of milliseconds at worst."""
MAX_TOTAL_COST: Final = 100_000
"""Steps of all conditions of a policy together."""
MAX_WALKS: Final = 2
"""So deep may walks stand in each other, or follow on each other."""
MAX_PATTERN_CHARS: Final = 200
_LENGTHS: Final = {"signals": 32, "missing": 8, "pending": 8}
"""Members of the lists that a condition is given, as most items have at most."""
_PER_INSTRUCTION: Final = 10
_PER_PATTERN: Final = 100
"""Steps that a pattern takes to compile, which it is anew each time: some us an instruction."""
_GROWING: Final = ("add_string", "add_list", "add_bytes")
_ATOM: Final = re.compile(
    r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|[()]|\{\d*,?\d*\}|.", re.DOTALL
)
_COUNT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_WIDE: Final = re.compile(r"\\[wWdDsS]|\[:\^")
_WIDE_INSTRUCTIONS: Final = 20
"""Of what matches nearly any letter: each length of UTF-8 is an instruction of its own."""
Refused = tuple[int, str]
"""Where in the text, characters from 0, and why."""


def refused(tree: Node) -> Iterator[Refused]:
    """Gives what keeps a condition from being cheap."""
    yield from _of_walks(tree, ())
    for node in tree.nodes():
        if node.kind == "call" and node.name == "matches":
            yield from _of_pattern(node)


def cost(tree: Node) -> int:
    """Gives how many steps a condition takes at most."""
    return _cost(tree, _LENGTHS)


def _of_walks(node: Node, held: tuple[str, ...]) -> Iterator[Refused]:
    if node.kind == "walk":
        if depth(node) > MAX_WALKS:
            told = "walks (exists, all, map, filter) stand in or follow on each other more than"
            yield node.at, f"{told} {MAX_WALKS} deep"
            return
        held = (*held, node.held)
    is_own = bool(node.below) and node.below[0].kind == "ident" and node.below[0].name in held
    is_growing = any(one in _GROWING for one in node.overload.split())
    if held and node.name == "_+_" and is_growing and not is_own:
        yield node.at, "texts and lists are not joined with + within exists, all, map or filter"
    for n, one in enumerate(node.below):
        # What is walked over stands outside of the walk.
        yield from _of_walks(one, held[:-1] if node.kind == "walk" and n == 0 else held)


def depth(node: Node) -> int:
    """Gives how deep walks stand in each other; those that one walks over count too."""
    if node.kind != "walk":
        return max(map(depth, node.below), default=0)
    walked, *body = map(depth, node.below)
    return 1 + walked + max(body)


def _cost(node: Node, lengths: Mapping[str, int]) -> int:
    if node.kind == "ident":
        return 1 if node.is_scalar else lengths.get(node.name, 1)
    if node.kind == "walk":
        walked, *body = node.below
        before = _cost(walked, lengths)
        # A list has no more members than it took steps to write it down.
        own = {**lengths, node.name: before, node.held: 1}
        return before + before * sum(_cost(one, own) for one in body)
    steps = 1 + sum(_cost(one, lengths) for one in node.below)
    if node.kind == "call" and node.name == "matches" and node.below:
        pattern = node.below[-1].value
        if isinstance(pattern, str):
            steps += _PER_PATTERN + _PER_INSTRUCTION * instructions(pattern)
    return steps


def _of_pattern(node: Node) -> Iterator[Refused]:
    pattern = node.below[-1]
    if not isinstance(pattern.value, str):
        yield node.at, "matches takes a pattern that is written out, between quotes"
    elif len(pattern.value) > MAX_PATTERN_CHARS:
        yield pattern.at, f"a pattern of more than {MAX_PATTERN_CHARS} characters"
    elif not pattern.value.isascii() or re.search(r"\\[pPxC0-7]", pattern.value):
        told = "a pattern has plain letters alone, none by class or number (\\p, \\x)"
        yield pattern.at, f"{told}: languages, names and labels have no others"


def instructions(pattern: str) -> int:
    """Gives how long a pattern becomes when what it repeats is written out, or more."""
    totals, lasts = [0], [0]
    for atom in _ATOM.findall(pattern):
        if atom == "(":
            totals.append(0)
            lasts.append(0)
        elif atom == ")" and len(totals) > 1:
            inner = totals.pop() + 1
            lasts.pop()
            lasts[-1] = inner
            totals[-1] += inner
        elif match := _COUNT.fullmatch(atom):
            n_times = max(int(one) for one in (match[1], match[2] or match[1], "1")) + 1
            totals[-1] += lasts[-1] * n_times
            lasts[-1] *= n_times + 1
        else:
            is_wide = atom == "." or atom.startswith("[^") or _WIDE.search(atom) is not None
            lasts[-1] = len(atom) + is_wide * _WIDE_INSTRUCTIONS
            totals[-1] += lasts[-1]
    return sum(totals)
