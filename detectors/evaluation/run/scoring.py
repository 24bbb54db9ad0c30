"""Running detectors over texts: scores, flags and times."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.card import ModelCard
from detectors.detector import Answer, Detector, Undecodable, signals_of
from detectors.evaluation.measures import Bools, Floats
from detectors.evaluation.run.rows import ANY, COLUMNS
from schemas.content import TextPart
from schemas.labels import Label

BATCH: Final = 64
DEFAULT_LIMIT: Final = 0.5
"""Threshold of a label for which a detector's card recommends none."""
_N_SLOW_BATCHES: Final = 3
_N_SLOWEST: Final = 10

Progress = Callable[[int], None]
Detectors = Sequence[Detector[TextPart]]


class Slow(Struct, frozen=True):
    """A text that takes long by itself."""

    row: int
    ms: float


class Scored(Struct, frozen=True, kw_only=True):
    """What a detector set says of the rows. `scores` and `flagged` are [rows, COLUMNS]."""

    name: str
    scores: Floats
    flagged: Bools
    answered: frozenset[str]
    """Columns that some detector of the set answers for."""
    n_undecodable: int
    seconds: float
    slowest: tuple[Slow, ...]

    @property
    def texts_per_s(self) -> float:
        """Texts a second, in batches of `BATCH`; 0 where that was not timed."""
        return len(self.scores) / self.seconds if self.seconds else 0.0


def limit(card: ModelCard, label: Label) -> float:
    """The score from which a detector's signal counts as flagged."""
    return card.thresholds.get(label, DEFAULT_LIMIT)


def score(
    texts: Sequence[str], langs: Sequence[str | None], detectors: Detectors, progress: Progress
) -> Scored:
    """Scores texts in batches, in order. Blocks; what a detector raises passes through.

    A text no detector answers for has score 0. Of several signals on a label the highest counts;
    it is flagged if any of them reaches its own detector's threshold.
    """
    parts = [
        TextPart(name="text", text=text, lang=lang) for text, lang in zip(texts, langs, strict=True)
    ]
    scores = np.zeros((len(parts), len(COLUMNS)), np.float32)
    flagged = np.zeros(scores.shape, np.bool_)
    answered: set[str] = {
        label for one in detectors for label in one.card.labels if label in COLUMNS
    }
    unread, times = 0, []
    for start in range(0, len(parts), BATCH):
        batch = parts[start : start + BATCH]
        started = time.perf_counter()
        answers = [(one.card, one.predict(batch)) for one in detectors]
        times.append(time.perf_counter() - started)
        own = slice(start, start + len(batch))
        for card, given in answers:
            answered |= _fill(card, given, scores[own], flagged[own])
            unread += sum(isinstance(answer, Undecodable) for answer in given)
        progress(len(batch))
    scores[:, -1], flagged[:, -1] = scores[:, :-1].max(axis=1), flagged[:, :-1].any(axis=1)
    return Scored(
        name=" + ".join(one.card.id for one in detectors),
        scores=scores,
        flagged=flagged,
        answered=frozenset(answered | {ANY}) if answered else frozenset(),
        n_undecodable=unread,
        seconds=float(sum(times)),
        slowest=_slowest(parts, times, detectors),
    )


def _fill(card: ModelCard, answers: Sequence[Answer], scores: Floats, flagged: Bools) -> set[str]:
    seen: set[str] = set()
    for row, answer in enumerate(answers):
        for signal in signals_of(answer):
            if signal.label not in COLUMNS:
                continue
            at = COLUMNS.index(signal.label)
            scores[row, at] = max(scores[row, at], signal.score)
            flagged[row, at] |= signal.score >= limit(card, signal.label)
            seen.add(signal.label)
    return seen


def _slowest(
    parts: Sequence[TextPart], times: Sequence[float], detectors: Detectors
) -> tuple[Slow, ...]:
    """Times each text of the slowest batches by itself: cheap, and where the slow ones are."""
    found = []
    for batch in np.argsort(times)[::-1][:_N_SLOW_BATCHES]:
        start = int(batch) * BATCH
        for row in range(start, min(start + BATCH, len(parts))):
            started = time.perf_counter()
            for one in detectors:
                one.predict([parts[row]])
            found.append(Slow(row, round((time.perf_counter() - started) * 1_000, 3)))
    return tuple(sorted(found, key=lambda one: -one.ms)[:_N_SLOWEST])
