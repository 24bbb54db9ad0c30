"""Detecting: every detector on every part of a batch of items, in one call each.

What items are answered with holds nothing private: `detectors.text.entities.redaction`.
"""

import logging
import time
from collections.abc import Sequence
from typing import Final, TypeVar

from detectors.detector import Context, Detector, Partial, Undecodable
from detectors.text.entities.detector import MODEL_ID as READER
from detectors.text.entities.redaction import without_private
from schemas.content import Item, TextPart
from schemas.signals import Signal
from schemas.verdicts import StageTime
from streams import joining, metrics
from streams.decide import Judged
from streams.recent import Run

logger = logging.getLogger(__name__)

Answer = tuple[Signal, ...] | Partial | Undecodable | None
"""A detector's answer on one part; None when the detector failed on it."""

DECIMALS: Final = 3

P = TypeVar("P")


def detect(
    items: Sequence[Item],
    detectors: Sequence[Detector[TextPart]],
    context_detectors: Sequence[Detector[Context]] = (),
    runs: Sequence[Run | None] = (),
) -> list[Judged]:
    """Gives what the detectors say of each item, in order. Blocks for the whole batch.

    `runs` are what items are read together with; none means nobody's. Media parts are missing as
    `image.*` and so on: no detector reads them in the fast lane. Evidence quotes nothing private.
    """
    groups = [item.texts for item in items]
    for n, (item, run) in enumerate(zip(items, runs, strict=bool(runs))):
        if run is not None:
            groups[n] += joining.parts(item, run)
    texts = detect_groups(groups, detectors)
    contexts = detect_groups([(item.context,) for item in items], context_detectors)
    has_reader = any(detector.card.id == READER for detector in detectors)
    return [
        _whole(item, parts, text, context, has_reader=has_reader)
        for item, parts, text, context in zip(items, groups, texts, contexts, strict=True)
    ]


def _whole(
    item: Item, parts: Sequence[TextPart], texts: Judged, context: Judged, *, has_reader: bool
) -> Judged:
    is_read = has_reader and READER not in texts.missing
    media = dict.fromkeys(f"{part.modality}.*" for part in item.media)
    signals = without_private(texts.signals, parts, is_read=is_read)
    together: tuple[Signal, ...] = ()
    if len(parts) > len(item.texts):
        signals, together = joining.parted(signals)
    return Judged(
        signals=signals + context.signals,
        together=together,
        missing=(*texts.missing, *context.missing, *media),
        stages=texts.stages + context.stages,
    )


def detect_groups(groups: Sequence[Sequence[P]], detectors: Sequence[Detector[P]]) -> list[Judged]:
    """Gives what the detectors say of each group of parts, in order. Evidence may quote anything.

    A detector that fails on a batch is asked again part by part; where it fails again, finds a part
    undecodable or reads it in part only, it is named in `missing`.
    """
    parts = [part for group in groups for part in group]
    answers: list[tuple[str, Sequence[Answer]]] = []
    stages: list[StageTime] = []
    for detector in detectors:
        started = time.perf_counter()
        answers.append((detector.card.id, _predict(detector, parts)))
        elapsed_s = time.perf_counter() - started
        metrics.DETECTOR_SECONDS.labels(detector.card.id).observe(elapsed_s)
        stages.append(StageTime(name=detector.card.id, ms=round(elapsed_s * 1000, DECIMALS)))
    judged: list[Judged] = []
    start = 0
    for group in groups:
        end = start + len(group)
        judged.append(_collect(answers, slice(start, end), tuple(stages)))
        start = end
    return judged


def _collect(
    answers: Sequence[tuple[str, Sequence[Answer]]], own: slice, stages: tuple[StageTime, ...]
) -> Judged:
    signals: list[Signal] = []
    missing: list[str] = []
    for name, given in answers:
        for answer in given[own]:
            if isinstance(answer, tuple):
                signals.extend(answer)
                continue
            if isinstance(answer, Partial):
                signals.extend(answer.signals)
            if name not in missing:
                missing.append(name)
    return Judged(signals=tuple(signals), missing=tuple(missing), stages=stages)


def _predict(detector: Detector[P], parts: Sequence[P]) -> Sequence[Answer]:
    if not parts:
        return ()
    try:
        return _checked(detector.predict(parts), len(parts))
    except Exception:
        logger.exception("detector failed on a batch; asking part by part", extra=_about(detector))
        metrics.DETECTOR_FAILURES.labels(detector.card.id).inc()
    return [_predict_one(detector, part) for part in parts]


def _predict_one(detector: Detector[P], part: P) -> Answer:
    try:
        return _checked(detector.predict([part]), 1)[0]
    except Exception:  # noqa: BLE001 - recorded as missing, and the policy decides
        metrics.DETECTOR_FAILURES.labels(detector.card.id).inc()
        return None


def _checked(answers: Sequence[Answer], n_parts: int) -> Sequence[Answer]:
    """Holds a detector to its contract: a score of NaN would otherwise pass for innocence."""
    if len(answers) != n_parts:
        message = f"{len(answers)} answers to {n_parts} parts"
        raise ValueError(message)
    for answer in answers:
        signals = answer.signals if isinstance(answer, Partial) else answer
        if isinstance(signals, tuple) and not all(0.0 <= s.score <= 1.0 for s in signals):
            message = "a score outside 0 to 1"
            raise ValueError(message)
    return answers


def _about(detector: Detector[P]) -> dict[str, str]:
    return {"detector": detector.card.id}
