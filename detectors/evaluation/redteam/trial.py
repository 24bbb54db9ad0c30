"""Attacking: which texts that are flagged are not flagged any more."""

from collections.abc import Callable, Iterable, Sequence
from random import Random

import numpy as np
from msgspec import Struct

from detectors.evaluation.redteam.attack import Attack
from detectors.evaluation.redteam.judge import Judge, Sent, columns
from detectors.evaluation.redteam.search import Asking, Found, search
from detectors.evaluation.run.rows import COLUMNS, LabelledText

Told = Callable[[float], None]
"""Told which share of an attack's targets is done."""


class Target(Struct, frozen=True):
    """A text that is flagged for `flagged`, by a margin of `margin` at most."""

    row: LabelledText
    flagged: tuple[str, ...]
    margin: float


class Outcome(Struct, frozen=True, kw_only=True):
    """One attack on one target. A margin below 0: the attack succeeded."""

    target: int
    sent: tuple[str, ...]
    margin: float
    n_queries: int

    @property
    def is_success(self) -> bool:
        """Whether none of the text's labels is flagged any more."""
        return self.margin < 0


def targets(rows: Sequence[LabelledText], judge: Judge) -> list[Target]:
    """The texts that the detectors flag for a label that they have."""
    margins = judge.margins([Sent((row.text,), row.lang) for row in rows])
    found = []
    for row, given in zip(rows, margins, strict=True):
        flagged = tuple(COLUMNS[at] for at in columns(row.labels) if given[at] >= 0)
        if flagged:
            found.append(Target(row, flagged, float(given[columns(row.labels)].max())))
    return found


def attacked(
    attack: Attack,
    given: Sequence[Target],
    judge: Judge,
    *,
    seed: int,
    budget: int,
    told: Told = lambda _share: None,
) -> list[Outcome]:
    """Attacks each target once; those for which the attack has no form are left out."""
    if attack.change is None:
        return _searched(attack, given, judge, seed=seed, budget=budget, told=told)
    tried: list[tuple[int, tuple[str, ...]]] = []
    for n, target in enumerate(given):
        row = target.row
        messages = attack.change(row.text, row.lang, _random(seed, attack, row))
        if messages != (row.text,) and any(message.strip() for message in messages):
            tried.append((n, messages))
    margins = _margins(judge, given, tried)
    return [
        Outcome(target=n, sent=messages, margin=margin, n_queries=1)
        for (n, messages), margin in zip(tried, margins, strict=True)
    ]


def _searched(
    attack: Attack,
    given: Sequence[Target],
    judge: Judge,
    *,
    seed: int,
    budget: int,
    told: Told,
) -> list[Outcome]:
    """All searches in step, so that their questions make batches."""
    running: dict[int, Asking] = {}
    asked: dict[int, list[str]] = {}
    ended: dict[int, Found] = {}
    for n, target in enumerate(given):
        row = target.row
        running[n] = search(row.text, row.lang, _random(seed, attack, row), budget)
        asked[n] = next(running[n])
    while running:
        flat = [(n, (text,)) for n in running for text in asked[n]]
        margins = iter(_margins(judge, given, flat))
        for n in list(running):
            answers = [next(margins) for _ in asked[n]]
            try:
                asked[n] = running[n].send(answers)
            except StopIteration as stop:
                ended[n] = stop.value
                del running[n]
        told(len(ended) / len(given))
    return [
        Outcome(target=n, sent=(one.text,), margin=one.margin, n_queries=one.n_queries)
        for n, one in sorted(ended.items())
        if one.text != given[n].row.text
    ]


def _margins(
    judge: Judge, given: Sequence[Target], tried: Iterable[tuple[int, tuple[str, ...]]]
) -> list[float]:
    """The highest margin over each target's own labels."""
    pairs = list(tried)
    if not pairs:
        return []
    found = judge.margins([Sent(messages, given[n].row.lang) for n, messages in pairs])
    return [
        float(np.max(row[columns(given[n].row.labels)]))
        for row, (n, _) in zip(found, pairs, strict=True)
    ]


def _random(seed: int, attack: Attack, row: LabelledText) -> Random:
    return Random(f"{seed}/{attack.name}/{row.id}")  # noqa: S311 - repeatable on purpose
