"""What a backtest reports: the JSON document's structs, made of what was counted. Pure.

Fields are documented in `streams/backtest/README.md`; within `FORMAT` they are only added to.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from schemas.labels import SEVERITY, Action
from schemas.verdicts import Mode
from streams.backtest.deciding import Policies
from streams.backtest.quality import Quality, qualities
from streams.backtest.running import Counted
from streams.backtest.selection import Selection
from streams.backtest.tally import NONE, Cell, Sample, Tally
from streams.policy import CompiledPolicy

FORMAT: Final = "tidegate.backtest.v1"


class Side(Struct, frozen=True, kw_only=True):
    """A policy that decided."""

    source: str
    hash: str
    version: str
    mode: Mode
    n_rules: int


class Flip(Struct, frozen=True):
    """A cell of the flip matrix: `name` is a surface, language, label or rule (`-`: none)."""

    name: str
    old: Action
    new: Action
    n: int


class RuleChange(Struct, frozen=True):
    """On how many verdicts a rule counted by both, by the new policy alone, by the old alone."""

    rule: str
    n_both: int
    n_gained: int
    n_lost: int


class Move(Struct, frozen=True):
    """Verdicts whose queue, or what they ask to be done about the actor, changes."""

    surface: str
    old: str
    new: str
    n: int


class Volume(Struct, frozen=True):
    """Items in a queue by the verdict in force, by the day (UTC) of that verdict."""

    queue: str
    day: str
    n_old: int
    n_new: int


class StageIdentity(Struct, frozen=True):
    """Verdicts of one stage that a policy given had made, and how many came out identical."""

    stage: str
    n: int
    n_identical: int


class Made(Struct, frozen=True):
    """How many verdicts a policy had made; `is_given`: it is one of this backtest's."""

    hash: str
    n: int
    is_given: bool


class Identity(Struct, frozen=True, kw_only=True):
    """Whether what a policy given had decided comes out of it again."""

    n_compared: int
    n_identical: int
    stages: list[StageIdentity]
    differing: list[Sample]


class Flips(Struct, frozen=True, kw_only=True):
    """The flip matrix; by language, label and rule a verdict may count more than once."""

    surfaces: list[Flip]
    languages: list[Flip]
    labels: list[Flip]
    rules: list[Flip]


class Report(Struct, frozen=True, kw_only=True):
    """A backtest's report. `old` is None where the recorded decisions are compared with."""

    format: str = FORMAT
    made_at: datetime
    start: datetime
    end: datetime
    surfaces: tuple[str, ...]
    hashes: tuple[str, ...]
    where: str
    new: Side
    old: Side | None
    n_verdicts: int
    n_items: int
    n_flipped: int
    n_harder: int
    n_softer: int
    n_without_features: int
    n_unreadable: int
    made: list[Made]
    identity: Identity
    flips: Flips
    rules: list[RuleChange]
    queues: list[Move]
    sanctions: list[Move]
    volumes: list[Volume]
    quality: list[Quality]
    samples: list[Sample]
    elapsed_s: float
    verdicts_per_s: float
    n_processes: int
    peak_bytes: int


def report_of(
    counted: Counted,
    selection: Selection,
    policies: Policies,
    sources: tuple[str, str | None],
    now: datetime,
) -> Report:
    """Makes the report; `sources` are the names of the new and old policies' files."""
    tally = counted.tally
    flipped = {cell: n for cell, n in tally.actions.items() if cell[1] != cell[2]}
    n_harder = sum(n for cell, n in flipped.items() if SEVERITY[cell[2]] > SEVERITY[cell[1]])
    n_flipped = sum(flipped.values())
    old = policies.old
    return Report(
        made_at=now,
        start=selection.start,
        end=selection.end,
        surfaces=selection.surfaces,
        hashes=selection.hashes,
        where=selection.where,
        new=_side(policies.new, sources[0]),
        old=None if old is None else _side(old, sources[1] or ""),
        n_verdicts=tally.n_verdicts,
        n_items=tally.n_items,
        n_flipped=n_flipped,
        n_harder=n_harder,
        n_softer=n_flipped - n_harder,
        n_without_features=tally.n_without_features,
        n_unreadable=tally.n_unreadable,
        made=[Made(hash_, n, hash_ in policies.by_hash) for hash_, n in tally.hashes.most_common()],
        identity=_identity(tally),
        flips=Flips(
            surfaces=_flips(tally.actions),
            languages=_flips(tally.languages),
            labels=_flips(tally.labels),
            rules=_flips(tally.rules),
        ),
        rules=_rules(tally.fired),
        queues=_moves(tally.queues),
        sanctions=_moves(tally.sanctions),
        volumes=_volumes(tally.volumes),
        quality=qualities(tally.truths),
        samples=[one for _, found in sorted(tally.samples.items()) for one in found],
        elapsed_s=counted.elapsed_s,
        verdicts_per_s=tally.n_verdicts / max(counted.elapsed_s, 1e-9),
        n_processes=counted.n_processes,
        peak_bytes=counted.peak_bytes,
    )


def _side(policy: CompiledPolicy, source: str) -> Side:
    return Side(
        source=source,
        hash=policy.hash,
        version=policy.policy.version,
        mode=policy.policy.mode,
        n_rules=len(policy.policy.rules),
    )


def _identity(tally: Tally) -> Identity:
    stages = dict.fromkeys(stage for stage, _ in tally.stages)
    return Identity(
        n_compared=tally.n_compared,
        n_identical=tally.n_identical,
        stages=[
            StageIdentity(
                stage,
                tally.stages[stage, True] + tally.stages[stage, False],
                tally.stages[stage, True],
            )
            for stage in sorted(stages)
        ],
        differing=tally.differing,
    )


def _flips(counts: Counter[Cell]) -> list[Flip]:
    """Cells by name, from mildest to gravest; names in order, none last."""
    ordered = sorted(
        counts.items(),
        key=lambda one: (one[0][0] == NONE, one[0][0], SEVERITY[one[0][1]], SEVERITY[one[0][2]]),
    )
    return [Flip(*cell, n) for cell, n in ordered]


def _rules(fired: Mapping[tuple[str, bool, bool], int]) -> list[RuleChange]:
    """The rules whose counts change most first."""
    changes = [
        RuleChange(
            rule,
            fired.get((rule, True, True), 0),
            fired.get((rule, False, True), 0),
            fired.get((rule, True, False), 0),
        )
        for rule in dict.fromkeys(rule for rule, _, _ in fired)
    ]
    return sorted(changes, key=lambda one: (-one.n_gained - one.n_lost, one.rule))


def _moves(counts: Mapping[tuple[str, str, str], int]) -> list[Move]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [Move(*names, n) for names, n in ordered]


def _volumes(counts: Mapping[tuple[str, str, bool], int]) -> list[Volume]:
    places = sorted({(queue, day) for queue, day, _ in counts})
    return [
        Volume(queue, day, counts.get((queue, day, False), 0), counts.get((queue, day, True), 0))
        for queue, day in places
    ]
