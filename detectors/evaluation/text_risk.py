"""Measures the shipped `text.risk` on held-back rows, beside TF-IDF + logistic regression.

`python -m detectors.evaluation.text_risk --data DIR` needs the `train` extra; it takes about
fifteen minutes on two idle cores: one for the corpus, eight for the baseline, six for the
detector with and without early exit. It writes `text_risk_4.md` and `.json` beside itself.

`--rows F` writes the held-back rows as `tidegate eval run` and `tidegate detect` read them;
`--previous FOLDER` compares with an earlier version: `scores.jsonl` is what its `tidegate detect
--detectors text.risk` gave these rows in a checkout of its commit, `models.toml` its cards. No such
file belongs into the repository: the rows are other people's, and hateful.
"""

import argparse
import logging
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from detectors import card as cards
from detectors.arguments import existing_folder
from detectors.detector import signals_of
from detectors.evaluation import tables, tables_page
from detectors.evaluation.limits import thresholds
from detectors.evaluation.tables import Scored
from detectors.text.risk.detector import STEM, TextRisk
from detectors.training.text_risk import authored, baseline, contrast, corpus
from detectors.training.text_risk.rows import TRAINED_LABELS, Row
from schemas.content import TextPart

_LOG = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent
_CHUNK = 512
Floats = npt.NDArray[np.float32]


class Splits(msgspec.Struct, frozen=True):
    """The rows that are learnt from, calibrated on and measured on.

    `own` are authored rows and contrast pairs: nothing is measured on these.
    """

    train: list[Row]
    calibration: list[Row]
    own: list[Row]
    held_back: list[Row]

    def rows(self, split: str) -> list[Row]:
        """The rows of one split, own ones among them."""
        given = self.train if split == "train" else self.calibration
        return [*given, *(row for row in self.own if row.split == split)]

    @property
    def mark(self) -> int:
        """Tells these rows from others."""
        found = 0
        for row in (*self.rows("train"), *self.rows("calibration"), *self.held_back):
            found = zlib.crc32(f"{row.id}\t{row.text}\t{row.labels}".encode(), found)
        return found


def splits(data: Path) -> Splits:
    """Builds the splits from the shared data, as training does. A minute."""
    rows = corpus.build(data)
    return Splits(
        corpus.sampled(rows, "train"),
        corpus.sampled(rows, "calibration"),
        [*authored.read(), *contrast.read(data / "ldnoobw")],
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
    """The baseline's scores of the held-back rows, and its thresholds.

    With a cache the scores are kept in a file, which is good for the same rows alone.
    """
    calibration, mark = given.rows("calibration"), given.mark
    if cache is not None and cache.exists():
        with np.load(cache) as saved:
            if saved["mark"] == mark:
                return saved["scores"], thresholds(calibration, saved["calibration"])
    fitted = baseline.fit(given.rows("train"))
    found = baseline.scores(fitted, calibration)
    scores = baseline.scores(fitted, given.held_back)
    if cache is not None:
        np.savez(cache, scores=scores, calibration=found, mark=mark)
    return scores, thresholds(calibration, found)


class _Line(msgspec.Struct, frozen=True):
    """A line of `tidegate detect`."""

    id: str
    scores: dict[str, float]


def previous_scores(folder: Path, rows: Sequence[Row]) -> Scored:
    """An earlier version's scores of the rows; a label that it does not know scores 0.

    Raises:
        KeyError: if a row has no line.
        StopIteration: if the folder's cards hold none of text.risk.
    """
    decoder = msgspec.json.Decoder(_Line)
    with (folder / "scores.jsonl").open("rb") as lines:
        found = {line.id: line.scores for line in map(decoder.decode, lines)}
    table = [[found[row.id].get(label, 0.0) for label in TRAINED_LABELS] for row in rows]
    all_cards = cards.read_all(folder / "models.toml")
    card = next(one for one in all_cards if one.id.startswith("text.risk@"))
    known: dict[str, float] = {str(label): limit for label, limit in card.thresholds.items()}
    limits = [known.get(label, 1.0) for label in TRAINED_LABELS]
    return Scored(card.id, np.array(table, np.float32), np.array(limits, np.float32))


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes rows as labelled JSON lines."""
    with path.open("wb") as out:
        for row in rows:
            line = {
                "id": row.id,
                "text": row.text,
                "lang": row.lang,
                "dataset": row.source,
                "labels": row.labels,
            }
            out.write(msgspec.json.encode(line) + b"\n")


def main() -> None:
    """Measures, logs the summary and writes the tables."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.text_risk")
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--baseline-cache", type=Path, help="keeps the baseline's scores")
    parser.add_argument("--rows", type=Path, help="writes the held-back rows and ends")
    parser.add_argument(
        "--previous",
        type=existing_folder,
        help="folder of the version before: scores.jsonl, models.toml",
    )
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the two tables")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given = splits(arguments.data)
    if arguments.rows:
        write_rows(arguments.rows, given.held_back)
        return
    report = _measured(given, arguments)
    text = tables_page.markdown(report, n_train=len(given.rows("train")))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / f"{STEM}.md").write_text(text, encoding="utf-8")
    (arguments.out / f"{STEM}.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
    )
    _LOG.info("%s", text)


def _measured(given: Splits, arguments: argparse.Namespace) -> tables.Report:
    trained = {
        (label, row.lang) for row in given.train for label, v in row.labels.items() if v == 1
    }
    detector = TextRisk(threads=arguments.threads)
    if detector.card.labels != TRAINED_LABELS:
        message = "the card's labels are not the training's"
        raise ValueError(message)
    limits = np.array([detector.card.thresholds[label] for label in detector.card.labels])
    rows = given.held_back
    ours = Scored(detector.card.id, shipped_scores(rows, detector), limits)
    whole = TextRisk(threads=arguments.threads, has_early_exit=False)
    thorough = Scored("all layers", shipped_scores(rows, whole), limits)
    base = Scored("TF-IDF + LR", *baseline_scores(given, arguments.baseline_cache))
    previous = previous_scores(arguments.previous, rows) if arguments.previous else None
    found = tables.measure(rows, trained, ours, base, thorough, previous)
    files = {role: file.sha256 for role, file in detector.card.files.items()}
    return msgspec.structs.replace(found, files=files)


if __name__ == "__main__":
    main()
