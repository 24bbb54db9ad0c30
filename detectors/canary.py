"""The canary: a harmless text that always trips the pipeline, in tests and as a live probe."""

from collections.abc import Sequence
from typing import Final

from detectors.card import ModelCard
from schemas.content import TextPart
from schemas.signals import Signal, Span

CANARY_TEXT: Final = "TIDEGATE-CANARY-7f3a: this harmless line must always trip"
"""Any text that contains this line is answered with `spam`, score 1."""

CARD: Final = ModelCard(id="text.canary@1")


class Canary:
    """Finds the canary text, and nothing else."""

    card = CARD

    def predict(self, parts: Sequence[TextPart], /) -> list[tuple[Signal, ...]]:
        """Gives one `spam` signal for a part that holds the canary text."""
        return [_look(part) for part in parts]


def _look(part: TextPart) -> tuple[Signal, ...]:
    start = part.text.find(CANARY_TEXT)
    if start < 0:
        return ()
    return (
        Signal(
            label="spam",
            score=1.0,
            detector=CARD.id,
            part=part.name,
            span=Span(start, start + len(CANARY_TEXT)),
            evidence={"canary": "text"},
        ),
    )
