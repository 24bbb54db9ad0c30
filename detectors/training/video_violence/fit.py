"""The model: the mean of a straight and a crooked opinion, in log odds, then calibrated."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from detectors.training.video_violence.rows import Rows
from detectors.video.motion import Floats

C: Final = 0.02
N_TREES: Final = 100
MIN_LEAF: Final = 8
"""Rows: two windows in all their views."""
FEATURES: Final = 0.2
LEAST: Final = 0.01
"""Least and, from 1, greatest share of the forest that is believed."""
N_FOLDS: Final = 5
SEED: Final = 0
Doubles = npt.NDArray[np.float64]


class Model(Struct, frozen=True, kw_only=True, eq=False):
    """Fitted opinions; `slope` and `shift` make a probability of their mean."""

    scaler: StandardScaler
    line: LogisticRegression
    forest: RandomForestClassifier
    slope: float = 1.0
    shift: float = 0.0

    def logits(self, numbers: Floats) -> Doubles:
        """Gives log odds of rows [rows, numbers], calibrated."""
        line = self.line.decision_function(self.scaler.transform(numbers))
        share = np.clip(self.forest.predict_proba(numbers)[:, 1], LEAST, 1 - LEAST)
        mean = (line + np.log(share / (1 - share))) / 2
        return np.asarray(self.slope * mean + self.shift, np.float64)


def fitted(filmed: Rows, drawn: Rows, *, seed: int = SEED) -> Model:
    """Gives the uncalibrated model of these rows, all views of them."""
    numbers = np.concatenate([_views(filmed), _views(drawn)])
    n_filmed, n_drawn = filmed.numbers.shape[1], drawn.numbers.shape[1]
    is_fight = np.concatenate(
        [np.repeat(filmed.is_fight, n_filmed), np.repeat(drawn.is_fight, n_drawn)]
    )
    scaler = StandardScaler().fit(numbers)
    line = LogisticRegression(C=C, max_iter=1000).fit(scaler.transform(numbers), is_fight)
    forest = RandomForestClassifier(
        N_TREES,
        min_samples_leaf=MIN_LEAF,
        max_features=FEATURES,
        random_state=seed,
        n_jobs=1,
    ).fit(numbers, is_fight)
    return Model(scaler=scaler, line=line, forest=forest)


def folds(rows: Rows, *, seed: int, by_origin: bool) -> Iterator[npt.NDArray[np.bool_]]:
    """Gives which windows are tested in each fold; a clip, or all clips of a source, in one."""
    groups = rows.origins if by_origin else rows.clips
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for _, tested in splitter.split(rows.numbers, rows.is_fight, groups):
        mask = np.zeros(len(groups), np.bool_)
        mask[tested] = True
        yield mask


def unseen_logits(filmed: Rows, drawn: Rows, *, seed: int, by_origin: bool) -> Doubles:
    """Gives each window's log odds by a model that saw nothing of its clip, or of its source."""
    found = np.zeros(len(filmed.clips), np.float64)
    for tested in folds(filmed, seed=seed, by_origin=by_origin):
        model = fitted(filmed.taken(~tested), drawn, seed=seed)
        found[tested] = model.logits(filmed.numbers[tested, 0])
    return found


def calibrated(model: Model, logits: Doubles, is_fight: npt.NDArray[np.bool_]) -> Model:
    """Gives the model with Platt's slope and shift, fitted to log odds of rows it did not see."""
    slope, shift = platt(logits, is_fight)
    return Model(
        scaler=model.scaler,
        line=model.line,
        forest=model.forest,
        slope=slope,
        shift=shift,
    )


def platt(logits: Doubles, is_fight: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Gives slope and shift that make log odds fit what was seen."""
    line = LogisticRegression(C=1e6).fit(logits[:, None], is_fight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def by_clip(
    rows: Rows, logits: Doubles
) -> tuple[npt.NDArray[np.bool_], Doubles, npt.NDArray[np.str_]]:
    """Gives of each clip whether it is a fight, its highest window's log odds, and its origin."""
    ids, first, inverse = np.unique(rows.clips, return_index=True, return_inverse=True)
    highest = np.full(len(ids), -np.inf)
    np.maximum.at(highest, inverse, logits)
    return rows.is_fight[first], highest, rows.origins[first]


def _views(rows: Rows) -> Floats:
    return rows.numbers.reshape(-1, rows.numbers.shape[-1])
