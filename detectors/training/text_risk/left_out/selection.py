"""The rows of a run: what it learns from, calibrates on and is measured on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detectors.training.text_risk import augment, authored, contrast, corpus, mixture
from detectors.training.text_risk.corpus import stable_hash
from detectors.training.text_risk.left_out.recipes import BENIGN, Recipe
from detectors.training.text_risk.rows import Row

N_CALIBRATION: Final = 4_000
N_LEFT_OUT: Final = 1_000
"""Most rows of a left-out source that are measured."""
N_TEST: Final = 3_000
N_TRANSFER: Final = 2_500
_OLD_FILES: Final = ("chatter", "scams", "attacks")
_COPY_SEED: Final = 7


class Selection(Struct, frozen=True, kw_only=True):
    """The rows of one run.

    `network` is `train` with the changed copies; the lexical path and TF-IDF have no use for
    these. `left_out`, `test` and `transfer` are measured; test rows are of the other sources.
    """

    network: list[Row]
    train: list[Row]
    calibration: list[Row]
    left_out: list[Row]
    test: list[Row]
    transfer: list[Row]


def own_rows(recipe: Recipe, words: Path) -> list[Row]:
    """The authored rows and contrast pairs that a recipe has, of all splits."""
    written = authored.read(_OLD_FILES) if recipe.is_old else authored.read()
    return [*written, *(contrast.read(words) if recipe.has_contrast else ())]


def select(rows: Sequence[Row], own: Sequence[Row], recipe: Recipe) -> Selection:
    """Chooses by hash: the same rows every time.

    Args:
        rows: The whole corpus with its splits.
        own: What `own_rows` gives.
        recipe: Says what is left out and how many rows there are.
    """
    others = [row for row in rows if row.source not in recipe.left_out]
    learnt = [row for row in others if recipe.has_benign or row.source not in BENIGN]
    share = recipe.n_rows / max(len(corpus.sampled(rows, "train")), 1)
    whole = corpus.sampled(learnt, "train")
    sampled = whole[: recipe.n_rows]
    own_train = _share([row for row in own if row.split == "train"], share)
    calibration = corpus.sampled(learnt, "calibration")
    own_share = N_CALIBRATION / max(len(calibration), 1)
    own_calibration = _share([row for row in own if row.split == "calibration"], own_share)
    train = [*sampled, *own_train]
    return Selection(
        network=[*train, *_copies(whole, sampled, own_train)] if recipe.is_augmented else train,
        train=train,
        calibration=[*calibration[:N_CALIBRATION], *own_calibration],
        left_out=_left_out(rows, sampled, recipe),
        test=corpus.sampled(others, "test")[:N_TEST],
        transfer=[] if recipe.left_out else corpus.sampled(others, "transfer")[:N_TRANSFER],
    )


def _share(own: Sequence[Row], share: float) -> list[Row]:
    """A share of the frames and templates; a pair stays together."""
    return [row for row in own if stable_hash(row.group + "#short") % 10_000 < share * 10_000]


def _copies(whole: Sequence[Row], sampled: Sequence[Row], own: Sequence[Row]) -> list[Row]:
    """Changed copies of rare rows and of own rows.

    What is rare is read off the whole corpus: in a shortened one every label would be.
    """
    chosen = {row.id for row in sampled}
    rare = [row for row in mixture.main(whole) if row.id.rpartition("#")[0] in chosen]
    padding = [row for row in sampled if row.is_benign]
    return [*rare, *augment.copies(own, padding, _COPY_SEED)]


def _left_out(rows: Sequence[Row], sampled: Sequence[Row], recipe: Recipe) -> list[Row]:
    """Rows of the left-out sources, of all splits, but for near copies of training rows.

    Own rows are not compared, so that recipes with other own rows are measured on the same.
    """
    found = []
    for source in recipe.left_out:
        given = [row for row in rows if row.source == source]
        given.sort(key=lambda row: stable_hash(row.id + "#order"))
        found += [msgspec.structs.replace(row, split="test") for row in given[:N_LEFT_OUT]]
    if not found:
        return []
    kept = corpus.without_near_duplicates([*sampled, *found])
    return [row for row in kept if row.split == "test"]
