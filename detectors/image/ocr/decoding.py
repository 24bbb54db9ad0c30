"""From what a recogniser answers for each step along a line to the line's letters."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Steps = npt.NDArray[np.float32]
"""float32 [steps, letters + 1]: the chance of each letter; the first column means none."""

NOTHING: Final = 0


class Reading(Struct, frozen=True):
    """A line's letters, from left to right as they stand."""

    text: str
    sure: tuple[float, ...] = ()
    """How sure the reader is of each letter, 0 to 1."""
    places: tuple[float, ...] = ()
    """Where each letter stands: 0 at the line's left end, 1 at its right end."""

    @property
    def confidence(self) -> float:
        """The mean over the letters; 0 of none."""
        return sum(self.sure) / len(self.sure) if self.sure else 0.0


def read(steps: Steps, letters: Sequence[str]) -> Reading:
    """Gives the likeliest letter of each step, repetitions and gaps left out."""
    best = steps.argmax(1)
    is_new = best != NOTHING
    is_new[1:] &= best[1:] != best[:-1]
    found = np.flatnonzero(is_new)
    return Reading(
        "".join(letters[best[step] - 1] for step in found),
        tuple(float(steps[step, best[step]]) for step in found),
        tuple(float(step + 0.5) / len(steps) for step in found),
    )
