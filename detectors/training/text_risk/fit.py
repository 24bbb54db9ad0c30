"""Fine-tunes the network with a masked loss; stops and resumes at checkpoints.

Two phases with one learning-rate schedule; `mixture` says what rows each goes over.
"""

import logging
import math
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from detectors.text.risk.canonical import canonical
from detectors.training.text_risk import model
from detectors.training.text_risk.model import Network
from detectors.training.text_risk.rows import TARGETS, Row

_LOG = logging.getLogger(__name__)
_BOS, _PAD, _EOS = 0, 1, 2
_BATCH = 64
_POOL = 30
"""Batches whose rows are sorted by length together, so that padding stays small."""
_ENCODER_RATE = 2e-4
_HEAD_RATE = 1e-3
_WARMUP_STEPS = 100
_MAIN_END = 0.6
_POLISH_START = 0.7
"""Shares of the full rate."""
_CHECKPOINT_STEPS = 100
_CLIP = 1.0
_MAX_POSITIVE_WEIGHT = 6.0

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Phase(msgspec.Struct, frozen=True):
    """One stretch of training and the share of the full learning rate at its two ends."""

    name: str
    start: float
    end: float
    warmup_steps: int


MAIN = Phase("main", 1.0, _MAIN_END, _WARMUP_STEPS)
POLISH = Phase("polish", _POLISH_START, 0.0, _WARMUP_STEPS)


class _Loss(Protocol):
    def __call__(
        self, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, /
    ) -> torch.Tensor: ...


def token_ids(tokenizer: Tokenizer, texts: Sequence[str], n_max: int) -> list[list[int]]:
    """Ids of the canonical texts with `<s>` and `</s>`, cut to `n_max` in all."""
    found = tokenizer.encode_batch_fast([canonical(text).text for text in texts])
    return [[_BOS, *one.ids[: n_max - 2], _EOS] for one in found]


def targets_of(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Targets and weights, float32 [rows, targets]; weight 0 where a label is unknown."""
    targets = np.zeros((len(rows), len(TARGETS)), np.float32)
    weights = np.zeros_like(targets)
    column = {label: at for at, label in enumerate(TARGETS)}
    for n, row in enumerate(rows):
        for label, value in row.labels.items():
            targets[n, column[label]] = value
            weights[n, column[label]] = row.weights.get(label, 1.0)
    return targets, weights


def padded(ids: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask of one batch, int64 [batch, longest]."""
    longest = max(map(len, ids))
    block = torch.full((len(ids), longest), _PAD, dtype=torch.int64)
    for n, one in enumerate(ids):
        block[n, : len(one)] = torch.tensor(one)
    return block, (block != _PAD).to(torch.int64)


def batches(lengths: Sequence[int], seed: int) -> list[Ids]:
    """Row numbers of each batch: shuffled, sorted by length within pools, shuffled again."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(lengths))
    sizes = np.asarray(lengths)
    found: list[Ids] = []
    for start in range(0, len(order), _BATCH * _POOL):
        pool = order[start : start + _BATCH * _POOL]
        pool = pool[np.argsort(sizes[pool], kind="stable")]
        found.extend(pool[at : at + _BATCH] for at in range(0, len(pool), _BATCH))
    random.shuffle(found)
    return found


def _loss(targets: Floats, weights: Floats) -> _Loss:
    """Masked cross-entropy; a rare label's positives count more, up to a bound."""
    positive = (targets * weights).sum(0)
    negative = ((1 - targets) * weights).sum(0)
    ratio = np.sqrt(negative / np.maximum(positive, 1.0))
    scale = torch.from_numpy(np.clip(ratio, 1.0, _MAX_POSITIVE_WEIGHT).astype(np.float32))

    def loss(logits: torch.Tensor, wanted: torch.Tensor, known: torch.Tensor, /) -> torch.Tensor:
        cells = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, wanted, weight=known, pos_weight=scale, reduction="sum"
        )
        return cells / len(logits)

    return loss


