"""What detectors of clips take, and how their answers say that not all was seen."""

from collections.abc import Sequence

from detectors.detector import Answer, Partial, Undecodable
from detectors.video.clip import Clip, Refusal
from schemas.signals import Signal

Opened = Clip | Refusal
"""What `open_clip` gives: the part that a `Detector[Opened]` judges."""


def undecodable(refusal: Refusal) -> Undecodable:
    """Gives the answer for a file that is no clip."""
    return Undecodable(f"{refusal.reason}: {refusal.detail}")


def answered(clip: Clip, signals: Sequence[Signal], cause: str = "") -> Answer:
    """Gives the answer with these signals: Partial where not all of the file could be looked at.

    Args:
        clip: The clip.
        signals: What is said of it.
        cause: A reason of the detector's own for not having seen all.
    """
    whole = "; ".join(filter(None, (cause, clip.unread)))
    return Partial(tuple(signals), whole) if whole else tuple(signals)
