"""The contract that every detector keeps."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from detectors.card import ModelCard
from schemas.content import Scalar
from schemas.signals import Signal

P_contra = TypeVar("P_contra", contravariant=True)

Context = Mapping[str, Scalar]
"""An item's context: what a `Detector[Context]` judges instead of a part."""


class Undecodable(Struct, frozen=True):
    """Stands in the slot of a part that the detector cannot read; `cause` says why."""

    cause: str


class Partial(Struct, frozen=True):
    """Signals on as much of a part as the detector reads; `cause` says what it left out."""

    signals: tuple[Signal, ...]
    cause: str


Answer = tuple[Signal, ...] | Partial | Undecodable


def signals_of(answer: Answer) -> tuple[Signal, ...]:
    """Gives the signals in an answer, of however much of the part was read."""
    if isinstance(answer, Partial):
        return answer.signals
    return answer if isinstance(answer, tuple) else ()


class Detector(Protocol[P_contra]):
    """Scores parts of one modality, or items by their context (`Detector[Context]`).

    `predict(parts)[i]` answers `parts[i]`. Answers do not depend on what else is in the batch.
    A part that cannot be read fills its own slot with Undecodable, one too long to be read whole
    with Partial; anything raised fails the whole
    batch. Scores are calibrated probabilities. `predict` blocks, and may be called from any
    thread. No parts give no answers.
    """

    @property
    def card(self) -> ModelCard:
        """The detector's card."""

    def predict(self, parts: Sequence[P_contra], /) -> Sequence[Answer]:
        """Gives the signals of each part, in order."""
