"""From likenesses to scores, on logos and pictures that only this has seen."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from sklearn.linear_model import LogisticRegression

from detectors.evaluation.brand_figures import Seen
from detectors.image.brand.match import Scale

FALSE_RATE: Final = 0.001
"""Share of unrelated pictures that may reach the recommended threshold."""
PRIOR: Final = 0.05
"""Launches in so many of which a copy is assumed: the scores are probabilities then."""
_MAX_BITS: Final = 60


class Calibrated(Struct, frozen=True):
    """The scale, and the score at which at most `FALSE_RATE` of the unrelated are taken."""

    scale: Scale
    threshold: float
    cosine: float


def calibrate(seen: Sequence[Seen]) -> Calibrated:
    """Fits the scale and finds the threshold."""
    copies = [one for one in seen if one.brand is not None]
    others = [one for one in seen if one.brand is None]
    rights = [one.cosine for one in copies if one.found == one.brand]
    wrongs = [one.cosine for one in others]
    cosines = np.array([*rights, *wrongs])[:, None]
    is_copy = np.array([1] * len(rights) + [0] * len(wrongs))
    weights = np.where(is_copy == 1, PRIOR / len(rights), (1 - PRIOR) / len(wrongs)) * len(is_copy)
    fitted = LogisticRegression(C=100.0).fit(cosines, is_copy, sample_weight=weights)
    unrelated = sorted(one.cosine for one in others if one.kind != "coin")
    allowed = int(FALSE_RATE * len(unrelated))
    cosine = unrelated[-1 - allowed] + 1e-3
    scale = Scale(
        round(float(fitted.coef_[0, 0]), 3),
        round(float(fitted.intercept_[0]), 3),
        _max_bits(others),
    )
    threshold = 1 / (1 + np.exp(-(scale.slope * cosine + scale.offset)))
    return Calibrated(scale, round(float(threshold), 3), float(cosine))


def _max_bits(others: Sequence[Seen]) -> int:
    """The most bits that `FALSE_RATE` of all other pictures, coins among them, are beyond."""
    apart = sorted(one.bits for one in others)
    return min(_MAX_BITS, apart[int(FALSE_RATE * len(apart))] - 2)
