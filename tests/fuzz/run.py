"""Running the fuzzer: how many inputs each decoder gets, in which seeds, and what came out."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from .targets import TARGETS

CHUNK: Final = 250
"""Inputs made from one seed: a crash is found again by its target, seed and chunk alone."""


class Crash(Struct, frozen=True, kw_only=True):
    """An input on which a decoder raised or gave what it must not."""

    target: str
    seed: str
    error: Exception


class Counts(Struct, kw_only=True):
    """What came out: outcomes by target, and crashes."""

    outcomes: dict[str, Counter[str]]
    crashes: list[Crash]

    @property
    def n_inputs(self) -> int:
        """How many inputs were answered."""
        return sum(sum(counter.values()) for counter in self.outcomes.values())


def run(
    n_records: int, seed: int, folder: Path, progress: Callable[[str, int], None] | None = None
) -> Counts:
    """Gives every target its share of `n_records` inputs, chunk by chunk.

    A chunk that crashes is noted and the next one goes on. `folder` is for scratch files.
    """
    counts = Counts(outcomes={}, crashes=[])
    for name, (share, target) in TARGETS.items():
        found = counts.outcomes.setdefault(name, Counter())
        left, chunk = n_records * share // 100, 0
        while left > 0:
            size = min(CHUNK, left)
            seeded = f"{name}-{seed}-{chunk}"
            dice = random.Random(seeded)  # noqa: S311 - reproducible on purpose
            try:
                found.update(target(dice, size, folder))
            except Exception as error:  # noqa: BLE001 - that is what we look for
                counts.crashes.append(Crash(target=name, seed=seeded, error=error))
            left, chunk = left - size, chunk + 1
            if progress is not None:
                progress(name, size)
    return counts
