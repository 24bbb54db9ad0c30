"""Conditions that are never or always true, as far as plain comparisons tell. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final, Literal, get_args, get_origin, get_type_hints

from schemas.labels import SURFACES
from streams.policy.conditions import Condition
from streams.policy.conjuncts import Formula, Guard, Value
from streams.policy.document import Rule
from streams.policy.names import FEATURES, SCORES, SURFACE, TABLES

_INFINITE: Final = float("inf")
_SHARES: Final = ("actor.link_share_1h", "campaign.violating_share")
_OTHERWISE: Final = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
"""What compares where another does not hold."""


def never(rule: Rule, condition: Condition) -> str | None:
    """Gives why a rule's condition is never true; None where it may be."""
    if not condition.names and condition.text.strip() == "false":
        return "its condition is false"
    by_name: dict[str, list[Guard]] = defaultdict(list)
    for part in _parts(condition):
        for guard in _musts(part):
            by_name[guard.name].append(guard)
    floors = _floors(rule)
    for name, guards in by_name.items():
        words = _words(name, rule)
        if words is not None:
            why = _no_word(name, guards, words)
        elif _is_number(name):
            why = _no_number(name, guards, floors.get(name)) or _none_of(name, guards)
        else:
            why = _none_of(name, guards)
        if why:
            return why
    told = (_told(part) for part in _parts(condition) if _known(part, rule) is False)
    return next((f"{one} is never true" for one in told), None)


def always(rule: Rule, condition: Condition) -> Iterator[str]:
    """Gives what of a rule's condition is true of every item that passes its gate."""
    yield from (_told(part) for part in _parts(condition) if _known(part, rule) is True)


def _parts(condition: Condition) -> tuple[Guard | Formula, ...]:
    return (*condition.parts.guards, *condition.parts.formulas)


def _musts(part: Guard | Formula, *, is_so: bool = True) -> Iterator[Guard]:
    """The comparisons that hold wherever a part of a condition holds, or (`is_so`) does not."""
    if isinstance(part, Guard):
        if is_so:
            yield part
        elif isinstance(part.value, tuple):
            yield from (Guard(part.name, "!=", one) for one in part.value)
        else:
            yield Guard(part.name, _OTHERWISE[part.compare], part.value)
    elif part.kind == "not":
        yield from _musts(part.of[0], is_so=not is_so)
    elif part.kind == ("and" if is_so else "or"):
        for one in part.of:
            yield from _musts(one, is_so=is_so)


def _known(part: Guard | Formula, rule: Rule) -> bool | None:
    """Whether a part holds of every item that the rule applies to, or (False) of none."""
    if isinstance(part, Guard):
        return _known_of_guard(part, rule)
    found = [_known(one, rule) for one in part.of]
    if part.kind == "not":
        return None if found[0] is None else not found[0]
    settling = part.kind == "or"
    if settling in found:
        return settling
    return None if None in found else not settling


def _known_of_guard(guard: Guard, rule: Rule) -> bool | None:
    words = _words(guard.name, rule)
    if words is not None:
        found = {guard.test(word, guard.value) for word in words}
    elif _is_number(guard.name):
        lowest, highest = _range(guard.name)
        lowest = max(lowest, _floors(rule).get(guard.name, lowest))
        # A comparison changes at its own values alone, so the ends of a range tell of all others.
        found = {guard.test(one, guard.value) for one in (lowest, highest)}
        if any(lowest <= one <= highest for one in _values(guard) if not isinstance(one, str)):
            found |= {True, False} if guard.compare in {"==", "!=", "in"} else set()
    else:
        return None
    return found.pop() if len(found) == 1 else None


def _values(guard: Guard) -> tuple[str | int | float | bool, ...]:
    return guard.value if isinstance(guard.value, tuple) else (guard.value,)


