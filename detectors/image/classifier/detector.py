"""The detector that any card and ONNX file make."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.detector import Answer, Undecodable
from detectors.image.answers import Decoded, answered, undecodable
from detectors.image.classifier.card import ClassifierCard
from detectors.image.classifier.network import Network, NoAnswer, Probabilities
from detectors.image.picture import Picture, Refusal
from detectors.network_card import LabelTable, NetworkTable
from schemas.signals import Signal

_EDGE: Final = 1e-6
"""Probabilities nearer to 0 or 1 are taken for this far from it."""
_DECIMALS: Final = 4


class Reading(Struct, frozen=True):
    """What one frame says of one label."""

    score: float
    name: str
    """The class that weighs most."""
    probability: float
    """That class's."""
    frame: int


class Classifier:
    """Scores pictures by one network. Safe across threads."""

    def __init__(self, card: ClassifierCard, content: bytes, *, threads: int = 1) -> None:
        """Loads the graph.

        Args:
            card: What the graph takes, and what its classes mean.
            content: The ONNX file; its hash is not looked at here.
            threads: What ONNX Runtime uses for one picture.

        Raises:
            ModelMismatch: if the graph is not the one on the card.
        """
        self.card = card.model_card()
        self._labels = card.labels
        self._network = Network(card.network, content, name=card.file.path, threads=threads)

    def predict(self, parts: Sequence[Decoded], /) -> list[Answer]:
        """Gives a signal for each label of the card, of the frame that scores highest.

        Evidence is `class`, which weighs most for the label, its `probability` and, where there
        are several, the `frame`.
        """
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part) for part in parts
        ]

    def _answer(self, picture: Picture) -> Answer:
        try:
            seen = [(frame.index, self._network.classes(frame.pixels)) for frame in picture.frames]
        except NoAnswer as error:
            return Undecodable(str(error))
        table = self._network.table
        signals = []
        for label in self._labels:
            readings = [reading(label, table, found, frame) for frame, found in seen]
            signals.append(self._signal(picture, label, max(readings, key=lambda one: one.score)))
        return answered(picture, signals)

    def _signal(self, picture: Picture, label: LabelTable, found: Reading) -> Signal:
        evidence = {"class": found.name, "probability": f"{found.probability:.3f}"}
        if len(picture.frames) > 1:
            evidence["frame"] = str(found.frame)
        return Signal(
            label=label.label,
            score=round(found.score, _DECIMALS),
            detector=self.card.id,
            part=picture.name,
            evidence=evidence,
        )


def reading(label: LabelTable, table: NetworkTable, found: Probabilities, frame: int) -> Reading:
    """Gives a label's score from the probabilities of all classes."""
    own = {name: float(found[table.classes.index(name)]) for name in label.classes}
    name = max(own, key=own.__getitem__)
    whole = min(1.0, sum(own.values())) if table.activation == "softmax" else own[name]
    return Reading(calibrated(whole, label.slope, label.intercept), name, own[name], frame)


def calibrated(probability: float, slope: float, intercept: float) -> float:
    """Gives `sigmoid(slope * logit(probability) + intercept)`."""
    if (slope, intercept) == (1.0, 0.0):
        return probability
    inside = min(max(probability, _EDGE), 1 - _EDGE)
    logit = float(np.log(inside) - np.log1p(-inside))
    return float(1 / (1 + np.exp(-np.clip(slope * logit + intercept, -60, 60))))
