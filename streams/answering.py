"""Answering a micro-batch: judge, check the dead-letter limit, publish, count. Blocks."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from streams import metrics
from streams.actors.memory import Actors, Place
from streams.dlq_limit import DlqLimit, DlqLimitExceeded
from streams.pipeline import Answer
from streams.publisher import Publisher
from streams.record import Record
from streams.shadowing import outcome_of

MAX_CAUSE_CHARS: Final = 300
ADVICE: Final = (
    "mend what produces {topic}; restarts do not go on past this. To let the bad records that it"
    " holds pass into {topic}.dlq, run one worker with a larger TIDEGATE_DLQ_MAX_CONSECUTIVE and"
    " TIDEGATE_DLQ_MAX_RATIO=1"
)


Judge = Callable[[Sequence[Record]], Iterable[Sequence[Answer]]]
"""Gives one answer a record, in groups: what is ready is published while the rest is judged."""


def answer(
    records: Sequence[Record],
    judge: Judge,
    publisher: Publisher,
    limit: DlqLimit,
    actors: Actors | None = None,
) -> None:
    """Answers each record and returns once the broker has every answer.

    With them it has what `actors` now remembers of those who sent the records. Afterwards the
    records' offsets may be committed. Raises DlqLimitExceeded before anything of the group is
    published, DeliveryFailed when the broker did not take it; either ends the worker, and the
    records are read again.
    """
    if not records:
        return
    started = time.perf_counter()
    answers: list[Answer] = []
    for group in judge(records):
        _check(group, limit)
        changes = None if actors is None else partial(actors.changes, _places(group))
        publisher.publish([entry.outgoing for entry in group], changes)
        # Only once the verdicts are there: a lane is quick, and its revision must come after.
        also = [one for entry in group for one in entry.also]
        if also:
            publisher.publish(also)
        answers += group
    _count(records, answers, time.perf_counter() - started)


def _places(answers: Sequence[Answer]) -> list[Place]:
    return [
        (entry.record.source.partition, entry.verdict.actor_id)
        for entry in answers
        if entry.verdict is not None
    ]


def _check(answers: Sequence[Answer], limit: DlqLimit) -> None:
    """Raises DlqLimitExceeded, with notes for those who are called to it."""
    try:
        limit.observe(entry.kind == "dead_letter" for entry in answers)
    except DlqLimitExceeded as error:
        last = next(entry for entry in reversed(answers) if entry.error is not None)
        topic = last.record.source.topic
        place = f"{topic}/{last.record.source.partition}/{last.record.source.offset}"
        error.add_note(f"at {place}, {last.stage}: {str(last.error)[:MAX_CAUSE_CHARS]}")
        error.add_note(ADVICE.format(topic=topic))
        raise


def _count(records: Sequence[Record], answers: Sequence[Answer], elapsed_s: float) -> None:
    topic = answers[0].record.source.topic
    now_ms = time.time() * 1000
    metrics.BATCH_RECORDS.labels(topic).observe(len(answers))
    metrics.BATCH_SECONDS.labels(topic).observe(elapsed_s)
    consumed: Counter[str] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    verdicts: Counter[tuple[str, str, str]] = Counter()
    latency = metrics.LATENCY_SECONDS.labels(topic)
    # What was read and what was answered are counted apart, so that a difference would show.
    for record in records:
        consumed[str(record.source.partition)] += 1
    shadows: Counter[str] = Counter()
    for entry in answers:
        partition = str(entry.record.source.partition)
        answered[partition, entry.kind] += 1
        if entry.record.timestamp_ms > 0:
            latency.observe(max(0.0, now_ms - entry.record.timestamp_ms) / 1000)
        if entry.verdict is not None:
            verdict = entry.verdict
            verdicts[verdict.surface, verdict.action, verdict.status] += 1
            if (outcome := outcome_of(verdict)) is not None:
                shadows[outcome] += 1
            for name in verdict.missing:
                metrics.MISSING.labels(name).inc()
        if entry.error is not None:
            metrics.DEAD_LETTERS.labels(topic, entry.stage, type(entry.error).__name__).inc()
    for partition, n in consumed.items():
        metrics.CONSUMED.labels(topic, partition).inc(n)
    for (partition, kind), n in answered.items():
        metrics.ANSWERED.labels(topic, partition, kind).inc(n)
    for key, n in verdicts.items():
        metrics.VERDICTS.labels(*key).inc(n)
    for outcome, n in shadows.items():
        metrics.SHADOW_VERDICTS.labels(outcome).inc(n)
    metrics.UNACCOUNTED.inc(sum(consumed.values()) - sum(answered.values()))
