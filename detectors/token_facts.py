"""`token.facts@1`: what a launch's token facts say of it. Reads an item's context, no text."""

from collections.abc import Sequence
from typing import Final

from detectors.card import ModelCard
from detectors.detector import Context
from detectors.text.entities.token_risk import DETECTOR, FACTS, token_fraud
from schemas.signals import Signal

CARD: Final = ModelCard(
    id=DETECTOR,
    summary="Mint and freeze authority, LP, holders and taxes of a launch, factor by factor.",
    inputs=("context",),
    labels=("token_fraud",),
    source="Rules: log-odds a fact, straight between given points (text/entities/token_risk.py).",
    thresholds={"token_fraud": 0.5},
    calibration="None: log-odds set by hand, monotone in every fact.",
    known_failures=(
        "Scores are weights set by hand: an order of launches, not a probability.",
        "A launch of which no fact is known gets no signal.",
    ),
)


class TokenFacts:
    """Scores contexts that hold token facts; others get no signal. Holds nothing."""

    card = CARD

    def predict(self, parts: Sequence[Context], /) -> list[tuple[Signal, ...]]:
        """Gives at most one `token_fraud` signal a context, on the part `facts`."""
        return [() if FACTS.isdisjoint(context) else _look(context) for context in parts]


def _look(context: Context) -> tuple[Signal, ...]:
    signal = token_fraud(context)
    return () if signal is None else (signal,)
