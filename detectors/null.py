"""A detector that says nothing: it measures what the pipeline itself costs."""

from collections.abc import Sequence
from typing import Final

from detectors.card import ModelCard
from schemas.content import TextPart
from schemas.signals import Signal

CARD: Final = ModelCard(id="text.null@1")


class Null:
    """Answers every part with no signals. For benchmarks, never for judging."""

    card = CARD

    def predict(self, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
        """Gives an empty answer a part."""
        return [()] * len(parts)
