"""What smaller weights cost: the whole model in fp32, 8 and 4 bits on the same held-back rows."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.evaluation import measures
from detectors.session import batches, opened, padded
from detectors.training.text_risk.graph import SHIPPED, VARIANTS
from detectors.training.text_risk.rows import TRAINED_LABELS, Row

Floats = npt.NDArray[np.float32]
_N_WARM = 20
"""Batches run before the time is taken."""


class Variant(Struct, frozen=True):
    """One form of the weights.

    Attributes:
        weights: Its name in `graph.VARIANTS`.
        n_bytes: Of its one file.
        average_precision: Mean over the labels of the test split, by label beside it.
        transfer: Mean over labels and languages of the transfer split.
        texts_per_s: On one thread, batched as in production.
        most_moved: Largest difference of a score to fp32's.
    """

    weights: str
    n_bytes: int
    average_precision: float
    transfer: float
    texts_per_s: float
    most_moved: float
    by_label: dict[str, float]


def compare(folder: Path, ids: Sequence[list[int]], rows: Sequence[Row]) -> list[Variant]:
    """Scores the first window of each row with each variant in `folder`. Minutes.

    Args:
        folder: Holds `<weights>.onnx` of each variant, as `export` leaves them.
        ids: Token ids of each row, begin and end marks included.
        rows: Rows of the test and the transfer split.
    """
    found: list[Variant] = []
    exact: Floats | None = None
    for weights in VARIANTS:
        path = folder / f"{weights}.onnx"
        scores, per_s = _scores(path, ids)
        exact = scores if exact is None else exact
        by_label = _by_label([row.split == "test" for row in rows], rows, scores)
        found.append(
            Variant(
                weights=weights,
                n_bytes=path.stat().st_size,
                average_precision=float(np.mean(list(by_label.values()))),
                transfer=_transfer(rows, scores),
                texts_per_s=per_s,
                most_moved=float(np.abs(scores - exact).max()),
                by_label=by_label,
            )
        )
    return found


def _scores(path: Path, ids: Sequence[list[int]]) -> tuple[Floats, float]:
    """The scores, and texts a second."""
    session, plan = opened(path), batches([len(one) for one in ids])
    blocks = [padded([ids[row] for row in rows]) for rows in plan]
    for block in blocks[:_N_WARM]:
        session.run(["scores"], {"ids": block})
    found = np.zeros((len(ids), len(TRAINED_LABELS)), np.float32)
    started = time.perf_counter()
    for rows, block in zip(plan, blocks, strict=True):
        found[rows] = session.run(["scores"], {"ids": block})[0][: len(rows)]
    return found, len(ids) / (time.perf_counter() - started)


def _by_label(inside: Sequence[bool], rows: Sequence[Row], scores: Floats) -> dict[str, float]:
    """Average precision of each label with enough rows, over the rows inside."""
    chosen = np.flatnonzero(inside)
    kept = [row for row, is_inside in zip(rows, inside, strict=True) if is_inside]
    found: dict[str, float] = {}
    for at, label in enumerate(TRAINED_LABELS):
        judged, positive = measures.known(kept, label)
        target, score = positive[judged], scores[chosen, at][judged]
        if measures.MIN_POSITIVE <= target.sum() < len(target):
            found[label] = measures.average_precision(target, score)
    return found


def _transfer(rows: Sequence[Row], scores: Floats) -> float:
    languages = sorted({row.lang for row in rows if row.split == "transfer"})
    found = [
        value
        for lang in languages
        for value in _by_label(
            [row.split == "transfer" and row.lang == lang for row in rows], rows, scores
        ).values()
    ]
    return float(np.mean(found)) if found else float("nan")


def page(found: Sequence[Variant], *, name: str, n_rows: int) -> str:
    """The comparison as Markdown."""
    labels = list(found[0].by_label)
    lines = "".join(
        f"| {'**' if one.weights == SHIPPED else ''}{one.weights}"
        f"{' (ships)**' if one.weights == SHIPPED else ''} | {one.n_bytes / 1e6:.1f} | "
        f"{one.average_precision:.4f} | {one.transfer:.4f} | {one.most_moved:.3f} | "
        f"{one.texts_per_s / found[0].texts_per_s:.2f} |\n"
        for one in found
    )
    by_label = "".join(
        f"| {label} | {' | '.join(f'{one.by_label[label]:.4f}' for one in found)} |\n"
        for label in labels
    )
    return (
        f"# {name}: what smaller weights cost\n\n"
        "Written by `python -m detectors.training.text_risk compare --data DIR --out DIR`. The "
        f"first window of {n_rows} held-back rows, all layers, no other readings: only the weights "
        "differ. *Moved*: the largest difference of any score to fp32's. Speed is that of one "
        "thread against fp32 in the same run, batches as in production.\n\n"
        "| weights | MB | mean AP, test | mean AP by language, transfer | moved | speed |\n"
        f"|---|---|---|---|---|---|\n{lines}\n"
        "Average precision by label, test split:\n\n"
        f"| label | {' | '.join(one.weights for one in found)} |\n"
        f"{'|---' * (len(found) + 1)}|\n{by_label}"
    )
