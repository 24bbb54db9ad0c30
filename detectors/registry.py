"""The detectors that exist, by name."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from detectors.canary import Canary
from detectors.detector import Detector
from detectors.null import Null
from detectors.text.entities.detector import Entities
from detectors.text.links.detector import Links
from detectors.text.risk.cache import DEFAULT_ENTRIES
from detectors.text.risk.detector import OnLookups, TextRisk
from schemas.content import TextPart


class UnknownDetector(ValueError):
    """No detector has that name."""


class Choices(Struct, frozen=True, kw_only=True):
    """What whoever runs detectors chooses about all of them."""

    threads: int
    """ONNX Runtime threads within one operator."""
    has_early_exit: bool = True
    """Whether a model's upper layers are spared plainly harmless content."""
    n_cached: int = DEFAULT_ENTRIES
    """Most texts whose scores a detector keeps; 0 keeps none."""
    on_lookups: OnLookups | None = None
    """Told of a detector's id and of the hits and misses in its cache, after each batch."""


def _text_risk(given: Choices) -> TextRisk:
    return TextRisk(
        threads=given.threads,
        has_early_exit=given.has_early_exit,
        n_cached=given.n_cached,
        on_lookups=given.on_lookups,
    )


TEXT_DETECTORS: Final[dict[str, Callable[[Choices], Detector[TextPart]]]] = {
    "text.canary": lambda _: Canary(),
    "text.entities": lambda _: Entities(),
    "text.links": lambda _: Links(),
    "text.null": lambda _: Null(),
    "text.risk": _text_risk,
}
"""Constructors by name."""


def load(
    names: Sequence[str],
    *,
    threads: int,
    has_early_exit: bool = True,
    n_cached: int = DEFAULT_ENTRIES,
    on_lookups: OnLookups | None = None,
) -> list[Detector[TextPart]]:
    """Loads detectors in the order named. Raises UnknownDetector, ModelMismatch."""
    choices = Choices(
        threads=threads, has_early_exit=has_early_exit, n_cached=n_cached, on_lookups=on_lookups
    )
    detectors = []
    for name in names:
        make = TEXT_DETECTORS.get(name)
        if make is None:
            message = f"{name} is not a detector; there are {', '.join(sorted(TEXT_DETECTORS))}"
            raise UnknownDetector(message)
        detectors.append(make(choices))
    return detectors
