"""The detector `image.hash@1`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from detectors.card import ModelCard
from detectors.detector import Answer
from detectors.image.answers import Decoded, answered, undecodable
from detectors.image.hash.banks import DEFAULT_THRESHOLD, Banks, Match, read_folder
from detectors.image.hash.pdq import MIN_QUALITY, TURNS, hashed
from detectors.image.picture import Frame, Picture, Refusal
from detectors.refresh import Followed
from schemas.labels import LABELS
from schemas.signals import Signal

LISTED: Final = 0.99
"""Score of a match: lists are taken at their word, as in `text.links`."""
ESCALATED: Final = 1.0
"""Score of a match in a `child_safety` bank."""
CARD: Final = ModelCard(
    id="image.hash@1",
    summary="Pictures near one in an operator's banks by PDQ hash, also turned or mirrored.",
    inputs=("image",),
    labels=LABELS,
    source="PDQ, after Meta's description and code; no bank ships.",
    thresholds=dict.fromkeys(LABELS, 0.5),
    calibration="None: a match scores 0.99, in a child_safety bank 1.",
    known_failures=(
        "Cuts of 5 % hide a picture of which no crops are held, and one in six of the others.",
        "Frames, collages and deeper cuts hide a picture.",
        "Pictures with little to see (quality below 50, as flat logos) are not sought.",
    ),
)
Found = dict[str, tuple[Match, int, Frame]]
"""The nearest match by bank, with the turn and the frame it is in."""


class ImageHash:
    """Finds pictures that a bank holds; at most one signal a bank."""

    def __init__(
        self,
        *,
        banks: Path | None = None,
        threshold: int = DEFAULT_THRESHOLD,
        min_quality: int = MIN_QUALITY,
        card: ModelCard = CARD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the banks.

        Args:
            banks: The folder of banks; it is read anew when a file in it is replaced. None: none,
                and nothing is ever found.
            threshold: The greatest distance that is a match.
            min_quality: Pictures of less are not sought.
            card: The detector's card.
            clock: Seconds, to look at the folder every few of them.

        Raises:
            BankInvalid, OSError: if a bank cannot be read.
        """
        self.card = card
        self._min_quality = min_quality
        self._empty = Banks(())
        self._live = None
        if banks is not None:
            self._live = Followed(
                banks,
                lambda folder: Banks(read_folder(folder), threshold=threshold),
                clock=clock,
            )

    def predict(self, parts: Sequence[Decoded], /) -> list[Answer]:
        """Gives the signals of each picture, the nearest match of each bank over its frames.

        Evidence of a `child_safety` match is the bank and the id, and nothing of the picture.
        """
        banks = self._empty if self._live is None else self._live.current()
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part, banks)
            for part in parts
        ]

    def _answer(self, picture: Picture, banks: Banks) -> Answer:
        found: Found = {}
        for frame in picture.frames if len(banks) else ():
            hashes = hashed(frame.pixels)
            if hashes.quality < self._min_quality:
                continue
            for turn, sought in enumerate(hashes.turned):
                for match in banks.match(sought):
                    name = match.bank.name
                    if name not in found or match.distance < found[name][0].distance:
                        found[name] = match, turn, frame
        signals = [self._signal(picture, *found[name]) for name in sorted(found)]
        return answered(picture, signals)

    def _signal(self, picture: Picture, match: Match, turn: int, frame: Frame) -> Signal:
        bank = match.bank
        evidence = {"bank": bank.name, "entry": match.id, "action": bank.action}
        is_escalated = bank.label == "child_safety"
        if not is_escalated:
            evidence |= {"distance": str(match.distance), "turned": TURNS[turn]}
            if len(picture.frames) > 1:
                evidence["frame"] = str(frame.index)
        return Signal(
            label=bank.label,
            score=ESCALATED if is_escalated else LISTED,
            detector=self.card.id,
            part=picture.name,
            evidence=evidence,
        )
