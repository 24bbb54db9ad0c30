"""The model: is it filmed, and does it look like a fight? Two questions, two opinions on each.

One model that learns from filmed and drawn clips at once takes quick motion for harmless, since
drawn clips are full of it, and orders filmed fights clearly worse.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from detectors.training.video_violence.rows import Rows
from detectors.video.motion import Floats

FIGHT_C: Final = 0.02
FILMED_C: Final = 0.1
N_TREES: Final = 100
FIGHT_LEAF: Final = 6
FILMED_LEAF: Final = 4
FEATURES: Final = 0.2
LEAST: Final = 0.01
"""Least and, from 1, greatest share of a forest that is believed."""
DRAWN_WEIGHT: Final = 2.0
LENIENCE: Final = 1.0
"""Log odds that a clip is filmed before anything is seen of it."""
N_FOLDS: Final = 5
SEED: Final = 0
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Opinion(Struct, frozen=True, kw_only=True, eq=False):
    """Logistic regression and a forest, whose log odds are averaged."""

    scaler: StandardScaler
    line: LogisticRegression
    forest: RandomForestClassifier

    def logits(self, numbers: Floats) -> Doubles:
        """Gives log odds of rows [rows, numbers]."""
        line = self.line.decision_function(self.scaler.transform(numbers))
        share = np.clip(self.forest.predict_proba(numbers)[:, 1], LEAST, 1 - LEAST)
        return np.asarray((line + np.log(share / (1 - share))) / 2, np.float64)


class Model(Struct, frozen=True, kw_only=True, eq=False):
    """Both opinions, and what makes a probability of them."""

    fight: Opinion
    filmed: Opinion
    slope: float = 1.0
    shift: float = 0.0

    def logits(self, numbers: Floats) -> Doubles:
        """Gives log odds of rows [rows, numbers], calibrated."""
        both = _chance(self.fight.logits(numbers)) * _chance(self.filmed.logits(numbers) + LENIENCE)
        return np.asarray(self.slope * np.log(both / (1 - both)) + self.shift, np.float64)


def fitted(filmed: Rows, drawn: Rows, *, seed: int = SEED) -> Model:
    """Gives the uncalibrated model of these rows, all views of them."""
    seen, unreal = _views(filmed), _views(drawn)
    is_fight = np.repeat(filmed.is_fight, filmed.numbers.shape[1])
    is_filmed = np.repeat([True, False], [len(seen), len(unreal)])
    return Model(
        fight=_opinion(seen, is_fight, np.ones(len(seen)), c=FIGHT_C, leaf=FIGHT_LEAF, seed=seed),
        filmed=_opinion(
            np.concatenate([seen, unreal]),
            is_filmed,
            np.where(is_filmed, 1.0, DRAWN_WEIGHT),
            c=FILMED_C,
            leaf=FILMED_LEAF,
            seed=seed,
        ),
    )


def _opinion(
    numbers: Floats, is_so: Bools, weights: Doubles, *, c: float, leaf: int, seed: int
) -> Opinion:
    scaler = StandardScaler().fit(numbers)
    line = LogisticRegression(C=c, max_iter=2000)
    line.fit(scaler.transform(numbers), is_so, weights)
    forest = RandomForestClassifier(
        N_TREES, min_samples_leaf=leaf, max_features=FEATURES, random_state=seed, n_jobs=1
    )
    forest.fit(numbers, is_so, weights)
    return Opinion(scaler=scaler, line=line, forest=forest)


def _chance(logits: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float64)


def folds(rows: Rows, *, seed: int, by_origin: bool) -> Iterator[Bools]:
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


def calibrated(model: Model, logits: Doubles, is_fight: Bools) -> Model:
    """Gives the model with Platt's slope and shift, fitted to log odds of rows it did not see."""
    slope, shift = platt(logits, is_fight)
    return replace(model, slope=slope, shift=shift)


def platt(logits: Doubles, is_fight: Bools) -> tuple[float, float]:
    """Gives slope and shift that make log odds fit what was seen."""
    line = LogisticRegression(C=1e6).fit(logits[:, None], is_fight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def by_clip(rows: Rows, logits: Doubles) -> tuple[Bools, Doubles, npt.NDArray[np.str_]]:
    """Gives of each clip whether it is a fight, its highest window's log odds, and its origin."""
    ids, first, inverse = np.unique(rows.clips, return_index=True, return_inverse=True)
    highest = np.full(len(ids), -np.inf)
    np.maximum.at(highest, inverse, logits)
    return rows.is_fight[first], highest, rows.origins[first]


def _views(rows: Rows) -> Floats:
    return rows.numbers.reshape(-1, rows.numbers.shape[-1])
