"""The detector `image.nsfw@1`."""

from collections.abc import Sequence
from typing import Final

from detectors import card as cards
from detectors.card import ModelCard
from detectors.detector import Answer, Undecodable
from detectors.image.answers import Decoded, answered, undecodable
from detectors.image.classifier.network import NoAnswer
from detectors.image.nsfw.networks import Networks, ask, opened
from detectors.image.nsfw.opinion import Opinion
from detectors.image.picture import Picture, Pixels, Refusal
from schemas.signals import Signal

MODEL_ID: Final = "image.nsfw@1"
_DECIMALS: Final = 4


class ImageNsfw:
    """Says how likely pictures are sexual. Safe across threads."""

    def __init__(self, threads: int = 1, *, card: ModelCard | None = None) -> None:
        """Loads the networks.

        Args:
            threads: What ONNX Runtime uses for one picture.
            card: The detector's card; None is the one that ships.

        Raises:
            ModelMismatch: if a file or its graph is not the one on the card.
        """
        self.card = card or cards.read(MODEL_ID)
        self._networks: Networks = opened(self.card, threads=threads)

    def predict(self, parts: Sequence[Decoded], /) -> list[Answer]:
        """Gives one signal for each picture, `sexual`, of the frame that scores highest.

        Evidence is each network's classes with their probabilities and, where there are several,
        the `frame`.
        """
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part) for part in parts
        ]

    def opinion(self, pixels: Pixels) -> Opinion:
        """Gives what the networks say of a frame; the slow one is asked in doubt. Raises NoAnswer.

        Without doubt is what the quicker two find neither sexual nor suggestive, below the card's
        `early_exit`.
        """
        return ask(self._networks, pixels, early_exit=self.card.early_exit)

    def _answer(self, picture: Picture) -> Answer:
        try:
            found = [(frame.index, self.opinion(frame.pixels)) for frame in picture.frames]
        except NoAnswer as error:
            return Undecodable(str(error))
        index, highest = max(found, key=lambda one: one[1].score)
        evidence = highest.evidence()
        if len(found) > 1:
            evidence["frame"] = str(index)
        signal = Signal(
            label="sexual",
            score=round(highest.score, _DECIMALS),
            detector=self.card.id,
            part=picture.name,
            evidence=evidence,
        )
        return answered(picture, [signal])
