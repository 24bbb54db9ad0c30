"""Figures from raw measurements: spreads, ratios, percentiles, drain rates. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from schemas.records import Source

SHARE_WARM_UP: Final = 0.1
"""Share of the records of a steady rate, the first ones, that do not count."""


class Spread(Struct, frozen=True, kw_only=True):
    """The median, lowest and highest of repeated measurements; `n` is how many."""

    median: float
    low: float
    high: float
    n: int


class Percentiles(Struct, frozen=True, kw_only=True):
    """Percentiles of `n` single values, in their unit."""

    p50: float
    p95: float
    p99: float
    highest: float
    n: int


def spread(values: Sequence[float]) -> Spread:
    """Gives the spread of one or more values. Raises ValueError for none."""
    return Spread(median=median(values), low=min(values), high=max(values), n=len(values))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Gives the spread of `ours[i] / theirs[i]`: each round is compared within itself."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def percentiles(values: Sequence[float]) -> Percentiles:
    """Gives nearest-rank percentiles of one or more values. Raises ValueError for none."""
    if not values:
        message = "no values"
        raise ValueError(message)
    ordered = sorted(values)
    return Percentiles(
        p50=_rank(ordered, 0.50),
        p95=_rank(ordered, 0.95),
        p99=_rank(ordered, 0.99),
        highest=ordered[-1],
        n=len(ordered),
    )


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def drain_per_s(started_ms: int, answered_ms: Sequence[int]) -> float:
    """Gives the rate at which a backlog was answered: all records over the time of the last one.

    Times are Unix milliseconds of one clock. Raises ValueError for no records, or no time.
    """
    span_ms = max(answered_ms, default=started_ms) - started_ms
    if span_ms <= 0:
        message = f"{len(answered_ms)} records in {span_ms} ms give no rate"
        raise ValueError(message)
    return len(answered_ms) * 1000 / span_ms


def latencies_ms(
    produced_ms: Mapping[Source, int], answered_ms: Iterable[tuple[Source, int]]
) -> list[int]:
    """Gives answer time minus event time for each answered event; the first answer counts."""
    first: dict[Source, int] = {}
    for place, moment in answered_ms:
        first[place] = min(moment, first.get(place, moment))
    return [moment - produced_ms[place] for place, moment in first.items() if place in produced_ms]
