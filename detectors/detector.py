"""The contract that every detector keeps."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from detectors.card import ModelCard
from schemas.signals import Signal

P_contra = TypeVar("P_contra", contravariant=True)


class Undecodable(Struct, frozen=True):
    """Stands in the slot of a part that the detector cannot read; `cause` says why."""

    cause: str


class Detector(Protocol[P_contra]):
    """Scores parts of one modality.

    `predict(parts)[i]` answers `parts[i]`. Answers do not depend on what else is in the batch.
    A part that cannot be read fills its own slot with Undecodable; anything raised fails the whole
    batch. Scores are calibrated probabilities. `predict` blocks, and may be called from any
    thread. No parts give no answers.
    """

    @property
    def card(self) -> ModelCard:
        """The detector's card."""

    def predict(self, parts: Sequence[P_contra], /) -> Sequence[tuple[Signal, ...] | Undecodable]:
        """Gives the signals of each part, in order."""
