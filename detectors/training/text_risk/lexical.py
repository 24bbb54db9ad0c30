"""The lexical path: weights of single pieces and hashed pairs of pieces, beside the encoder.

A logit is `sum(w[f]) / sqrt(sum(idf[f]^2)) + bias` over the features `f` of a text: TF-IDF
with logistic regression whose IDF is folded into the weights, so that the graph only looks
up and adds.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from detectors.training.text_risk.fit import targets_of
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

N_BINS = 1 << 18
FIRST, SECOND = 1_000_003, 7_919
"""Pair (a, b) falls into bin `(a * FIRST + b * SECOND) mod N_BINS`."""
_STRENGTH = 4.0
"""Inverse of the L2 penalty, chosen on the calibration split."""
_MIN_ROWS = 3
_NEVER = -6.0
"""Logit of a label that no training row has."""

Floats = npt.NDArray[np.float32]


class Lexicon(msgspec.Struct, frozen=True):
    """Tables, float32 [features, labels + 1] (the last column is idf^2), and the biases."""

    pieces: Floats
    pairs: Floats
    bias: Floats


def features(ids: Sequence[int], n_vocab: int) -> npt.NDArray[np.int64]:
    """Feature numbers of one text: its pieces, then its pairs from `n_vocab` on."""
    pieces = np.asarray(ids, np.int64)
    pairs = (pieces[:-1] * FIRST + pieces[1:] * SECOND) % N_BINS
    return np.concatenate([pieces, pairs + n_vocab])


def matrix(ids: Sequence[Sequence[int]], n_vocab: int) -> csr_matrix:
    """Feature counts, float32 [texts, features]."""
    found = [features(one, n_vocab) for one in ids]
    ends = np.cumsum([0, *map(len, found)])
    columns = np.concatenate(found)
    counts = csr_matrix(
        (np.ones(len(columns), np.float32), columns, ends), shape=(len(ids), n_vocab + N_BINS)
    )
    counts.sum_duplicates()
    return counts


def _scaled(counts: csr_matrix, idf: Floats) -> csr_matrix:
    norm = np.sqrt(counts @ (idf * idf))
    scaled = counts.multiply(idf[None, :]).tocsr()
    return scaled.multiply((1.0 / np.maximum(norm, 1e-6))[:, None]).tocsr().astype(np.float32)


def fit(ids: Sequence[Sequence[int]], rows: Sequence[Row], n_vocab: int) -> Lexicon:
    """One logistic regression per label on the rows where it is known."""
    counts = matrix(ids, n_vocab)
    n_rows = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = (np.log((1 + len(rows)) / (1 + n_rows)) + 1).astype(np.float32)
    idf[n_rows < _MIN_ROWS] = 0.0
    scaled = _scaled(counts, idf)
    targets, weights = targets_of(rows)
    tables, biases = [], []
    for at in range(len(TRAINED_LABELS)):
        known = weights[:, at] > 0
        if not targets[known, at].any():  # a label that these rows never show
            tables.append(np.zeros_like(idf))
            biases.append(_NEVER)
            continue
        model = LogisticRegression(C=_STRENGTH, solver="liblinear", class_weight="balanced")
        model.fit(scaled[known], targets[known, at], sample_weight=weights[known, at])
        tables.append(model.coef_[0] * idf)
        biases.append(model.intercept_[0])
    table = np.stack([*tables, idf * idf], axis=1).astype(np.float32)
    return Lexicon(table[:n_vocab], table[n_vocab:], np.asarray(biases, np.float32))


def quantised(table: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """The table as int8 and one scale per column, as the graph stores it."""
    scale = np.maximum(np.abs(table).max(axis=0) / 127, 1e-9).astype(np.float32)
    return np.round(table / scale).astype(np.int8), scale


def logits(lexicon: Lexicon, ids: Sequence[Sequence[int]]) -> Floats:
    """Logits float32 [texts, labels], with the tables at the precision that is shipped."""
    parts = [quantised(t) for t in (lexicon.pieces, lexicon.pairs)]
    table = np.concatenate([values * scale for values, scale in parts])
    sums = matrix(ids, len(lexicon.pieces)) @ table
    norm = np.sqrt(np.maximum(sums[:, -1:], 1e-6))
    found: Floats = (sums[:, :-1] / norm + lexicon.bias).astype(np.float32)
    return found
