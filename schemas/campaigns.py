"""Coordinated copies: what an item may meet others by, and the campaigns that were found."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.bounds import Count, Id, ItemId, Revision, Score, Time, TraceId
from schemas.features import Features
from schemas.labels import Surface
from schemas.signals import Signal
from schemas.verdicts import Unanswered

Fingerprint = Annotated[
    str,
    Meta(pattern="^(text|pair|link|address|ticker|picture):.+$", max_length=240),
]
"""Kind and value: `link:otterdrop.example/claim`, `picture:` with 64 hexadecimal digits.

`text` is the hash of a whole text, `pair` that of two rare words that stand in it: two of these
must meet, of the others one; `ticker` weighs half a pair (weights: `streams.campaigns.keys`).
"""


class Fingerprinted(Struct, frozen=True, kw_only=True):
    """An item's fingerprints with what its final verdict was decided on; nothing it says.

    `revision` is that verdict's. An item with the same ids is the same item, delivered again.
    """

    item_id: ItemId
    surface: Surface
    actor_id: Id
    item_revision: Revision
    revision: Revision
    fingerprints: tuple[Fingerprint, ...]
    is_violating: bool = False
    """Whether a rule on what it says or shows itself, without its campaign, limits it or more."""
    signals: tuple[Signal, ...] = ()
    missing: tuple[str, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    detectors: tuple[str, ...] = ()
    features: Features = Features()
    occurred_at: Time
    decided_at: Time
    trace_id: TraceId


class Campaign(Struct, frozen=True, kw_only=True):
    """Nearly the same, posted by several actors, as it stands. Policies say what it means.

    `violating_share` is that of its actors, each by the share of their items: who posts much counts
    as one. `fingerprints` are those by which items belong to it; of very many the most frequent. It
    is over once `closed_at` is told: nothing belongs to it any more.
    """

    campaign_id: Id
    n_actors: Count
    n_items: Count
    n_violating: Count
    violating_share: Score
    surfaces: tuple[Surface, ...]
    fingerprints: tuple[Fingerprint, ...]
    first_seen: Time
    last_seen: Time
    opened_at: Time
    changed_at: Time
    closed_at: Time | None = None
    merged_into: Id | None = None
    """The campaign that it turned out to be part of."""
