"""The detectors that exist, by name."""

from collections.abc import Callable, Sequence
from typing import Final

from detectors.canary import Canary
from detectors.detector import Detector
from detectors.null import Null
from detectors.text_risk import TextRisk
from schemas.content import TextPart


class UnknownDetector(ValueError):
    """No detector has that name."""


TEXT_DETECTORS: Final[dict[str, Callable[[int], Detector[TextPart]]]] = {
    "text.canary": lambda _: Canary(),
    "text.null": lambda _: Null(),
    "text.risk": lambda threads: TextRisk(threads=threads),
}
"""Constructors by name; each takes the number of threads within one operator."""


def load(names: Sequence[str], *, threads: int) -> list[Detector[TextPart]]:
    """Loads detectors in the order named. Raises UnknownDetector, ModelMismatch."""
    detectors = []
    for name in names:
        make = TEXT_DETECTORS.get(name)
        if make is None:
            message = f"{name} is not a detector; there are {', '.join(sorted(TEXT_DETECTORS))}"
            raise UnknownDetector(message)
        detectors.append(make(threads))
    return detectors
