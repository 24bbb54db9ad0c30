"""What labelled items say of both policies: precision, recall, and how these change. Pure.

Those whom people looked at are no sample of all: most came through a review queue. Figures compare
the policies on these items, and promise nothing of the others.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

N_RESAMPLES: Final = 2_000
SEED: Final = 5
Z: Final = 1.959964
"""Standard normal quantile of a 95 % interval."""
EVERYWHERE: Final = "*"

Counts = npt.NDArray[np.float64]


class Interval(Struct, frozen=True):
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


class Quality(Struct, frozen=True, kw_only=True):
    """One label on one surface; `*` is any label, on an item with any action but `allow`.

    `surface` `*` is all. A figure is None where nothing can be divided: nothing flagged, or no
    item with the label. Intervals are Wilson's, those of changes from resampling the items.
    """

    surface: str
    label: str
    n_items: int
    n_present: int
    old_precision: Interval | None
    new_precision: Interval | None
    precision_change: Interval | None
    old_recall: Interval | None
    new_recall: Interval | None
    recall_change: Interval | None


def qualities(
    truths: Mapping[tuple[str, str, bool, bool, bool], int],
) -> list[Quality]:
    """Gives the figures by label and surface, all labels and all surfaces first.

    `truths` counts items by surface, label, whether it is present, was and is flagged.
    """
    cells: dict[tuple[str, str], Counts] = {}
    for (surface, label, *flags), n in truths.items():
        at = _place(flags)
        for where in (EVERYWHERE, surface):
            cells.setdefault((label, where), np.zeros(8))[at] += n
    return [_quality(surface, label, cells[label, surface]) for label, surface in sorted(cells)]


def _place(flags: Iterable[bool]) -> int:
    present, old, new = flags
    return 4 * present + 2 * old + new


_PRESENT: Final = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
_OLD: Final = np.array([0, 0, 1, 1, 0, 0, 1, 1.0])
_NEW: Final = np.array([0, 1, 0, 1, 0, 1, 0, 1.0])


def _quality(surface: str, label: str, counts: Counts) -> Quality:
    n = int(counts.sum())
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(n, counts / n, size=N_RESAMPLES).astype(np.float64)
    return Quality(
        surface=surface,
        label=label,
        n_items=n,
        n_present=int(counts @ _PRESENT),
        old_precision=_share(counts, _PRESENT * _OLD, _OLD),
        new_precision=_share(counts, _PRESENT * _NEW, _NEW),
        precision_change=_change(counts, drawn, (_OLD, _NEW), (_OLD, _NEW)),
        old_recall=_share(counts, _PRESENT * _OLD, _PRESENT),
        new_recall=_share(counts, _PRESENT * _NEW, _PRESENT),
        recall_change=_change(counts, drawn, (_OLD, _NEW), (_PRESENT, _PRESENT)),
    )


def _share(counts: Counts, hits: Counts, of: Counts) -> Interval | None:
    n = int(counts @ of)
    return wilson(int(counts @ hits), n) if n else None


def wilson(n_hits: int, n: int) -> Interval:
    """Gives a share with Wilson's interval. `n` is above 0."""
    share, spread = n_hits / n, Z * Z / n
    middle = share + spread / 2
    width = Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - width) / (1 + spread), (middle + width) / (1 + spread)
    return Interval(share, max(low, 0.0), min(high, 1.0))


def _change(
    counts: Counts,
    drawn: Counts,
    flagged: tuple[Counts, Counts],
    of: tuple[Counts, Counts],
) -> Interval | None:
    """The new share minus the old one."""
    if not all(counts @ one for one in of):
        return None
    value = _difference(counts[None, :], flagged, of)[0]
    spread = _difference(drawn, flagged, of)
    spread = spread[~np.isnan(spread)]
    low, high = np.quantile(spread, [0.025, 0.975]) if len(spread) else (value, value)
    return Interval(float(value), float(low), float(high))


def _difference(
    counts: Counts, flagged: tuple[Counts, Counts], of: tuple[Counts, Counts]
) -> Counts:
    with np.errstate(divide="ignore", invalid="ignore"):
        old, new = (
            (counts @ (_PRESENT * one)) / (counts @ below)
            for one, below in zip(flagged, of, strict=True)
        )
    change: Counts = new - old
    return change
