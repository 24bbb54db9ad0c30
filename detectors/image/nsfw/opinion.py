"""What networks say of one frame, and what it comes to."""

from math import exp, log
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Probabilities = npt.NDArray[np.float64]

DRAWING, HENTAI, NEUTRAL, PORN, SEXY = range(5)
NSFW: Final = 1
"""Place in Yahoo's classes."""
FARTHEST: Final = 6.0
"""Log odds beyond which no network is believed: one of them alone should not decide."""
SHIFT: Final = 1.0
"""What the mean of log odds is lowered by: the networks learnt where about two in five pictures are
sexual; this is as if one in five were, which live traffic hardly exceeds."""
SHOWN: Final = 0.01
"""Classes of less are left out of evidence."""


class Opinion(Struct, frozen=True, eq=False):
    """Probabilities of each network's classes for a frame; None: not asked."""

    mobilenet: Probabilities
    yahoo: Probabilities
    inception: Probabilities | None = None

    @property
    def doubt(self) -> float:
        """How sexual or suggestive the quicker two find it, the higher of both."""
        first = self.mobilenet
        return float(max(first[HENTAI] + first[PORN] + first[SEXY], self.yahoo[NSFW]))

    @property
    def score(self) -> float:
        """The score for `sexual`: a logarithmic pool, in which each network has the same weight.

        That of Yahoo's falls as the others see a drawing: it learnt from photographs.
        """
        named = [one for one in (self.mobilenet, self.inception) if one is not None]
        drawn = sum(float(one[DRAWING] + one[HENTAI]) for one in named) / len(named)
        pool = sum(log_odds(float(one[HENTAI] + one[PORN])) for one in named)
        weight = 1.0 - min(1.0, drawn)
        pool += weight * log_odds(float(self.yahoo[NSFW]))
        return 1 / (1 + exp(SHIFT - pool / (len(named) + weight)))

    def evidence(self) -> dict[str, str]:
        """Classes and probabilities, by network."""
        found = {"mobilenet": _told(self.mobilenet), "yahoo": f"nsfw {self.yahoo[NSFW]:.2f}"}
        if self.inception is not None:
            found["inception"] = _told(self.inception)
        return found


CLASSES: Final = ("drawing", "hentai", "neutral", "porn", "sexy")
"""Those of nsfwjs, in order."""


def _told(found: Probabilities) -> str:
    order = sorted(range(len(CLASSES)), key=lambda one: -float(found[one]))
    return ", ".join(f"{CLASSES[one]} {found[one]:.2f}" for one in order if found[one] >= SHOWN)


def log_odds(probability: float) -> float:
    """Gives log odds, those beyond `FARTHEST` as if they were no farther."""
    edge = 1 / (1 + exp(FARTHEST))
    inside = min(max(probability, edge), 1 - edge)
    return log(inside / (1 - inside))
