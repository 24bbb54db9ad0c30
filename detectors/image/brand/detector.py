"""The detector `image.brand@1`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from detectors import card as cards
from detectors.card import ModelCard
from detectors.detector import Answer
from detectors.image.answers import Decoded, answered, undecodable
from detectors.image.brand import index
from detectors.image.brand.embedder import Embedder
from detectors.image.brand.index import Logos
from detectors.image.brand.match import Scale, Told, look, match
from detectors.image.picture import Frame, Picture, Refusal
from detectors.refresh import Followed
from detectors.session import verified
from schemas.signals import Signal

ROOT: Final = Path(__file__).parents[2]
MODEL_ID: Final = "image.brand@1"
MIN_SCORE: Final = 0.05
"""Less is no signal."""


class ImageBrand:
    """Finds look-alikes of protected logos; at most one signal a picture, of the likest brand."""

    def __init__(
        self,
        *,
        logos: Path | None = None,
        threads: int = 1,
        card: ModelCard | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Loads the model and the logos.

        Args:
            logos: A folder of pictures or an index (`index.read`), read anew when it is replaced
                or a picture comes or goes. None: well-known coins and stablecoins, which ship.
            threads: Threads of one call of the model.
            card: The detector's card; None: the one in `models.toml`.
            clock: Seconds, to look at the logos every few of them.

        Raises:
            ModelMismatch: if a file of the model is not the one on its card.
            LogosInvalid, OSError: if the logos cannot be read.
        """
        self.card = cards.read(MODEL_ID) if card is None else card
        self.embedder = Embedder(self.card, ROOT, threads=threads)
        scale = verified(ROOT, self.card.files["scale"]).read_bytes()
        self.scale = msgspec.json.decode(scale, type=Scale)
        self._live = None
        if logos is None:
            self._shipped = index.read_file(verified(ROOT, self.card.files["logos"]))
        else:
            self._live = Followed(logos, lambda path: index.read(path, self.embedder), clock=clock)

    @property
    def logos(self) -> Logos:
        """What is protected as of now."""
        return self._shipped if self._live is None else self._live.current()

    def predict(self, parts: Sequence[Decoded], /) -> list[Answer]:
        """Gives the signal of each picture, of the likest brand over its frames."""
        logos = self.logos
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part, logos)
            for part in parts
        ]

    def _answer(self, picture: Picture, logos: Logos) -> Answer:
        found: list[tuple[Told, Frame]] = []
        for frame in picture.frames if logos.brands else ():
            nearest = match(look(frame.pixels, self.embedder), logos)
            if nearest is not None:
                found.append((self.scale.told(nearest), frame))
        likest = max(found, key=lambda one: one[0].score, default=None)
        if likest is None or likest[0].score < MIN_SCORE:
            return answered(picture, ())
        told, frame = likest
        evidence = {
            "brand": told.brand,
            "how": told.how,
            "similarity": f"{told.similarity:.2f}",
        }
        if len(picture.frames) > 1:
            evidence["frame"] = str(frame.index)
        signal = Signal(
            label="impersonation",
            score=told.score,
            detector=self.card.id,
            part=picture.name,
            evidence=evidence,
        )
        return answered(picture, [signal])