def _told(part: Guard | Formula) -> str:
    """A part of a condition, as CEL is written."""
    if isinstance(part, Guard):
        values = (str(one).lower() if isinstance(one, bool) else repr(one) for one in _values(part))
        written = ", ".join(values)
        return f"{part.name} {part.compare} " + (
            f"[{written}]" if part.compare == "in" else written
        )
    if part.kind == "not":
        return f"!({_told(part.of[0])})"
    pieces = [_told(one) if isinstance(one, Guard) else f"({_told(one)})" for one in part.of]
    return (" || " if part.kind == "or" else " && ").join(pieces)


def _is_number(name: str) -> bool:
    return FEATURES.get(name) in {"int", "double"} or name in SCORES


def _floors(rule: Rule) -> dict[str, float]:
    """The score that an item has at least where it passes the rule's gate."""
    if not rule.label or not rule.threshold or rule.languages or not rule.surfaces:
        return {}
    own = (rule.thresholds.get(each, rule.threshold) for each in rule.surfaces)
    return {f"score.{rule.label}": min(own)}


def _none_of(name: str, guards: Sequence[Guard]) -> str | None:
    """Why none of the values that a name is to have passes all comparisons."""
    wanted: tuple[Value, ...] = next(
        (_values(one) for one in guards if one.compare in {"==", "in"}), ()
    )
    if not wanted or any(all(one.test(value, one.value) for one in guards) for value in wanted):
        return None
    return f"{name} cannot be all of these"


def _words(name: str, rule: Rule) -> Sequence[str] | None:
    """The values that a name of a closed vocabulary may have."""
    if name == SURFACE:
        return rule.surfaces
    return _vocabulary(name)


@cache
def _vocabulary(name: str) -> tuple[str, ...] | None:
    table, _, field = name.partition(".")
    if table in TABLES:
        kind = get_type_hints(TABLES[table])[field]
        if get_origin(kind) is Literal:
            return get_args(kind)
    return None


def _no_word(name: str, guards: Iterable[Guard], words: Sequence[str]) -> str | None:
    left = [word for word in words if all(one.test(word, one.value) for one in guards)]
    if left:
        return None
    known = SURFACES if name == SURFACE else words
    values = [guard.value for guard in guards if isinstance(guard.value, str)]
    strange = [value for value in values if value not in known]
    if strange:
        close = get_close_matches(strange[0], known, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        return f"{name} is never `{strange[0]}`{meant} It is {', '.join(known)}".replace(
            "? It", "? it"
        )
    if name == SURFACE:
        return f"it applies to {', '.join(words)} alone"
    return f"no {name} is all that it asks for"


def _range(name: str) -> tuple[float, float]:
    if name in SCORES or name in _SHARES:
        return 0.0, 1.0
    if name.endswith("_percent"):
        return -1.0, 100.0
    return (-1.0 if name == "actor.account_days" else 0.0), _INFINITE


def _no_number(name: str, guards: Iterable[Guard], floor: float | None) -> str | None:
    lowest, highest = _range(name)
    low, high = lowest, highest
    if floor is not None and name in SCORES:
        low = max(low, floor)
    is_open_low = is_open_high = False
    for guard in guards:
        value = guard.value
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if guard.compare in {">", ">="} and value >= low:
            low, is_open_low = value, guard.compare == ">" or (is_open_low and value == low)
        elif guard.compare in {"<", "<="} and value <= high:
            high, is_open_high = value, guard.compare == "<" or (is_open_high and value == high)
        elif guard.compare == "==" and (value < low or value > high):
            return f"{name} is never {value} there"
        if (value > highest and guard.compare in {">=", "=="}) or (
            guard.compare == ">" and value >= highest
        ):
            return f"{name} is never above {highest:g}"
        if (value < lowest and guard.compare in {"<=", "=="}) or (
            guard.compare == "<" and value <= lowest
        ):
            return f"{name} is never below {lowest:g}"
    if low > high or (low == high and (is_open_low or is_open_high)):
        return f"no {name} is above {low:g} and below {high:g} at once"
    if FEATURES.get(name) == "int" and high < _INFINITE:
        first = math.floor(low) + 1 if is_open_low else math.ceil(low)
        last = math.ceil(high) - 1 if is_open_high else math.floor(high)
        if first > last:
            return f"no {name} is above {low:g} and below {high:g}: it is a whole number"
    return None
