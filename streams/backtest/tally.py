"""What is counted while verdicts are decided again, and how counts are put together. Pure.

Its size follows from policies, surfaces and languages, not from how many verdicts there are.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from schemas.labels import Action, Surface
from streams.backtest.replay import Cause, Told

N_SAMPLES: Final = 5
"""Samples of a cell: those of the lowest verdict ids, which are as good as drawn at random."""
MAX_LANGUAGES: Final = 200
OTHERS: Final = "(others)"
NONE: Final = "-"
"""Where no label, rule, queue or language stands."""

Cell = tuple[str, Action, Action]
"""A name, the old action, the new action."""


class Sample(Struct, frozen=True, kw_only=True):
    """A verdict that comes out otherwise. No text of the item, nor evidence."""

    surface: Surface
    old: Action
    new: Action
    verdict_id: str
    item_id: str
    item_revision: int
    revision: int
    stage: str
    policy_hash: str
    language: str
    old_queue: str
    new_queue: str
    old_sanction: str
    new_sanction: str
    old_reasons: tuple[Cause, ...]
    new_reasons: tuple[Cause, ...]


class Tally(Struct, kw_only=True):
    """Counts of one page or of all. Every field adds up."""

    n_verdicts: int = 0
    n_without_features: int = 0
    n_unreadable: int = 0
    hashes: Counter[str] = field(default_factory=Counter)
    """Verdicts by the policy that made them."""
    n_compared: int = 0
    """Verdicts made by a policy given, with features: these must come out identical."""
    n_identical: int = 0
    stages: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """Compared verdicts by stage, and whether they came out identical."""
    actions: Counter[Cell] = field(default_factory=Counter)
    """Verdicts by surface, old and new action; the following by language, label, rule."""
    languages: Counter[Cell] = field(default_factory=Counter)
    labels: Counter[Cell] = field(default_factory=Counter)
    rules: Counter[Cell] = field(default_factory=Counter)
    fired: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    """Verdicts by rule, and whether it fired then and now."""
    queues: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Verdicts whose queue changes: surface, old, new; the same of what is done about actors."""
    sanctions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    volumes: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """Items in force by queue, day of the verdict, and whether it is the new policy that asks."""
    truths: Counter[tuple[str, str, bool, bool, bool]] = field(default_factory=Counter)
    """Labelled items by surface, label (`*`: any), truth, and whether they were and are flagged."""
    n_items: int = 0
    samples: dict[Cell, list[Sample]] = field(default_factory=dict)
    differing: list[Sample] = field(default_factory=list)
    """Compared verdicts that did not come out identical."""


def count(tally: Tally, changes: Counter[tuple[Surface, str, Told, Told]]) -> None:
    """Adds verdicts, as often as they occurred."""
    for (surface, language, old, new), n in changes.items():
        tally.n_verdicts += n
        actions = old.action, new.action
        tally.actions[surface, *actions] += n
        tally.languages[language or NONE, *actions] += n
        for label in {*old.labels, *new.labels} - {""} or {NONE}:
            tally.labels[label, *actions] += n
        for rule in {*old.rules, *new.rules} or {NONE}:
            tally.rules[rule, *actions] += n
            if rule != NONE:
                tally.fired[rule, rule in old.rules, rule in new.rules] += n
        if old.queue != new.queue:
            tally.queues[surface, old.queue or NONE, new.queue or NONE] += n
        if old.sanction != new.sanction:
            tally.sanctions[surface, old.sanction or NONE, new.sanction or NONE] += n


def add(total: Tally, other: Tally) -> None:
    """Adds one tally to another."""
    for name in ("n_verdicts", "n_without_features", "n_unreadable", "n_compared", "n_identical"):
        setattr(total, name, getattr(total, name) + getattr(other, name))
    total.n_items += other.n_items
    for name in ("hashes", "stages", "actions", "labels", "rules", "fired", "queues", "sanctions"):
        getattr(total, name).update(getattr(other, name))
    total.volumes.update(other.volumes)
    total.truths.update(other.truths)
    _add_languages(total, other)
    for cell, samples in other.samples.items():
        total.samples[cell] = lowest([*total.samples.get(cell, ()), *samples])
    total.differing = lowest([*total.differing, *other.differing])


def lowest(samples: Iterable[Sample]) -> list[Sample]:
    """Gives the samples that are kept of many."""
    return sorted(samples, key=lambda one: one.verdict_id)[:N_SAMPLES]


def _add_languages(total: Tally, other: Tally) -> None:
    """Products may send any language: beyond so many, further ones are counted together."""
    known = {language for language, _, _ in total.languages}
    for (language, old, new), n in other.languages.items():
        if language not in known and len(known) < MAX_LANGUAGES:
            known.add(language)
        total.languages[language if language in known else OTHERS, old, new] += n
