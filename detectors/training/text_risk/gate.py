"""The gate: which texts are so plainly harmless that the upper layers need not look.

It learns from the whole model, not from labels: on training rows it copies the model's scores and
says how near the highest comes to its limit (*doubt*). The cut is chosen on held-back rows, of
each kind by itself: below it lie at most `LOSS` of the texts that the whole model flags. Rows of
the data sets alone would do harm: a gate that has seen few frauds in a language lets them go.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from detectors.session import batches, opened, padded
from detectors.training.text_risk.graph import Gate
from detectors.training.text_risk.rows import TRAINED_LABELS

_LOG = logging.getLogger(__name__)
LOSS = 0.003
"""Share of flagged calibration texts that may go unseen by the upper layers."""
_WIDTH = 128
_EPOCHS = 12
_BATCH = 256
_RATE = 2e-3
_DECAY = 1e-3
_SEED = 0

Floats = npt.NDArray[np.float32]


class Probed(msgspec.Struct, frozen=True):
    """What the whole model says of texts, and what the gate sees of them.

    Attributes:
        pooled: float32 [texts, hidden].
        words: float32 [texts, labels].
        scores: float32 [texts, labels].
    """

    pooled: Floats
    words: Floats
    scores: Floats

    @property
    def inputs(self) -> Floats:
        """What the gate sees, float32 [texts, hidden + labels]."""
        return np.concatenate([self.pooled, self.words], axis=1)


def probe(path: Path, ids: Sequence[Sequence[int]], *, threads: int) -> Probed:
    """Runs the probed graph over token ids, begin and end marks included."""
    session = opened(path)
    names = ["pooled", "words", "scores"]
    widths = {one.name: one.shape[-1] for one in session.get_outputs()}
    found = [np.zeros((len(ids), widths[name]), np.float32) for name in names]
    plan = batches([len(one) for one in ids])
    with ThreadPoolExecutor(threads) as pool:
        given = ({"ids": padded([ids[row] for row in rows])} for rows in plan)
        answers = pool.map(lambda one: session.run(names, one), given)
        for rows, answer in zip(plan, answers, strict=True):
            for table, values in zip(found, answer, strict=True):
                table[rows] = values[: len(rows)]
    return Probed(*found)


def fit(seen: Probed, limits: Floats, *, threads: int) -> Gate:
    """Fits a gate on what the whole model says of training texts. Two minutes."""
    torch.set_num_threads(threads)
    torch.manual_seed(_SEED)
    mean, spread = seen.inputs.mean(0), seen.inputs.std(0) + 1e-6
    inputs = torch.from_numpy((seen.inputs - mean) / spread)
    doubt = (seen.scores / limits).max(axis=1, keepdims=True).clip(0, 1)
    targets = torch.from_numpy(np.concatenate([seen.scores, doubt], axis=1).astype(np.float32))
    wide, out = nn.Linear(inputs.shape[1], _WIDTH), nn.Linear(_WIDTH, targets.shape[1])
    network = nn.Sequential(wide, nn.ReLU(), out)
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    for epoch in range(_EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1 - epoch / _EPOCHS)
        for rows in torch.randperm(len(inputs)).split(_BATCH):
            loss = nn.functional.binary_cross_entropy_with_logits(
                network(inputs[rows]), targets[rows]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        _LOG.info("gate epoch %d: last loss %.4f", epoch, loss.item())
    hidden = wide.weight.detach().numpy() / spread
    return Gate(
        hidden=hidden.T.astype(np.float32).copy(),
        hidden_bias=(wide.bias.detach().numpy() - hidden @ mean).astype(np.float32),
        out=out.weight.detach().numpy().T.copy(),
        out_bias=out.bias.detach().numpy().copy(),
        limits=limits,
    )


def closed(n_inputs: int = 384 + len(TRAINED_LABELS)) -> Gate:
    """A gate that lets nothing go by itself: for a model whose own is not fitted yet."""
    n = len(TRAINED_LABELS)
    return Gate(
        hidden=np.zeros((n_inputs, 1), np.float32),
        hidden_bias=np.zeros(1, np.float32),
        out=np.zeros((1, n + 1), np.float32),
        out_bias=np.zeros(n + 1, np.float32),
        limits=np.ones(n, np.float32),
    )


def cut(kinds: Sequence[tuple[Floats, Floats]], limits: Floats) -> float:
    """The doubt below which a text may go: of each kind, `LOSS` of the flagged lie under it.

    Args:
        kinds: For each kind of text what the gate doubts, [texts], and what the whole model says,
            [texts, labels].
        limits: The score from which on a label is flagged, [labels].
    """
    found = [doubts[(scores >= limits).any(axis=1)] for doubts, scores in kinds]
    return round(min(float(np.quantile(flagged, LOSS)) for flagged in found), 4)


def report(name: str, limit: float, seen: tuple[Floats, Floats], limits: Floats) -> None:
    """Logs the share of texts let go, and of those the whole model flags."""
    doubts, scores = seen
    gone, is_flagged = doubts < limit, np.asarray((scores >= limits).any(axis=1), np.bool_)
    lost = int((gone & is_flagged).sum())
    _LOG.info(
        "gate on %s (n=%d): let go %.3f, of the unflagged %.3f; lost %d of %d flagged",
        name, len(gone), gone.mean(), gone[~is_flagged].mean(), lost, int(is_flagged.sum()),
    )  # fmt: skip
