"""What is counted of items, of fingerprints and of campaigns. Changed in place by `counting`."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from schemas.campaigns import Campaign, Fingerprinted
from schemas.features import CampaignFeatures
from schemas.labels import SURFACES
from streams.campaigns.features import SHARE_DECIMALS
from streams.campaigns.suspicion import is_suspect

MAX_KEYS_TOLD: Final = 400
"""Fingerprints in what is told of a campaign, some 12 KB."""
MAX_REVISED: Final = 5_000
"""Members of a campaign whose verdicts may still be revised: the latest."""
MAX_ACTORS: Final = 100_000
"""Actors of a campaign that are told apart; more are not counted."""
_FEW: Final = 20
_STEP: Final = math.log(1.1)
_SHARES: Final = 20


class Said(Struct, frozen=True, gc=False):
    """On which campaign a member's verdict rests, as it stood then, and after how many revisions.

    At first that is what the item's own stages knew of it.
    """

    campaign: CampaignFeatures
    n: int = 0


class Member:
    """An item, its fingerprints, the campaign that it belongs to, and what was said of it."""

    __slots__ = ("given", "group", "keys", "number", "said")

    def __init__(self, number: int, given: Fingerprinted, keys: tuple[str, ...]) -> None:
        self.number = number
        self.given = given
        self.keys = keys
        self.group: Group | None = None
        self.said = Said(given.features.campaign)


class Key:
    """A fingerprint: its items, and how many each actor has of them."""

    __slots__ = ("_actors", "group", "members")

    def __init__(self) -> None:
        self.members: dict[int, None] = {}
        self._actors: dict[str, int] = {}
        self.group: Group | None = None

    @property
    def n_actors(self) -> int:
        """How many actors have it."""
        return len(self._actors)

    def add(self, number: int, actor_id: str) -> None:
        """Counts an item."""
        self.members[number] = None
        self._actors[actor_id] = self._actors.get(actor_id, 0) + 1

    def remove(self, number: int, actor_id: str) -> None:
        """Takes an item back."""
        del self.members[number]
        self._actors[actor_id] -= 1
        if not self._actors[actor_id]:
            del self._actors[actor_id]


class Group:
    """A campaign as it grows. Its counts are of all items ever, `members` those still kept."""

    def __init__(
        self, campaign_id: str, opened_at: datetime, before: Campaign | None = None
    ) -> None:
        """Begins a campaign, or goes on with what was told of it `before` a restart."""
        self.campaign_id = campaign_id
        self.opened_at = opened_at
        self.keys: dict[str, None] = {}
        self.members: dict[int, None] = {}
        self.first_seen = opened_at if before is None else before.first_seen
        self.last_seen = opened_at if before is None else before.last_seen
        self.is_told = before is not None
        self._before = before
        self._actors: dict[str, tuple[int, int]] = {}
        self._surfaces: set[str] = set() if before is None else set(before.surfaces)
        self._n_items = 0
        self._n_violating = 0
        self._shares = 0.0
        self._stage = (0, 0)

    @property
    def n_actors(self) -> int:
        """How many actors posted it."""
        n = len(self._actors)
        return n if self._before is None else max(n, self._before.n_actors)

    @property
    def n_items(self) -> int:
        """How many items belong to it."""
        return self._n_items if self._before is None else max(self._n_items, self._before.n_items)

    @property
    def n_violating(self) -> int:
        """On how many of them some rule fired that asks nothing of campaigns."""
        before = 0 if self._before is None else self._before.n_violating
        return min(max(self._n_violating, before), self.n_items)

    @property
    def violating_share(self) -> float:
        """The share of its actors who violate something, each by the share of their items.

        So one who posts much makes it no more of a violation than one who posts once.
        """
        if not self._actors:
            return 0.0
        return min(max(round(self._shares / len(self._actors), SHARE_DECIMALS), 0.0), 1.0)

    def join(self, member: Member) -> bool:
        """Takes an item in; False where it already belongs to another campaign."""
        if member.group is not None:
            return False
        member.group = self
        given = member.given
        self.members[member.number] = None
        if len(self.members) > MAX_REVISED:
            del self.members[next(iter(self.members))]
        self._count(given.actor_id, 1, int(given.is_violating))
        self._surfaces.add(given.surface)
        self._n_items += 1
        self._n_violating += given.is_violating
        self.first_seen = min(self.first_seen, given.occurred_at)
        self.last_seen = max(self.last_seen, given.decided_at)
        return True

    def leave(self, member: Member, *, is_uncounted: bool) -> None:
        """Lets an item go that is too old; one that a later revision replaces is not counted."""
        self.members.pop(member.number, None)
        if is_uncounted:
            self._n_items -= 1
            self._n_violating -= member.given.is_violating
            self._count(member.given.actor_id, -1, -int(member.given.is_violating))

    def _count(self, actor_id: str, n_items: int, n_violating: int) -> None:
        before = self._actors.get(actor_id)
        if before is None and (n_items < 1 or len(self._actors) >= MAX_ACTORS):
            return
        n, k = before or (0, 0)
        after = n + n_items, k + n_violating
        self._shares += _share(*after) - _share(n, k)
        if after[0] > 0:
            self._actors[actor_id] = after
        else:
            del self._actors[actor_id]

    def absorb(self, other: "Group") -> None:
        """Takes in another campaign."""
        self.keys |= other.keys
        self.members |= other.members
        for actor_id, (n, k) in other._actors.items():
            self._count(actor_id, n, k)
        self._surfaces |= other._surfaces
        self._n_items += other._n_items
        self._n_violating += other._n_violating
        self.first_seen = min(self.first_seen, other.first_seen)
        self.last_seen = max(self.last_seen, other.last_seen)

    def reach_stage(self) -> bool:
        """Notes how far it has grown, and tells whether a rule may now say otherwise.

        Every number of actors counts up to 20, then each tenth more; of the share each twentieth.
        """
        n = self.n_actors
        size = n if n <= _FEW else _FEW + int(math.log(n / _FEW) / _STEP)
        stage = (size, int(self.violating_share * _SHARES))
        is_new, self._stage, self.is_told = stage != self._stage, stage, True
        return is_new

    def told(
        self, keys: Sequence[str], now: datetime, *, is_over: bool, into: str | None
    ) -> Campaign:
        """Gives it as others are told of it, with its fingerprints in order of weight."""
        n_items = self.n_items
        return Campaign(
            campaign_id=self.campaign_id,
            n_actors=self.n_actors,
            n_items=n_items,
            n_violating=self.n_violating,
            violating_share=self.violating_share,
            surfaces=tuple(one for one in SURFACES if one in self._surfaces),
            fingerprints=tuple(keys[:MAX_KEYS_TOLD]),
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            opened_at=self.opened_at,
            changed_at=now,
            closed_at=now if is_over else None,
            merged_into=into,
        )


class Shares(Struct, frozen=True):
    """How many actors some items are of, and which share of them, each by that of its items."""

    n_actors: int
    violating: float
    suspect: float
    """Who violates something, or says what any detector minds a little."""


def shares_of(members: Sequence[Member]) -> Shares:
    """Counts some items by their actors."""
    counts: dict[str, tuple[int, int, int]] = {}
    for one in members:
        given = one.given
        is_doubtful = given.is_violating or is_suspect(given.signals)
        n, k, doubtful = counts.get(given.actor_id, (0, 0, 0))
        counts[given.actor_id] = n + 1, k + given.is_violating, doubtful + is_doubtful
    n_actors = max(len(counts), 1)
    return Shares(
        len(counts),
        sum(_share(n, k) for n, k, _ in counts.values()) / n_actors,
        sum(_share(n, doubtful) for n, _, doubtful in counts.values()) / n_actors,
    )


def _share(n: int, k: int) -> float:
    return k / n if n > 0 else 0.0
