"""Counting an actor's items and what rules may ask of them. Pure.

Windows end at an item's own arrival, by Kafka's time, and hold what was counted before it: an item
that is delivered again gets the counts of the first time, and counts no more.
"""

from bisect import bisect_left
from typing import Final

from msgspec import Struct, structs

from schemas.accounts import Account
from schemas.features import UNKNOWN, ActorFeatures
from streams.actors.marks import weights
from streams.actors.state import (
    HAS_LINK,
    IS_LATER,
    MAX_ENTRIES,
    MINUTE_MS,
    REVISION_MAX,
    State,
    arrival_ms,
    revision_of,
    tag_of,
    until,
)
from streams.fingerprints import NEAR_BITS
from streams.policy import Memory

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
KEEP_MS: Final = HOUR_MS + 15 * MINUTE_MS
"""An hour, and how much later an item may be delivered again and still find its own hour."""
DIGITS: Final = 4


class Arrival(Struct, frozen=True, kw_only=True, gc=False):
    """An item as it arrives: what is counted of it. Hashes are 0 where there is nothing to hash."""

    topic: int
    """The number of the topic that it came from."""
    offset: int
    at_ms: int
    """When it arrived, as far as its record's time can be believed."""
    stamped_ms: int | None = None
    """Its record's time, whatever that is; None where it is `at_ms`."""
    identity: int
    """64 bits of the hash of its surface and id."""
    item: int
    """32 bits of that."""
    revision: int
    room: int = 0
    exact: int = 0
    near: int = 0
    has_link: bool = False
    is_chunk: bool = False
    """A streamed chunk behind the first: no item of its own, and it leaves no entry."""


class Seen(Struct, frozen=True, gc=False):
    """What an item finds of its actor: so many entries count for it, so many items were seen."""

    n_entries: int
    n_seen: int


def as_counted(state: State, arrival: Arrival) -> Arrival:
    """Gives an arrival as it was counted: what is delivered again arrived when it first did."""
    own = None if arrival.is_chunk else _find(state, arrival)
    if own is None:
        return arrival
    return structs.replace(arrival, at_ms=arrival_ms(state.tags[own]))


def count(state: State, arrival: Arrival) -> tuple[Seen, bool]:
    """Counts an item in its actor's state; gives what counts for it, and if the state changed."""
    own = None if arrival.is_chunk else _find(state, arrival)
    was_counted = _advance(state, arrival, is_known=own is not None)
    if own is not None:
        n_after = sum(not tag & IS_LATER for tag in state.tags[own + 1 :])
        return Seen(own + 1, state.n_seen - n_after), not was_counted
    if was_counted:
        # Delivered again, and its entry is gone: what arrived before it counts, as near as can be.
        return _by_time(state, arrival.at_ms), False
    at_ms, revision = arrival.at_ms, arrival.revision
    if not state.first_ms:
        state.first_ms = at_ms
    state.last = max(state.last, at_ms - state.first_ms)
    if arrival.is_chunk:
        return _by_time(state, arrival.at_ms), True
    state.n_seen += revision == 1
    state.items.append(arrival.item)
    state.rooms.append(arrival.room)
    state.exacts.append(arrival.exact)
    state.nears.append(arrival.near)
    state.tags.append(tag_of(at_ms, revision, has_link=arrival.has_link))
    _bound(state)
    return Seen(len(state.tags), state.n_seen), True


def _by_time(state: State, at_ms: int) -> Seen:
    """What counts for an item that has no entry: what arrived no later."""
    last = until(at_ms)
    n_after = sum(tag > last and not tag & IS_LATER for tag in state.tags)
    return Seen(len(state.tags), state.n_seen - n_after)


def _find(state: State, arrival: Arrival) -> int | None:
    """The item's own entry, where it has one."""
    if arrival.item not in state.items:
        return None
    revision = min(arrival.revision, REVISION_MAX)
    pairs = enumerate(zip(state.items, state.tags, strict=True))
    found = (n for n, (item, tag) in pairs if item == arrival.item and revision_of(tag) == revision)
    return next(found, None)


def _advance(state: State, arrival: Arrival, *, is_known: bool) -> bool:
    """Notes a record's place; whether it, or a later one of its topic, was counted already.

    A topic that was made anew begins at 0 again, but with later records. What is later is told by
    the records' own times, which are the same at each delivery. An item whose entry is there never
    sets a topic back.
    """
    stamped = arrival.at_ms if arrival.stamped_ms is None else arrival.stamped_ms
    latest = stamped - (state.first_ms or arrival.at_ms)
    places = state.places
    for n in range(0, len(places), 3):
        if places[n] == arrival.topic:
            if arrival.offset <= places[n + 1] and (is_known or latest <= places[n + 2]):
                return True
            places[n + 1] = arrival.offset
            places[n + 2] = max(places[n + 2], latest)
            return False
    places += (arrival.topic, arrival.offset, latest)
    return False


