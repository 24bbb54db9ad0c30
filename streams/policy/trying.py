"""Conditions, tried before they are used: one that fails on every item is none. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final, get_args, get_origin, get_type_hints

from schemas.labels import LABELS, Label
from schemas.signals import Signal
from streams.policy import conditions
from streams.policy.conditions import SIGNALS, Condition
from streams.policy.document import Example, Policy, Scalar
from streams.policy.names import FEATURES, SCORE, SCORES, SURFACE, TABLES

_TIMES: Final = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 31, 12, 30, 15, tzinfo=UTC))
_LANGUAGES: Final = ("", "en", "zh", "tr")
_NUMBERS: Final = (0, 1, 7, 64)
_KINDS: Final = {"string": str, "int": int, "double": float, "bool": bool}
_BEYOND: Final = 2**63
"""CEL's whole numbers are smaller."""
_ANYBODY: Final = "text.example"
"""As `streams.policy.examples` has it."""
_SIGNALS: Final = tuple(
    Signal(label=label, score=0.5, detector=f"{by}@1", part=part)
    for label in LABELS
    for by, part in (("text.risk", "text"), ("image.nsfw", "media[0]"))
)
MAX_STEPS: Final = 1_000_000
"""That all tries of a policy take together: under a second. What is not tried is not refused."""
_N_SIGNALS: Final = 32
"""For which `streams.policy.costs` counts."""
_LEAST_STEPS: Final = 20
"""Of a try: what it takes by itself."""


def failing(tried: Sequence[Condition], policy: Policy) -> Iterator[str]:
    """Gives the texts of conditions that cannot be evaluated on any item that is made up.

    Items are plain ones, and the policy's own examples.
    """
    detectors = _detectors(policy)
    made = _made()
    n_items = len(made) + len(policy.tests)
    n_steps = 0

    @cache
    def item(at: int) -> dict[str, object]:
        return made[at] if at < len(made) else _like(policy.tests[at - len(made)].given, detectors)

    for one in tried:
        for at in range(n_items):
            given = item(at)
            n_steps += _steps(one, given)
            if n_steps > MAX_STEPS:
                return
            if _is_evaluated(one, given):
                break
        else:
            yield one.text


def _detectors(policy: Policy) -> dict[Label, tuple[str, ...]]:
    """The detectors of an example's score, by label: those that rules on it name, and another."""
    named: dict[Label, set[str]] = {}
    for rule in policy.rules:
        if rule.label is not None:
            named.setdefault(rule.label, set()).update(rule.detectors)
    return {label: (_ANYBODY, *sorted(named.get(label, ()))) for label in LABELS}


def _steps(tried: Condition, given: Mapping[str, object]) -> int:
    """What a try may take: a condition's cost is for so many signals, walked over two deep."""
    signals = given[SIGNALS] if SIGNALS in tried.names else ()
    n_signals = len(signals) if isinstance(signals, list) else 0
    return max(tried.cost, _LEAST_STEPS) * max(1, n_signals // _N_SIGNALS) ** 2


def _is_evaluated(one: Condition, given: dict[str, object]) -> bool:
    named = {name: given[name] for name in one.names}
    return conditions.value(one.program, named) is not None


@cache
def _made() -> tuple[dict[str, object], ...]:
    """Items from the emptiest to the fullest, as CEL sees them."""
    made = []
    for n, number in enumerate(_NUMBERS):
        signals = _SIGNALS[: len(_SIGNALS) * n // (len(_NUMBERS) - 1)]
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


def _like(given: Example, detectors: Mapping[Label, Sequence[str]]) -> dict[str, object]:
    """What an example gives, as CEL sees it; as the emptiest item where it says nothing."""
    features = {
        f"{table}.{name}": fitting
        for table in TABLES
        for name, value in getattr(given, table).items()
        if (fitting := _fitting(f"{table}.{name}", value)) is not None
    }
    signals = [
        *(
            Signal(label=s.label, score=s.score, detector=s.detector, part=s.part)
            for s in given.signals
        ),
        *(
            Signal(label=label, score=score, detector=name, part="text")
            for label, score in given.scores.items()
            for name in detectors[label]
        ),
    ]
    highest: dict[str, float] = {}
    for one in signals:
        name = f"{SCORE}{one.label}"
        highest[name] = max(one.score, highest.get(name, 0.0))
    return {
        **_made()[0],
        **features,
        **highest,
        SURFACE: given.surface,
        "now": _time(given.now),
        "missing": list(given.missing),
        "pending": list(given.pending),
        SIGNALS: conditions.messages(signals),
    }


def _fitting(name: str, value: Scalar) -> Scalar | None:
    """A feature's value as CEL takes it; None where it is none."""
    kind = FEATURES.get(name)
    if isinstance(value, int) and abs(value) >= _BEYOND:
        return None
    if kind == "double" and type(value) is int:
        return float(value)
    return value if type(value) is _KINDS.get(kind or "") else None


def _time(told: str) -> datetime:
    try:
        now = datetime.fromisoformat(told)
    except ValueError:
        return _TIMES[0]
    return now if now.tzinfo else now.replace(tzinfo=UTC)
