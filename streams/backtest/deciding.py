"""A page of history decided again and counted. Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from schemas.features import Features
from schemas.signals import Signal
from streams.backtest import replay
from streams.backtest.history import Labelled, Loaded, Recorded
from streams.backtest.quiet import Quiet
from streams.backtest.replay import Cause, Told
from streams.backtest.selection import EPOCH
from streams.backtest.tally import N_SAMPLES, NONE, Sample, Tally, count, lowest
from streams.policy import CompiledPolicy, Fired, fire
from streams.policy.firing import nothing

if TYPE_CHECKING:
    from schemas.labels import Surface

PROVENANCE: Final = "ai_generated"
"""No violation by itself."""
ANY: Final = "*"
DAY_MS: Final = 86_400_000

Rank = tuple[bool, int, int, int]
Place = TypeVar("Place", bound=Hashable)
NO_FEATURES: Final = Features()


class Policies(Struct, frozen=True):
    """The policy that decides again, and the one it is compared with; None is what was recorded."""

    new: CompiledPolicy
    old: CompiledPolicy | None = None

    @property
    def by_hash(self) -> dict[str, CompiledPolicy]:
        """Those of which recorded verdicts can be identical."""
        return {one.hash: one for one in (self.old, self.new) if one is not None}


_InForce = tuple[Rank, Recorded, Told, Told]
"""A verdict that may be in force, what was said and what is."""


def decide_page(loaded: Loaded, policies: Policies) -> Tally:
    """Decides all verdicts of a page again."""
    tally = Tally()
    new_hash = policies.new.hash
    quiet = _quiet_of(policies)
    by_hash = policies.by_hash
    changes: Counter[tuple[Surface, str, Told, Told]] = Counter()
    stages: Counter[tuple[str, bool]] = Counter()
    hashes: Counter[str] = Counter()
    in_force: dict[str, _InForce] = {}
    revisions: dict[tuple[str, int], _InForce] = {}
    labelled = {one.item_id for one in loaded.labelled}
    for row in loaded.verdicts:
        try:
            features = replay.features_of(row)
        except ValueError:
            tally.n_unreadable += 1
            continue
        signals = loaded.signals.get(row.verdict_id, ())
        now, then = _fired(row, signals, features, policies, quiet)
        hashes[row.policy_hash] += 1
        if features is None:
            tally.n_without_features += 1
        elif row.policy_hash in by_hash:
            made = now if row.policy_hash == new_hash or then is None else then
            is_same = replay.is_same(row, made)
            stages[row.stage, is_same] += 1
            if not is_same:
                _sample(tally.differing, row, features, None, made)
        new = replay.told_now(now)
        old = replay.told_then(row) if then is None else replay.told_now(then)
        changes[row.surface, _language(features), old, new] += 1
        if old is not new and is_otherwise(old, new):
            cell = row.surface, old.action, new.action
            _sample(tally.samples.setdefault(cell, []), row, features, then, now)
        rank = (row.mode != "shadow", row.item_revision, row.revision, -row.decided_ms)
        _take(in_force, row.item_id, (rank, row, old, new))
        if row.item_id in labelled:
            _take(revisions, (row.item_id, row.item_revision), (rank, row, old, new))
    count(tally, changes)
    tally.stages, tally.hashes = stages, hashes
    tally.n_compared = stages.total()
    tally.n_identical = sum(n for (_, is_same), n in stages.items() if is_same)
    tally.n_items = len(in_force)
    _count_volumes(tally, in_force.values())
    _count_truths(tally, loaded.labelled, revisions)
    return tally


_QUIET: Final[dict[str, Quiet]] = {}
"""By the policy's hash."""


def _quiet_of(policies: Policies) -> list[Quiet]:
    for hash_, policy in policies.by_hash.items():
        if hash_ not in _QUIET:
            _QUIET[hash_] = Quiet(policy)
    return [_QUIET[hash_] for hash_ in policies.by_hash]


