"""The URL model: how likely a host that stands in no list is one of phishing.

Logistic regression over hashed pieces of the name (`ngrams.py`); one byte a weight.
"""

import math
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.text.links.hosts import Host
from detectors.text.links.likeness import Likeness
from detectors.text.links.ngrams import N_BUCKETS, Pieces, bucket, pieces

FACT_VALUE: Final = 0.5
"""What a plain fact counts, beside letters that share a length of 1."""
_N_REASONS: Final = 3
_UNTOLD: Final = ("dots:", "last:", "length:", "like:none", "hyphens:0", "digits:0")
"""Facts that explain nothing to a reader."""
_MAX_LOGIT: Final = 30.0
Weights = npt.NDArray[np.int8]


class Judged(Struct, frozen=True):
    """A host's score, and the pieces of its name that raised it most."""

    score: float
    reasons: tuple[str, ...]


class UrlModel:
    """The model of one weight file; reads may come from any thread."""

    def __init__(self, path: Path, *, explained: float = 0.0) -> None:
        """Loads a weight file.

        Args:
            path: What training saved.
            explained: Only scores from here on come with reasons.

        Raises:
            OSError, ValueError, KeyError: if the file is none.
        """
        self._explained = explained
        with np.load(path, allow_pickle=False) as saved:
            self._weights: Weights = saved["weights"]
            scale, bias, slope, offset = map(float, saved["numbers"])
        if self._weights.shape != (N_BUCKETS,) or self._weights.dtype != np.int8:
            message = f"{path.name}: {self._weights.dtype} {self._weights.shape} are no weights"
            raise ValueError(message)
        self._scale, self._bias = scale, bias
        self._slope, self._offset = slope, offset

    def logit(self, found: Pieces) -> float:
        """The calibrated log-odds of a host's features."""
        weights = self._weights
        letters = int(weights[[bucket(one) for one in found.letters]].sum(dtype=np.int64))
        facts = int(weights[[bucket(one) for one in found.facts]].sum(dtype=np.int64))
        length = 1.0 / math.sqrt(max(1, len(found.letters)))
        raw = self._scale * (letters * length + facts * FACT_VALUE) + self._bias
        logit = self._slope * raw + self._offset
        return max(-_MAX_LOGIT, min(_MAX_LOGIT, logit))

    def judge(self, host: Host, likeness: Likeness | None) -> Judged:
        """The host's calibrated probability, with the pieces that raised it most."""
        found = pieces(host, likeness)
        score = 1.0 / (1.0 + math.exp(-self.logit(found)))
        return Judged(score, self._reasons(found) if score >= self._explained else ())

    def _reasons(self, found: Pieces) -> tuple[str, ...]:
        length = 1.0 / math.sqrt(max(1, len(found.letters)))
        weighed = [(int(self._weights[bucket(one)]) * length, one) for one in found.letters]
        told = [one for one in found.facts if not one.startswith(_UNTOLD)]
        weighed += [(int(self._weights[bucket(one)]) * FACT_VALUE, one) for one in told]
        weighed.sort(key=lambda pair: (-pair[0], pair[1]))
        return tuple(piece for weight, piece in weighed[:_N_REASONS] if weight > 0)
