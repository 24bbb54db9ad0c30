"""Counting who posts nearly the same: which campaigns there are, and what belongs to them. Pure.

Deterministic in the order of what it takes. Time is that of the items' verdicts: what was taken
once and is taken again gives the same campaigns, with the same ids.
"""

import math
from collections import Counter as Cardinality
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from msgspec import Struct, structs

from schemas.campaigns import Campaign, Fingerprinted
from schemas.features import CampaignFeatures
from streams.campaigns import keys as kinds
from streams.campaigns.features import features_of
from streams.campaigns.keys import ENOUGH
from streams.campaigns.members import Group, Key, Member, Said, shares_of
from streams.campaigns.pictures import Pictures

NAMESPACE: Final = UUID("3d1c0a52-9d52-5c3b-8f0e-5f6f2b7f9c21")
"""Namespace of campaign ids."""
ALIKE: Final = 0.4
"""Shares of violating items that differ by more are of different things: a scam that quotes the
news is no part of it."""

CHANCE: Final = 0.02
MOST_BY_CHANCE: Final = 30
"""Shares of so few items may differ by chance, where that is no rarer."""
NEARLY_ALL: Final = 0.8
MOST_COMPARED: Final = 200
"""Items of a campaign that are compared with another campaign: the latest."""

Decide = Callable[[Fingerprinted, CampaignFeatures, Said], bool]
"""Told of a member, its campaign as it stands and what was said: whether that was revised."""
MOST_REVISIONS: Final = 8
"""Revisions of one verdict for its campaign, graver or milder; then it stands."""


class Limits(Struct, frozen=True, kw_only=True):
    """How much makes a campaign, and how much is kept. Times in seconds."""

    window_s: float = 3_600.0
    """How long an item counts."""
    quiet_s: float = 3_600.0
    """How long a campaign stays open without a new item."""
    n_meeting: int = 3
    """Actors that must share a pair of words or a ticker before it means anything."""
    n_actors: int = 3
    """Actors with which a campaign is told of; so many must share any other fingerprint."""
    max_items: int = 100_000
    """Most items kept; the oldest go first."""


