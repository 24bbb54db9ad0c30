"""Scores that another program gave the same rows: a model that is not registered, or in fp32."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from detectors.evaluation.run.rows import ANY, COLUMNS, LabelledText
from detectors.evaluation.run.scoring import DEFAULT_LIMIT, Detectors, Scored, limit
from schemas.bounds import Score


class ScoresInvalid(ValueError):
    """A file of scores does not fit the rows; the message names file and line."""


class _Line(Struct, frozen=True):
    id: str | int
    scores: dict[str, Score]


def limits_of(detectors: Detectors) -> dict[str, float]:
    """The lowest threshold of each label among the cards of a detector set."""
    found: dict[str, float] = {}
    for one in detectors:
        for label in one.card.labels:
            found[label] = min(limit(one.card, label), found.get(label, 1.0))
    return found


def read(path: Path, rows: Sequence[LabelledText], limits: Mapping[str, float]) -> Scored:
    """Reads scores as `tidegate detect` writes them: {"id", "scores": {label: score}} lines.

    Args:
        path: The file; lines of ids that no row has are passed over.
        rows: The rows, each with an id of its own.
        limits: Thresholds by label; a label without one has 0.5.

    Raises:
        ScoresInvalid: at the first line that cannot be read, where a row has no line, or where
            rows share an id.
    """
    known = _lines(path)
    if len({row.id for row in rows}) < len(rows):
        message = f"{path}: scores are found by id, and rows of the input share ids"
        raise ScoresInvalid(message)
    scores = np.zeros((len(rows), len(COLUMNS)), np.float32)
    answered: set[str] = set()
    for at, row in enumerate(rows):
        if row.id not in known:
            message = f"{path}: no scores of the row {row.id!r}"
            raise ScoresInvalid(message)
        for label, score in known[row.id].items():
            if label in COLUMNS:
                scores[at, COLUMNS.index(label)] = score
                answered.add(label)
    bounds = np.array([limits.get(label, DEFAULT_LIMIT) for label in COLUMNS])
    flagged = np.asarray(scores >= bounds, np.bool_)
    scores[:, -1], flagged[:, -1] = scores[:, :-1].max(axis=1), flagged[:, :-1].any(axis=1)
    return Scored(
        name=path.name,
        scores=scores,
        flagged=flagged,
        answered=frozenset(answered | {ANY}) if answered else frozenset(),
        n_undecodable=0,
        seconds=0.0,
        slowest=(),
    )


def _lines(path: Path) -> dict[str | int, dict[str, Score]]:
    decoder = msgspec.json.Decoder(_Line)
    found: dict[str | int, dict[str, Score]] = {}
    try:
        with path.open("rb") as lines:
            for n, raw in enumerate(lines, start=1):
                if raw.strip():
                    line = _decoded(decoder, raw, f"{path}, line {n}")
                    found[line.id] = line.scores
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise ScoresInvalid(message) from error
    return found


def _decoded(decoder: msgspec.json.Decoder[_Line], raw: bytes, where: str) -> _Line:
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        message = f"{where}: {error}"
        raise ScoresInvalid(message) from error
