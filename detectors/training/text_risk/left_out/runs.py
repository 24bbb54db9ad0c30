"""Runs a recipe in a folder of its own: fits, calibrates and scores; figures come later."""

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch

from detectors.evaluation.functional import suite
from detectors.evaluation.limits import thresholds
from detectors.evaluation.measures import Floats
from detectors.evaluation.text_risk import shipped_scores
from detectors.text.risk.detector import TextRisk
from detectors.training.text_risk import (
    baseline,
    cards,
    distilled,
    encoder,
    fit,
    frozen,
    model,
    rows,
    steps,
)
from detectors.training.text_risk.left_out.recipes import TEACHER, Recipe
from detectors.training.text_risk.left_out.selection import own_rows, select
from detectors.training.text_risk.left_out.stored import MEASURED, Scored
from detectors.training.text_risk.rows import TRAINED_LABELS, Row
from detectors.training.text_risk.steps import Work

_LOG = logging.getLogger(__name__)
_SEED = 1
_PHASE: Final = fit.Phase("polish", 1.0, 0.0, 60)
"""One phase instead of two; the name is that of the file which the later steps read."""
_SAYS: Final = "teacher.npz"
Step = Callable[[Recipe, Work, Work], None]


class RecipeChanged(RuntimeError):
    """A folder holds the run of a recipe that has the same name and is another."""


class TeacherMissing(RuntimeError):
    """A pupil has nobody to learn from."""


def run(recipe: Recipe, base: Work) -> None:
    """Runs a recipe in `base.out / name`; finished steps are skipped.

    Blocks for some ten minutes on two cores. `base` holds the whole corpus and the vocabulary,
    both made if they are missing.

    Raises:
        RecipeChanged: if the folder was begun by another recipe.
        TeacherMissing: if what the recipe learns from is not there.
    """
    steps.make_corpus(base)
    steps.make_vocabulary(base)
    work = msgspec.structs.replace(base, out=base.out / recipe.name, n_layers=recipe.n_layers)
    work.out.mkdir(parents=True, exist_ok=True)
    _claim(work.out / "recipe.json", recipe)
    torch.set_num_threads(work.threads)
    for name, step in _STEPS.items():
        mark = work.out / f"{name}.done"
        if mark.exists() or (recipe.is_old and name == "baseline"):
            continue
        _LOG.info("%s: %s", recipe.name, name)
        step(recipe, base, work)
        mark.touch()
    _LOG.info("%s: finished", recipe.name)


def _claim(path: Path, recipe: Recipe) -> None:
    if path.exists() and msgspec.json.decode(path.read_bytes(), type=Recipe) != recipe:
        message = f"{path.parent} was begun with another recipe: remove it, or name another --out"
        raise RecipeChanged(message)
    path.write_bytes(msgspec.json.encode(recipe))


def _choose(recipe: Recipe, base: Work, work: Work) -> None:
    """`train.jsonl` and `calibration.jsonl` are what the steps of training then go by."""
    chosen = select(base.corpus(), own_rows(recipe, base.data / "ldnoobw"), recipe)
    for name in chosen.__struct_fields__:
        own: list[Row] = getattr(chosen, name)
        rows.write(work.out / f"{name}.jsonl", own)
        _LOG.info("%s: %d rows to %s", recipe.name, len(own), name)
    rows.write(work.out / "functional.jsonl", _cases())
    for name in ("tokenizer.json", "keep.npy"):
        shutil.copyfile(base.out / name, work.out / name)


def _cases() -> list[Row]:
    return [
        Row(id=one.id, text=one.text, lang=one.lang, source="functional", group=one.id, labels={})
        for one in suite.cases()
    ]


def _train(recipe: Recipe, base: Work, work: Work) -> None:
    torch.manual_seed(_SEED)
    network = model.fresh(encoder.read(encoder.default_path()), work.keep(), recipe.n_layers)
    chosen = _read(work, "network")
    if recipe.is_frozen:
        frozen.fit_heads(network, _ids(work, chosen), chosen)
        torch.save({"network": network.state_dict()}, work.out / f"{_PHASE.name}.pt")
        return
    targets = None
    if recipe.is_distilled:
        targets = distilled.targets(chosen, _taught(base.out / TEACHER.name, chosen))
    fit.run(network, work.tokenizer(), chosen, _PHASE, work.out, targets)
    if recipe.name == TEACHER.name:
        network.eval()
        says = steps.logits(network, _ids(work, chosen)).astype(np.float16)
        np.savez(work.out / _SAYS, ids=[row.id for row in chosen], says=says)


def _ids(work: Work, chosen: Sequence[Row]) -> list[list[int]]:
    return fit.token_ids(work.tokenizer(), [row.text for row in chosen], model.MAX_TOKENS)


def _taught(folder: Path, chosen: Sequence[Row]) -> Floats:
    """What the teacher says of the rows, logits float32 [rows, targets]."""
    if not (folder / _SAYS).exists():
        message = f"{folder.name} has to be run first"
        raise TeacherMissing(message)
    with np.load(folder / _SAYS) as saved:
        if saved["ids"].tolist() != [row.id for row in chosen]:
            message = f"{folder.name} was trained on other rows"
            raise TeacherMissing(message)
        found: Floats = saved["says"].astype(np.float32)
    return found


def _score(_: Recipe, __: Work, work: Work) -> None:
    """Scores what is measured as the detector does, all layers looking, at the run's limits."""
    limits, trial = steps.by_label(work, "limits"), work.out / "trial"
    discounts = steps.by_label(work, "discounts")
    card = cards.describe(limits, discounts, early_exit=0.0, root=trial)
    detector = TextRisk(threads=work.threads, root=trial, card=card, has_early_exit=False)
    own = np.array(list(limits.values()))
    _keep(work, "scores", own, lambda given: shipped_scores(given, detector))


def _measure_baseline(_: Recipe, __: Work, work: Work) -> None:
    """TF-IDF on the training rows, thresholds from the calibration rows."""
    fitted = baseline.fit(_read(work, "train"))
    calibration = _read(work, "calibration")
    limits = thresholds(calibration, baseline.scores(fitted, calibration))
    _keep(work, "baseline", limits, lambda given: baseline.scores(fitted, given))


def _keep(work: Work, name: str, limits: Floats, score: Callable[[Sequence[Row]], Floats]) -> None:
    found: dict[str, Floats] = {}
    for part in MEASURED:
        given = _read(work, part)
        found[part] = score(given) if given else np.zeros((0, len(TRAINED_LABELS)), np.float32)
    Scored(limits=limits.astype(np.float32), parts=found).write(work.out / f"{name}.npz")


def _read(work: Work, name: str) -> list[Row]:
    return list(rows.read(work.out / f"{name}.jsonl"))


def _tidy(_: Recipe, __: Work, work: Work) -> None:
    """The checkpoint holds the optimiser too: 280 MB that nothing reads any more."""
    for name in ("polish.pt", "lexicon.npz", "calibration.npz", "tokenizer.json", "keep.npy"):
        (work.out / name).unlink(missing_ok=True)


_STEPS: Final[dict[str, Step]] = {
    "rows": _choose,
    "network": _train,
    "lexicon": lambda _, __, work: steps.fit_lexicon(work),
    "mixture": lambda _, __, work: steps.predict(work),
    "limits": lambda _, __, work: steps.set_limits(work),
    "scores": _score,
    "baseline": _measure_baseline,
    "tidy": _tidy,
}