def _bound(state: State) -> None:
    """Lets go what is older than `KEEP_MS`, and counts by minutes what is too much.

    Never the last, the item itself, however old it is.
    """
    tags = state.tags
    oldest_ms = state.first_ms + state.last - KEEP_MS
    n_gone = 0
    while n_gone < len(tags) - 1 and arrival_ms(tags[n_gone]) < oldest_ms:
        n_gone += 1
    while len(tags) - n_gone > MAX_ENTRIES:
        tag = tags[n_gone]
        n_gone += 1
        if not tag & IS_LATER:
            _count_minute(state.minutes, arrival_ms(tag) // MINUTE_MS, tag & HAS_LINK)
    if n_gone:
        for column in (state.items, state.rooms, state.exacts, state.nears, tags):
            del column[:n_gone]
    while state.minutes and (state.minutes[0] + 1) * MINUTE_MS <= oldest_ms:
        del state.minutes[:3]


def _count_minute(minutes: list[int], minute: int, n_links: int) -> None:
    at = 3 * bisect_left(minutes[::3], minute)
    if at == len(minutes) or minutes[at] != minute:
        minutes[at:at] = (minute, 0, 0)
    minutes[at + 1] += 1
    minutes[at + 2] += n_links


def features(
    state: State, seen: Seen, arrival: Arrival, account: Account | None, rules: Memory
) -> ActorFeatures:
    """Gives what rules may ask of an item's actor, as it stands with that item."""
    at_ms = arrival.at_ms
    columns = _within(state, seen.n_entries, at_ms)
    tags = [tag for tag in columns.tags if not tag & IS_LATER]
    last_1m, last_10s = until(at_ms - MINUTE_MS), until(at_ms - 10_000)
    latest = [tag for tag in tags if tag > last_1m]
    n_1m, n_1h = len(latest), len(tags)
    n_links = len([tag for tag in tags if tag & HAS_LINK])
    if state.minutes:
        n_1m, n_1h, n_links = _with_minutes(state.minutes, at_ms, n_1m, n_1h, n_links)
    repeats, near_repeats = _repeats(columns, arrival)
    violations = strikes = 0.0
    if state.marks or state.sums:
        violations, strikes = weights(state, arrival.identity, arrival.revision, at_ms, rules)
    return ActorFeatures(
        n_10s=len([tag for tag in latest if tag > last_10s]),
        n_1m=n_1m,
        n_1h=n_1h,
        n_repeats_1h=repeats,
        n_near_repeats_1h=near_repeats,
        link_share_1h=round(n_links / n_1h, DIGITS) if n_links else 0.0,
        n_rooms_1h=len({*columns.rooms} - _NO_ROOM),
        n_seen=seen.n_seen,
        seen_days=round(max(0, at_ms - (state.first_ms or at_ms)) / DAY_MS, DIGITS),
        account_days=account_days(account, at_ms),
        standing="ordinary" if account is None else account.standing,
        violations=violations,
        strikes=strikes,
    )


_NO_ROOM: Final = frozenset({0})


def _within(state: State, n: int, at_ms: int) -> State:
    """The first `n` entries, those of the hour before: mostly all."""
    tags = state.tags
    begin, end = until(at_ms - HOUR_MS), until(at_ms)
    if n == len(tags) and (not n or (begin < min(tags) and max(tags) <= end)):
        return state
    kept = [at for at, tag in enumerate(tags[:n]) if begin < tag <= end]
    return State(
        items=[state.items[at] for at in kept],
        rooms=[state.rooms[at] for at in kept],
        exacts=[state.exacts[at] for at in kept],
        nears=[state.nears[at] for at in kept],
        tags=[tags[at] for at in kept],
    )


def _repeats(columns: State, arrival: Arrival) -> tuple[int, int]:
    """How many other items say the same, and nearly the same."""
    exact, near = arrival.exact, arrival.near
    if not exact:
        return 0, 0
    own = {arrival.item}
    same: set[int] = set()
    if exact in columns.exacts:
        pairs = zip(columns.items, columns.exacts, strict=True)
        same = {item for item, one in pairs if one == exact} - own
    if not near:
        return len(same), len(same)
    close = [at for at, one in enumerate(columns.nears) if (one ^ near).bit_count() <= NEAR_BITS]
    like = {columns.items[at] for at in close if columns.nears[at]} - own
    return len(same), len(same | like)


def _with_minutes(
    minutes: list[int], at_ms: int, n_1m: int, n_1h: int, n_links: int
) -> tuple[int, int, int]:
    """Adds what is counted by minutes: to the hour's what may be in it, to the minute's what is."""
    for at in range(0, len(minutes), 3):
        begin_ms = minutes[at] * MINUTE_MS
        if begin_ms <= at_ms < begin_ms + HOUR_MS + MINUTE_MS:
            n_1h += minutes[at + 1]
            n_links += minutes[at + 2]
            if begin_ms >= at_ms - MINUTE_MS:
                n_1m += minutes[at + 1]
    return n_1m, n_1h, n_links


def account_days(account: Account | None, at_ms: int) -> float:
    """Gives the days since an account was made; `UNKNOWN` where nobody told, 0 where it is new."""
    if account is None or account.created_at is None:
        return UNKNOWN
    age_ms = at_ms - account.created_at.timestamp() * 1000
    return round(max(0.0, age_ms) / DAY_MS, DIGITS)