def _rate(phase: Phase, step: int, n_steps: int) -> float:
    warm = min(1.0, (step + 1) / phase.warmup_steps) if phase.warmup_steps else 1.0
    return warm * (phase.start + (phase.end - phase.start) * step / n_steps)


def is_bfloat16_fast() -> bool:
    """Whether this processor multiplies bfloat16 itself.

    With tiles (AMX) a step takes half the time, with AVX-512 alone three quarters.
    """
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def _optimiser(network: Network) -> torch.optim.AdamW:
    heads = list(network.heads.parameters())
    body = [p for p in network.bert.parameters() if p.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": body, "lr": _ENCODER_RATE, "base": _ENCODER_RATE},
            {"params": heads, "lr": _HEAD_RATE, "base": _HEAD_RATE},
        ],
        weight_decay=0.01,
        fused=True,
    )


def run(
    network: Network,
    tokenizer: Tokenizer,
    rows: Sequence[Row],
    phase: Phase,
    out: Path,
    given: tuple[Floats, Floats] | None = None,
) -> None:
    """Trains one phase over `rows` once; leaves `<phase>.pt` in `out`.

    Resumes from the last checkpoint of the phase if there is one. Targets and weights are the
    rows' own where none are `given`.

    Raises:
        ValueError: if that checkpoint is of other rows, or began with other weights.
    """
    mark = _mark(network, rows, phase)
    ids = token_ids(tokenizer, [row.text for row in rows], model.MAX_TOKENS)
    targets, weights = targets_of(rows) if given is None else given
    plan = batches([len(one) for one in ids], seed=len(rows))
    optimiser, loss = _optimiser(network), _loss(targets, weights)
    path = out / f"{phase.name}.pt"
    first = _resume(path, network, optimiser, mark)
    network.train()
    began, running = time.monotonic(), math.nan
    for step in range(first, len(plan)):
        torch.manual_seed(step)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * _rate(phase, step, len(plan))
        chosen = plan[step]
        block, mask = padded([ids[n] for n in chosen])
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bfloat16_fast()):
            logits = network(block, mask)
        value = loss(
            logits.float(),
            torch.from_numpy(targets[chosen]),
            torch.from_numpy(weights[chosen]),
        )
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimiser.step()
        optimiser.zero_grad()
        running = value.item() if math.isnan(running) else 0.98 * running + 0.02 * value.item()
        if (step + 1) % _CHECKPOINT_STEPS == 0 or step + 1 == len(plan):
            _save(path, network, optimiser, step + 1, mark)
            pace = (time.monotonic() - began) / (step + 1 - first)
            _LOG.info(
                "%s %d/%d loss %.4f, %.2f s a step", phase.name, step + 1, len(plan), running, pace
            )


def _mark(network: Network, rows: Sequence[Row], phase: Phase) -> int:
    """Tells one run of a phase from another: its rows, their order, the weights it began with."""
    found = zlib.crc32(f"{phase}".encode())
    for row in rows:
        found = zlib.crc32(f"{row.id}\t{row.text}\t{row.labels}".encode(), found)
    for parameter in network.parameters():
        if parameter.requires_grad:
            found = zlib.crc32(parameter.detach().numpy().tobytes(), found)
    return found


def _save(path: Path, network: Network, optimiser: torch.optim.AdamW, step: int, mark: int) -> None:
    partial = path.with_suffix(".partial")
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "mark": mark,
    }
    torch.save(state, partial)
    partial.replace(path)


def _resume(path: Path, network: Network, optimiser: torch.optim.AdamW, mark: int) -> int:
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True)
    if saved.get("mark") != mark:
        message = f"{path} is of other rows or other first weights: remove it to train anew"
        raise ValueError(message)
    network.load_state_dict(saved["network"])
    optimiser.load_state_dict(saved["optimiser"])
    return int(saved["step"])
