"""What a finished run leaves: rows, and the scores of its detector and of TF-IDF."""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors.evaluation.measures import Bools, Floats
from detectors.training.text_risk import rows
from detectors.training.text_risk.left_out.recipes import Recipe
from detectors.training.text_risk.rows import ANY, TRAINED_LABELS, Row

MEASURED: Final = ("left_out", "test", "transfer", "functional")
"""Names of the sets of rows that a run scores."""


SPEED: Final = "speed.json"


class Scored(Struct, frozen=True):
    """Scores float32 [rows, labels] of each measured set, and the limits float32 [labels]."""

    limits: Floats
    parts: dict[str, Floats]

    def write(self, path: Path) -> None:
        """Writes `path`, whole or not at all."""
        partial = path.with_suffix(".partial.npz")
        with partial.open("wb") as out:
            np.savez(out, allow_pickle=False, limits=self.limits, **self.parts)
        partial.replace(path)

    def flagged(self, part: str) -> Bools:
        """Per row and label, whether the limit is reached."""
        found: Bools = self.parts[part] >= self.limits
        return found

    def column(self, part: str, label: str) -> Floats:
        """What ranks the rows for a label.

        For `any` that is the highest score as a share of its label's limit: the limits of a
        scorer say what its scores are worth.
        """
        scores = self.parts[part]
        if label == ANY:
            found: Floats = (scores / np.maximum(self.limits, 1e-4)).max(axis=1)
            return found
        return scores[:, TRAINED_LABELS.index(label)]


class Run(Struct, frozen=True, kw_only=True):
    """A finished run. `base` is TF-IDF on the same rows; runs of the old recipe have none."""

    recipe: Recipe
    n_network: int
    n_train: int
    rows: dict[str, list[Row]]
    ours: Scored
    base: Scored | None
    texts_per_s: float | None = None


def is_finished(folder: Path, recipe: Recipe) -> bool:
    """Whether all that the report reads is there."""
    own = (folder / "scores.npz").exists()
    return own and (recipe.is_old or (folder / "baseline.npz").exists())


def load(folder: Path) -> Run | None:
    """Reads a run; None where it is not finished. Raises OSError, msgspec.MsgspecError."""
    path = folder / "recipe.json"
    if not path.exists():
        return None
    recipe = msgspec.json.decode(path.read_bytes(), type=Recipe)
    if not is_finished(folder, recipe):
        return None
    return Run(
        recipe=recipe,
        n_network=_n_lines(folder / "network.jsonl"),
        n_train=_n_lines(folder / "train.jsonl"),
        rows={name: list(rows.read(folder / f"{name}.jsonl")) for name in MEASURED},
        ours=_scored(folder / "scores.npz"),
        base=None if recipe.is_old else _scored(folder / "baseline.npz"),
        texts_per_s=_speed(folder / SPEED),
    )


def _scored(path: Path) -> Scored:
    with np.load(path) as saved:
        return Scored(saved["limits"], {name: saved[name] for name in MEASURED})


def _speed(path: Path) -> float | None:
    return msgspec.json.decode(path.read_bytes(), type=float) if path.exists() else None


def _n_lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