class Counter:
    """What was posted lately, and the campaigns in it."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self._limits = limits
        self._members: OrderedDict[int, Member] = OrderedDict()
        self._by_item: dict[tuple[str, str], int] = {}
        self._keys: dict[str, Key] = {}
        self._groups: dict[str, Group] = {}
        self._known: dict[str, Campaign] = {}
        self._left: dict[str, Campaign] = {}
        self._changed: dict[str, None] = {}
        self._over: list[Campaign] = []
        self._pictures = Pictures()
        self._n_taken = 0
        self._now: datetime | None = None

    def __len__(self) -> int:
        """How many items are kept."""
        return len(self._members)

    @property
    def n_open(self) -> int:
        """How many campaigns are told of and open."""
        return sum(group.is_told for group in self._groups.values())

    def restore(self, campaigns: Iterable[Campaign]) -> None:
        """Has campaigns found again among what is taken from now on keep their ids and counts."""
        for campaign in campaigns:
            if campaign.closed_at is None:
                self._left[campaign.campaign_id] = campaign
                for key in campaign.fingerprints:
                    self._known[key] = campaign

    def take(self, given: Fingerprinted, decide: Decide) -> None:
        """Counts an item; `decide` is asked of those whose campaign means more than before."""
        self._now = given.decided_at if self._now is None else max(self._now, given.decided_at)
        self._expire(self._now)
        name = (given.surface, given.item_id)
        before = self._by_item.get(name)
        if before is not None:
            old = self._members[before]
            known = (old.given.item_revision, old.given.revision)
            if known >= (given.item_revision, given.revision):
                return
            self._forget(before, is_superseded=True)
        joined: dict[str, list[int]] = {}
        for campaign_id, number in self._settled(self._kept(given)):
            joined.setdefault(campaign_id, []).append(number)
        for campaign_id, numbers in joined.items():
            group = self._groups.get(campaign_id)
            if group is not None:
                self._weigh(group, numbers, decide)

    def overdue(self, now: datetime) -> list[Campaign]:
        """Gives, as over, what was restored and not found again in the time it may be quiet."""
        quiet = now - timedelta(seconds=self._limits.quiet_s)
        over = [
            one
            for name, one in self._left.items()
            if name not in self._groups and one.last_seen < quiet
        ]
        for one in over:
            del self._left[one.campaign_id]
        return [structs.replace(one, changed_at=now, closed_at=now) for one in over]

    def changes(self, now: datetime) -> list[Campaign]:
        """Gives the campaigns that changed since they were last given, as they stand."""
        told = [
            self._campaign(self._groups[name], now)
            for name in self._changed
            if name in self._groups and self._groups[name].is_told
        ]
        over, self._over, self._changed = self._over, [], {}
        return [*over, *told]

    def _kept(self, given: Fingerprinted) -> Member:
        self._n_taken += 1
        number = self._n_taken
        own = tuple(dict.fromkeys(map(self._pictures.named, given.fingerprints)))
        member = Member(number, given, own)
        self._members[number] = member
        self._by_item[given.surface, given.item_id] = number
        for key in own:
            self._pictures.keep(key)
            self._keys.setdefault(key, Key()).add(number, given.actor_id)
        return member

    def _settled(self, first: Member) -> Iterator[tuple[str, int]]:
        """Finds the campaigns of an item, and of those that meet in what is new of them.

        Gives each campaign that grew, and the item by which it did.
        """
        waiting = [first]
        while waiting:
            member = waiting.pop()
            hot = [key for key in member.keys if self._is_hot(key)]
            group = self._best(member, hot)
            if group is None or self._is_apart(group, hot):
                left, group = group, self._opened(member, hot)
                waiting += [] if group is None else self._outside(group, group.keys, left)
            if group is None:
                continue
            if member.group is not group and group.join(member):
                yield group.campaign_id, member.number
                self._changed[group.campaign_id] = None
            waiting += self._adopted(group, hot)
            grown = self._merged(group, hot)
            if grown is not None:
                yield grown.campaign_id, member.number

    def _is_hot(self, name: str) -> bool:
        limits = self._limits
        needed = limits.n_actors if kinds.is_strong(name) else limits.n_meeting
        return self._keys[name].n_actors >= needed

    def _best(self, member: Member, hot: Iterable[str]) -> Group | None:
        """The campaign that an item is in, or else the one with which it shares most."""
        if member.group is not None:
            return member.group
        shared: dict[str, int] = {}
        for key in hot:
            group = self._keys[key].group
            if group is not None:
                name = group.campaign_id
                shared[name] = shared.get(name, 0) + kinds.WEIGHTS[kinds.kind_of(key)]
        best = max(shared, key=lambda name: (shared[name], self._groups[name].n_actors), default="")
        return self._groups[best] if best and shared[best] >= ENOUGH else None

    def _is_apart(self, group: Group, hot: Iterable[str]) -> bool:
        """Whether some of an item's fingerprints are of something else than its campaign."""
        free = [key for key in hot if self._keys[key].group is None]
        if kinds.weight(free) < ENOUGH:
            return False
        numbers = dict.fromkeys(number for key in free for number in self._keys[key].members)
        return not _is_alike(group, [self._members[number] for number in numbers])

    def _opened(self, member: Member, hot: Iterable[str]) -> Group | None:
        free = [key for key in hot if self._keys[key].group is None]
        if kinds.weight(free) < ENOUGH or self._now is None:
            return None
        known = next((self._known[key] for key in free if key in self._known), None)
        if known is not None and known.campaign_id in self._groups:
            known = None
        if known is None:
            said = f"{free[0]}\x1f{member.given.surface}\x1f{member.given.item_id}"
            group = Group(str(uuid5(NAMESPACE, said)), self._now)
        else:
            group = Group(known.campaign_id, known.opened_at, known)
        self._groups[group.campaign_id] = group
        self._left.pop(group.campaign_id, None)
        for key in free:
            group.keys[key] = None
            self._keys[key].group = group
        return group

    def _outside(
        self, group: Group, keys: Iterable[str], left: Group | None = None
    ) -> list[Member]:
        """The items with such fingerprints that belong to no campaign and may to this one.

        Those of the campaign `left` leave it.
        """
        numbers = dict.fromkeys(number for key in keys for number in self._keys[key].members)
        found = [
            one
            for one in map(self._members.__getitem__, numbers)
            if (one.group is None or one.group is left)
            and kinds.weight(key for key in one.keys if key in group.keys) >= ENOUGH
        ]
        for one in found:
            if one.group is not None:
                self._changed[one.group.campaign_id] = None
                one.group.leave(one, is_uncounted=True)
                one.group = None
        return found

    def _adopted(self, group: Group, hot: Iterable[str]) -> list[Member]:
        """Takes in fingerprints most of whose items belong; gives those that now belong too."""
        taken: list[str] = []
        for name in hot:
            key = self._keys[name]
            if key.group is not None:
                continue
            own = [self._members[number] for number in key.members]
            n_inside = sum(one.group is group for one in own)
            if n_inside * 2 >= len(own) and _is_alike(group, own):
                key.group = group
                group.keys[name] = None
                taken.append(name)
        return self._outside(group, taken)

    def _merged(self, group: Group, hot: Iterable[str]) -> Group | None:
        """Makes two campaigns one whose items are mostly the same, and gives it."""
        shared: dict[str, int] = {}
        for key in hot:
            other = self._keys[key].group
            if other is not None and other is not group:
                name = other.campaign_id
                shared[name] = shared.get(name, 0) + kinds.WEIGHTS[kinds.kind_of(key)]
        for name, weight in shared.items():
            other = self._groups[name]
            small, large = sorted((group, other), key=lambda one: len(one.members))
            if weight >= ENOUGH:
                is_alike = abs(group.violating_share - other.violating_share) <= ALIKE
                is_one = is_alike and self._is_within(small, large)
            else:
                is_one = any(self._is_telling(key, group, other) for key in hot)
            if is_one:
                kept, gone = sorted(
                    (group, other), key=lambda one: (one.opened_at, one.campaign_id)
                )
                self._merge(kept, gone)
                return kept
        return None

    def _is_within(self, small: Group, large: Group) -> bool:
        """Whether a third of a campaign's items would belong to another as well."""
        numbers = list(small.members)[-MOST_COMPARED:]
        n_both = sum(
            kinds.weight(key for key in self._members[number].keys if key in large.keys) >= ENOUGH
            for number in numbers
        )
        return n_both * 3 >= len(numbers)

    def _is_telling(self, name: str, group: Group, other: Group) -> bool:
        """Whether hardly anybody outside of campaigns has a ticker, and most of these two do."""
        key = self._keys[name]
        if kinds.kind_of(name) != "ticker" or (key.group is not group and key.group is not other):
            return False
        n_of = Cardinality(self._members[number].group for number in key.members)
        n_inside = len(key.members) - n_of[None]
        return n_inside >= len(key.members) * NEARLY_ALL and all(
            n_of[one] >= len(one.members) * NEARLY_ALL for one in (group, other)
        )

    def _merge(self, kept: Group, gone: Group) -> None:
        if gone.is_told and self._now is not None:
            self._over.append(self._campaign(gone, self._now, is_over=True, into=kept.campaign_id))
        kept.absorb(gone)
        for key in gone.keys:
            self._keys[key].group = kept
        for number in gone.members:
            self._members[number].group = kept
        del self._groups[gone.campaign_id]
        self._changed[kept.campaign_id] = None

    def _weigh(self, group: Group, newest: list[int], decide: Decide) -> None:
        """Asks for verdicts on members where the campaign means more than before."""
        if group.n_actors < self._limits.n_actors or self._now is None:
            return
        is_more = group.reach_stage()
        if is_more:
            self._changed[group.campaign_id] = None
        asked = group.members if is_more else newest
        campaign = self._campaign(group, self._now)
        for number in list(asked):
            member = self._members[number]
            if member.said.n >= MOST_REVISIONS or member.group is not group:
                continue
            shared = [key for key in member.keys if key in group.keys]
            features = features_of(campaign, shared, member.given.occurred_at)
            if decide(member.given, features, member.said):
                member.said = Said(features, member.said.n + 1)

    def _campaign(
        self, group: Group, now: datetime, *, is_over: bool = False, into: str | None = None
    ) -> Campaign:
        return group.told(
            sorted(group.keys, key=lambda key: (-kinds.WEIGHTS[kinds.kind_of(key)],
                                                -self._keys[key].n_actors)),
            now, is_over=is_over, into=into,
        )  # fmt: skip

    def _expire(self, now: datetime) -> None:
        oldest = now - timedelta(seconds=self._limits.window_s)
        quiet = now - timedelta(seconds=self._limits.quiet_s)
        for group in [one for one in self._groups.values() if one.last_seen < quiet]:
            if group.is_told:
                self._over.append(self._campaign(group, now, is_over=True))
            for name in group.keys:
                self._keys[name].group = None
                if not self._keys[name].members:
                    del self._keys[name]
            for number in group.members:
                self._members[number].group = None
            del self._groups[group.campaign_id]
        while self._members:
            number, member = next(iter(self._members.items()))
            is_full = len(self._members) > self._limits.max_items
            if member.given.decided_at >= oldest and not is_full:
                break
            self._forget(number)

    def _forget(self, number: int, *, is_superseded: bool = False) -> None:
        member = self._members.pop(number)
        del self._by_item[member.given.surface, member.given.item_id]
        if member.group is not None:
            member.group.leave(member, is_uncounted=is_superseded)
        for name in member.keys:
            self._pictures.forget(name)
            key = self._keys[name]
            key.remove(number, member.given.actor_id)
            if not key.members and key.group is None:
                del self._keys[name]


def _is_alike(group: Group, members: list[Member]) -> bool:
    """Whether as large a share of who posted these violates something as of the campaign's.

    What violates less often is alike too where as many say what detectors mind a little: they miss
    a paraphrase, and what is harmless they do not mind at all. Few may be of one kind by chance.
    """
    found = shares_of(members)
    wanted = group.violating_share
    if wanted - ALIKE <= found.suspect and found.violating <= wanted + ALIKE:
        return True
    k = round(found.n_actors * found.violating)
    if found.n_actors > MOST_BY_CHANCE:
        return False
    share = min(max(wanted, 0.02), 0.98)
    n = found.n_actors
    return math.comb(n, k) * share**k * (1 - share) ** (n - k) >= CHANCE
