"""Conditions that are never true, as far as their comparisons with plain values tell. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, Literal, get_args, get_origin, get_type_hints

from schemas.labels import SURFACES
from streams.policy.conditions import Condition
from streams.policy.conjuncts import Guard
from streams.policy.document import Rule
from streams.policy.names import FEATURES, SCORES, SURFACE, TABLES

_INFINITE: Final = float("inf")
_SHARES: Final = ("actor.link_share_1h", "campaign.violating_share")


def never(rule: Rule, condition: Condition) -> str | None:
    """Gives why a rule's condition is never true; None where it may be."""
    if not condition.names and condition.text.strip() == "false":
        return "its condition is false"
    by_name: dict[str, list[Guard]] = defaultdict(list)
    for guard in condition.parts.guards:
        by_name[guard.name].append(guard)
    gate = (
        {
            f"score.{rule.label}": min(
                rule.thresholds.get(each, rule.threshold) for each in rule.surfaces
            )
        }
        if rule.label and rule.threshold and not rule.languages and rule.surfaces
        else {}
    )
    for name, guards in by_name.items():
        words = _words(name, rule)
        if words is not None:
            why = _no_word(name, guards, words)
        elif FEATURES.get(name) in {"int", "double"} or name in SCORES:
            why = _no_number(name, guards, gate.get(name))
        else:
            values = {guard.value for guard in guards if guard.compare == "=="}
            why = f"{name} cannot be all of these" if len(values) > 1 else None
        if why:
            return why
    return None


def _words(name: str, rule: Rule) -> Sequence[str] | None:
    """The values that a name of a closed vocabulary may have."""
    if name == SURFACE:
        return rule.surfaces
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
    return None
