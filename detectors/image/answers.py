"""What detectors of pictures take, and how their answers say that not all was seen."""

from collections.abc import Sequence
from typing import Final, Protocol

from detectors.card import ModelCard
from detectors.detector import Answer, Partial, Undecodable
from detectors.image.picture import Picture, Refusal
from detectors.media import Transcript
from schemas.signals import Signal

ANIMATION: Final = "an animation of which not all that it shows was read"
"""Why an animation is not seen whole."""

Decoded = Picture | Refusal
"""What `decode` gives: the part that a `Detector[Decoded]` judges."""


class Composer(Protocol):
    """Judges what is said of one picture together, after all detectors and readers of it."""

    @property
    def card(self) -> ModelCard:
        """Its card."""

    def compose(
        self, picture: Picture, transcripts: Sequence[Transcript], signals: Sequence[Signal], /
    ) -> tuple[Signal, ...]:
        """Gives the signals that follow from a picture's transcripts and signals."""


def undecodable(refusal: Refusal) -> Undecodable:
    """Gives the answer for a file that is no picture."""
    return Undecodable(f"{refusal.reason}: {refusal.detail}")


def answered(picture: Picture, signals: Sequence[Signal]) -> Answer:
    """Gives the answer with these signals: Partial where not all of the file could be looked at."""
    if picture.is_truncated:
        return Partial(tuple(signals), "the file is damaged: not all of it could be read")
    if picture.is_partial:
        return Partial(tuple(signals), ANIMATION)
    return tuple(signals)
