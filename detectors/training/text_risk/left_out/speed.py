"""How many texts a second the networks of finished ablations judge, side by side."""

import time
from pathlib import Path
from typing import Final

import msgspec

from detectors.text.risk.detector import TextRisk
from detectors.text.risk.readings import WHOLE
from detectors.training.text_risk import cards, rows
from detectors.training.text_risk.left_out.recipes import ABLATIONS
from detectors.training.text_risk.left_out.stored import SPEED, is_finished
from schemas.content import TextPart

N_TEXTS: Final = 1_000
_ROUNDS: Final = 3
_BATCH: Final = 64


def measure(out: Path) -> dict[str, float]:
    """Texts a second of each finished ablation on one thread, all layers; writes them down.

    The best of three rounds, in each of which every network judges the same test rows once, each
    as a whole. Blocks for minutes.
    """
    found = [one for one in ABLATIONS if is_finished(out / one.name, one)]
    if not found:
        return {}
    given = list(rows.read(out / found[0].name / "test.jsonl"))[:N_TEXTS]
    parts = [TextPart(name="text", text=row.text) for row in given]
    detectors = {one.name: _detector(out / one.name / "trial") for one in found}
    best = dict.fromkeys(detectors, float("inf"))
    for _ in range(_ROUNDS):
        for name, detector in detectors.items():
            start = time.perf_counter()
            for at in range(0, len(parts), _BATCH):
                detector.predict(parts[at : at + _BATCH])
            best[name] = min(best[name], time.perf_counter() - start)
    rates = {name: len(parts) / seconds for name, seconds in best.items()}
    for name, rate in rates.items():
        (out / name / SPEED).write_bytes(msgspec.json.encode(round(rate, 1)))
    return rates


def _detector(trial: Path) -> TextRisk:
    card = cards.describe({}, {}, early_exit=0.0, root=trial)
    return TextRisk(threads=1, root=trial, card=card, has_early_exit=False, kinds=WHOLE, n_cached=0)
