"""The detectors that exist, by name."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from detectors.canary import Canary
from detectors.detector import Detector
from detectors.null import Null
from detectors.text.entities.detector import Entities
from detectors.text.links.detector import Links
from detectors.text_risk import TextRisk
from schemas.content import TextPart


class UnknownDetector(ValueError):
    """No detector has that name."""


class Choices(Struct, frozen=True, kw_only=True):
    """What whoever runs detectors chooses about all of them."""

    threads: int
    """ONNX Runtime threads within one operator."""
    has_early_exit: bool = True
    """Whether a model's upper layers are spared plainly harmless content."""


TEXT_DETECTORS: Final[dict[str, Callable[[Choices], Detector[TextPart]]]] = {
    "text.canary": lambda _: Canary(),
    "text.entities": lambda _: Entities(),
    "text.links": lambda _: Links(),
    "text.null": lambda _: Null(),
    "text.risk": lambda given: TextRisk(threads=given.threads, has_early_exit=given.has_early_exit),
}
"""Constructors by name."""


def load(
    names: Sequence[str], *, threads: int, has_early_exit: bool = True
) -> list[Detector[TextPart]]:
    """Loads detectors in the order named. Raises UnknownDetector, ModelMismatch."""
    choices = Choices(threads=threads, has_early_exit=has_early_exit)
    detectors = []
    for name in names:
        make = TEXT_DETECTORS.get(name)
        if make is None:
            message = f"{name} is not a detector; there are {', '.join(sorted(TEXT_DETECTORS))}"
            raise UnknownDetector(message)
        detectors.append(make(choices))
    return detectors
