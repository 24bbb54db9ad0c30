"""Measures the shipped `text.risk@1` on held-back rows, beside TF-IDF + logistic regression.

`python -m detectors.evaluation.text_risk --data DIR` needs the `train` extra; it takes about
twelve minutes on two idle cores: one for the corpus, five for the baseline, six for the
detector with and without early exit. It writes `detectors/evaluation/text_risk_1.md` and `.json`.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.detector import signals_of
from detectors.evaluation import tables
from detectors.evaluation.measures import thresholds
from detectors.evaluation.tables import Scored
from detectors.text.risk.detector import TextRisk
from detectors.training.text_risk import authored, baseline, corpus
from detectors.training.text_risk.rows import TRAINED_LABELS, Row
from schemas.content import TextPart

_LOG = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent
_CHUNK = 512
Floats = npt.NDArray[np.float32]


class Splits(msgspec.Struct, frozen=True):
    """The rows that are learnt from, calibrated on and measured on."""

    train: list[Row]
    calibration: list[Row]
    held_back: list[Row]


def splits(data: Path) -> Splits:
    """Builds the splits from the shared data, as training does. A minute."""
    rows = corpus.build(data)
    own = authored.read()
    return Splits(
        [*corpus.sampled(rows, "train"), *(row for row in own if row.split == "train")],
        [*corpus.sampled(rows, "calibration"), *(row for row in own if row.split != "train")],
        [*corpus.sampled(rows, "test"), *corpus.sampled(rows, "transfer")],
    )


def shipped_scores(rows: Sequence[Row], detector: TextRisk) -> Floats:
    """The shipped detector's scores, float32 [rows, labels]."""
    found: list[list[float]] = []
    for start in range(0, len(rows), _CHUNK):
        parts = [TextPart(name=row.id, text=row.text) for row in rows[start : start + _CHUNK]]
        found.extend(
            [signal.score for signal in signals_of(one)] for one in detector.predict(parts)
        )
    return np.array(found, np.float32)


def baseline_scores(given: Splits, cache: Path | None) -> tuple[Floats, Floats]:
    """The baseline's scores of the held-back rows, and its thresholds; both cached if asked."""
    if cache is not None and cache.exists():
        with np.load(cache) as saved:
            return saved["scores"], saved["limits"]
    fitted = baseline.fit(given.train)
    limits = thresholds(given.calibration, baseline.scores(fitted, given.calibration))
    scores = baseline.scores(fitted, given.held_back)
    if cache is not None:
        np.savez(cache, scores=scores, limits=limits)
    return scores, limits


def main() -> None:
    """Measures, logs the summary and writes the tables."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.text_risk")
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--baseline-cache", type=Path, help="keeps the baseline's scores")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the two tables")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = splits(arguments.data)
    trained = {
        (label, row.lang) for row in given.train for label, v in row.labels.items() if v == 1
    }
    detector = TextRisk(threads=arguments.threads)
    limits = np.array([detector.card.thresholds[label] for label in detector.card.labels])
    ours = Scored("text.risk@1", shipped_scores(given.held_back, detector), limits)
    whole = TextRisk(threads=arguments.threads, has_early_exit=False)
    thorough = Scored("all layers", shipped_scores(given.held_back, whole), limits)
    scores, base_limits = baseline_scores(given, arguments.baseline_cache)
    base = Scored("TF-IDF + LR", scores, base_limits)
    if detector.card.labels != TRAINED_LABELS:
        message = "the card's labels are not the training's"
        raise ValueError(message)
    report = tables.measure(given.held_back, trained, ours, base, thorough)
    text = tables.markdown(report, n_train=len(given.train))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "text_risk_1.md").write_text(text, encoding="utf-8")
    (arguments.out / "text_risk_1.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
    )
    _LOG.info("%s", text)


if __name__ == "__main__":
    main()