def _fired(
    row: Recorded,
    signals: Sequence[Signal],
    features: Features | None,
    policies: Policies,
    quiet: Sequence[Quiet],
) -> tuple[Fired, Fired | None]:
    """What the new policy says, and the old one where one is given."""
    new, old = policies.new, policies.old
    if (
        not row.missing
        and not row.pending
        and replay.BANK_CODE not in row.codes
        and all(one.is_quiet(row.surface, signals, features or NO_FEATURES) for one in quiet)
    ):
        said = nothing(new.policy, row.actor_id)
        return said, None if old is None else nothing(old.policy, row.actor_id)
    given = replay.given_of(row, signals, features)
    return fire(given, new), None if old is None else fire(given, old)


def _take(held: dict[Place, _InForce], place: Place, one: _InForce) -> None:
    """Takes what is in force before what was there."""
    before = held.get(place)
    if before is None or one[0] > before[0]:
        held[place] = one


def is_otherwise(old: Told, new: Told) -> bool:
    """Whether two decisions differ in what is done, whatever their reasons."""
    return (old.action, old.queue, old.sanction) != (new.action, new.queue, new.sanction)


def _language(features: Features | None) -> str:
    return "" if features is None else features.item.language


def _sample(
    kept: list[Sample],
    row: Recorded,
    features: Features | None,
    then: Fired | None,
    now: Fired,
) -> None:
    """Keeps a sample, if it is one of the lowest."""
    if len(kept) >= N_SAMPLES and row.verdict_id > kept[-1].verdict_id:
        return
    old = replay.told_then(row) if then is None else replay.told_now(then)
    new = replay.told_now(now)
    sample = Sample(
        surface=row.surface,
        old=old.action,
        new=new.action,
        verdict_id=row.verdict_id,
        item_id=row.item_id,
        item_revision=row.item_revision,
        revision=row.revision,
        stage=row.stage,
        policy_hash=row.policy_hash,
        language=_language(features),
        old_queue=old.queue,
        new_queue=new.queue,
        old_sanction=old.sanction,
        new_sanction=new.sanction,
        old_reasons=_causes(row, then),
        new_reasons=replay.causes_now(now),
    )
    kept[:] = lowest([*kept, sample])


def _causes(row: Recorded, then: Fired | None) -> tuple[Cause, ...]:
    return replay.causes_then(row) if then is None else replay.causes_now(then)


def _count_volumes(tally: Tally, in_force: Iterable[_InForce]) -> None:
    volumes = tally.volumes
    for _, row, old, new in in_force:
        if old.queue or new.queue:
            day = _day(row.decided_ms // DAY_MS)
            if old.queue:
                volumes[old.queue, day, False] += 1
            if new.queue:
                volumes[new.queue, day, True] += 1


@lru_cache(maxsize=4_096)
def _day(number: int) -> str:
    return (EPOCH + timedelta(days=number)).date().isoformat()


def _count_truths(
    tally: Tally,
    labelled: Sequence[Labelled],
    revisions: Mapping[tuple[str, int], _InForce],
) -> None:
    """Counts labelled items; of several decisions on a label the last one holds."""
    said: dict[tuple[str, int], dict[str, bool]] = {}
    for one in labelled:
        truth = said.setdefault((one.item_id, one.item_revision), {})
        truth |= dict.fromkeys(one.absent, False) | dict.fromkeys(one.present, True)
    for place, truth in said.items():
        held = revisions.get(place)
        truth.pop(PROVENANCE, None)
        if held is None or not truth:
            continue
        _, row, old, new = held
        surface = row.surface
        flags = old.action != "allow", new.action != "allow"
        tally.truths[surface, ANY, any(truth.values()), *flags] += 1
        for label, is_present in truth.items():
            flags = label in old.labels, label in new.labels
            tally.truths[surface, label, is_present, *flags] += 1


__all__ = ["ANY", "NONE", "Policies", "decide_page"]
