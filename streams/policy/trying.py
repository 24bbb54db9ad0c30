"""Conditions, tried before they are used: one that fails on every item is none. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final, get_args, get_origin, get_type_hints

from schemas.labels import LABELS
from schemas.signals import Signal
from streams.policy import conditions
from streams.policy.conditions import SIGNALS, Condition
from streams.policy.document import Example, Policy
from streams.policy.names import FEATURES, SCORES, SURFACE, TABLES

_TIMES: Final = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 31, 12, 30, 15, tzinfo=UTC))
_LANGUAGES: Final = ("", "en", "zh", "tr")
_NUMBERS: Final = (0, 1, 7, 64)
_SIGNALS: Final = tuple(
    Signal(label=label, score=0.5, detector=f"{by}@1", part=part)
    for label in LABELS[:8]
    for by, part in (("text.risk", "text"), ("image.nsfw", "media[0]"))
)


def failing(tried: Sequence[Condition], policy: Policy) -> Iterator[str]:
    """Gives the texts of conditions that cannot be evaluated on any item that is made up.

    Items are plain ones, and the policy's own examples.
    """
    made = (*_made(), *(_like(test.given) for test in policy.tests))
    for one in tried:
        if not any(_is_evaluated(one, given) for given in made):
            yield one.text


def _is_evaluated(one: Condition, given: dict[str, object]) -> bool:
    named = {name: given[name] for name in one.names}
    return conditions.value(one.program, named) is not None


@cache
def _made() -> tuple[dict[str, object], ...]:
    """Items from the emptiest to the fullest, as CEL sees them."""
    made = []
    for n, number in enumerate(_NUMBERS):
        signals = _SIGNALS[: n * 5]
        made.append(
            {
                **{name: _value(name, n) for name in FEATURES},
                **{name: min(1.0, number / 10) for name in SCORES},
                SURFACE: ("chatroom", "square", "memerush", "ai")[n],
                "now": _TIMES[n % 2],
                "missing": ["image.*", "text.risk@4"][:n],
                "pending": ["video.*", "judge"][:n],
                SIGNALS: conditions.messages(signals),
            }
        )
    return tuple(made)


def _value(name: str, n: int) -> object:
    """A feature of the n-th item: the default first."""
    table, _, field = name.partition(".")
    if n == 0:
        return getattr(TABLES[table](), field)
    kind = get_type_hints(TABLES[table])[field]
    if get_origin(kind) is not None and FEATURES[name] == "string" and get_args(kind):
        words = [one for one in get_args(kind) if isinstance(one, str)]
        if words:
            return words[n % len(words)]
    if FEATURES[name] == "string":
        return _LANGUAGES[n] if field == "language" else f"name-{n}"
    if FEATURES[name] == "bool":
        return n % 2 == 1
    return _NUMBERS[n] if FEATURES[name] == "int" else float(_NUMBERS[n]) / 2


def _like(given: Example) -> dict[str, object]:
    """The fullest item but for what an example says."""
    told = {
        f"{table}.{name}": value
        for table in TABLES
        for name, value in getattr(given, table).items()
    }
    fitting = {
        name: value
        for name, value in told.items()
        if type(value)
        is {"string": str, "int": int, "double": float, "bool": bool}.get(
            FEATURES.get(name, ""), object
        )
    }
    return {**_made()[0], **fitting}
