"""What each phase of training goes over.

`main` learns from the data sets; `polish` ends on what they lack: authored rows and the contrast
corpus, whose pairs tell a violation from its topic.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from detectors.training.text_risk import augment
from detectors.training.text_risk.corpus import stable_hash
from detectors.training.text_risk.rows import Row

_RARE = 1500
"""Labels with fewer positive rows in the data sets are shown more often."""
_RARE_COPIES = 2
_POLISH_ROUNDS = 2
_POLISH_ROWS = 45_000
"""Of the data sets, a round."""


def main(corpus: Sequence[Row]) -> list[Row]:
    """The rows of the first phase: the data sets alone, rare labels more often."""
    padding = [row for row in corpus if row.is_benign]
    copies = [augment.copies(_rare(corpus), padding, seed) for seed in range(_RARE_COPIES)]
    return [*corpus, *(row for some in copies for row in some)]


def polish(corpus: Sequence[Row], own: Sequence[Row]) -> list[Row]:
    """The rows of the second phase: own rows as they are and changed, and a slice of the rest.

    Twice over, each time with other changes, another slice, and every row of a rare label.

    Args:
        corpus: The sampled training rows of the data sets.
        own: Authored and contrast rows.
    """
    padding = [row for row in corpus if row.is_benign]
    order = sorted(corpus, key=lambda row: stable_hash(row.id + "#polish"))
    found: list[Row] = []
    for n in range(_POLISH_ROUNDS):
        slice_ = order[n * _POLISH_ROWS : (n + 1) * _POLISH_ROWS]
        rest = {row.id: row for row in (*slice_, *_rare(corpus))}
        found += [*rest.values(), *own, *augment.copies(own, padding, seed=7 + n)]
    return found


def _rare(rows: Iterable[Row]) -> list[Row]:
    rows = list(rows)
    n_positive = Counter(label for row in rows for label, value in row.labels.items() if value == 1)
    rare = {label for label, n in n_positive.items() if n < _RARE}
    return [row for row in rows if any(row.labels.get(label) == 1 for label in rare)]
