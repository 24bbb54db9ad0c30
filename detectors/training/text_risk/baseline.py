"""The baseline: TF-IDF of words and characters with one logistic regression per label."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from detectors.training.text_risk.fit import targets_of
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

_MAX_CHARACTERS = 1000
_STRENGTH = 4.0
Floats = npt.NDArray[np.float32]


class Baseline(msgspec.Struct, frozen=True):
    """A fitted vectoriser and its regressions, in the order of the labels.

    None stands for a label that no training row has: it scores 0.
    """

    vectoriser: FeatureUnion
    models: list[LogisticRegression | None]


def fit(rows: Sequence[Row]) -> Baseline:
    """Fits on the rows; a label's regression sees the rows where it is known."""
    vectoriser = FeatureUnion(
        [
            (
                "words",
                TfidfVectorizer(
                    ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b",  # noqa: S106
                ),
            ),
            (
                "characters",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(2, 4), min_df=4, sublinear_tf=True,
                    max_features=300_000,
                ),
            ),
        ]
    )  # fmt: skip
    features = vectoriser.fit_transform(_texts(rows)).astype(np.float32)
    targets, weights = targets_of(rows)
    return Baseline(vectoriser, regressions(csr_matrix(features), targets, weights))


def regressions(
    features: csr_matrix | Floats, targets: Floats, weights: Floats
) -> list[LogisticRegression | None]:
    """One balanced logistic regression per label on the rows where it is known."""
    models: list[LogisticRegression | None] = []
    for at in range(len(TRAINED_LABELS)):
        known = np.flatnonzero(weights[:, at] > 0)
        if not targets[known, at].any():
            models.append(None)
            continue
        model = LogisticRegression(C=_STRENGTH, solver="liblinear", class_weight="balanced")
        model.fit(features[known], targets[known, at], sample_weight=weights[known, at])
        models.append(model)
    return models


def scores(baseline: Baseline, rows: Sequence[Row]) -> Floats:
    """Probabilities float32 [rows, labels]."""
    features = baseline.vectoriser.transform(_texts(rows))
    nothing = np.zeros(len(rows))
    columns = [
        nothing if model is None else model.predict_proba(features)[:, 1]
        for model in baseline.models
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _texts(rows: Sequence[Row]) -> list[str]:
    return [row.text[:_MAX_CHARACTERS] for row in rows]
