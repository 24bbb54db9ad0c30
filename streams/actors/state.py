"""An actor's state: what is remembered of one actor, and how it is written. Pure.

Written it has some 40 bytes, 30 to 37 more for each item of the last hour, at most about 5 KB.
"""

from typing import Final

import msgspec
from msgspec import Struct

FORMAT: Final = 1
"""First number of each written state; another one is not read."""
MAX_ENTRIES: Final = 64
"""Latest items of which each is known by itself; older ones of the hour are counted by minutes."""
MAX_STRIKES: Final = 32
"""Decisions whose strike counts, each known by itself; of more the oldest are added up."""
MAX_MARKS: Final = 32
"""Other decisions, each known by itself."""
MAX_GUARDS: Final = 16
"""Of these, reversals that go last."""
MAX_SUMS: Final = 8
"""Sums of strikes, by when they expire."""
REVISION_MAX: Final = 0xFFFF
MINUTE_MS: Final = 60_000
MAX_MS: Final = 1 << 53
"""Beyond any time that was ever written, of a clock however wrong."""

HAS_LINK: Final = 1
IS_LATER: Final = 2
"""Flags of a tag: the item holds a link; it is a later revision of one."""
_REVISION_AT: Final = 4
_TIME_AT: Final = 20


class Mark(Struct, array_like=True, frozen=True, gc=False):
    """An item of the actor that a final verdict or a person decided on.

    With action `allow` and no strike it is no violation: kept so that what was decided before and
    arrives later does not count. `rank` orders decisions on a revision, a person's is the highest.
    """

    item: int
    """64 bits of the hash of its surface and id."""
    revision: int
    """The item's; 0 is any."""
    rank: int
    action: int
    """Its place in `schemas.labels.ACTIONS`."""
    strike: float
    noted_ms: int
    """When it began to count, in Kafka's time."""
    labels: int = 0
    """Bits of the labels of the reasons that weighed; 0 where one had none, or nobody told. Of a
    reversal by a label those that do not hold; 0 is all."""


class Sum(Struct, array_like=True, frozen=True, gc=False):
    """Decisions that were too many to be known each: violations of an action, or strikes."""

    action: int
    """0 where it is strikes."""
    n: float
    """So many violations of that action, as they had faded at `noted_ms`."""
    strike: float
    noted_ms: int


class State(Struct, array_like=True, gc=False):
    """All that is remembered of an actor.

    The lists from `items` to `tags` have a value for each entry, in the order of counting: an item,
    or a later revision of one. Hashes are 0 where there is nothing to hash.
    """

    format: int = FORMAT
    first_ms: int = 0
    """Arrival of the first item remembered."""
    last: int = 0
    """The latest arrival, milliseconds after `first_ms`."""
    n_seen: int = 0
    places: list[int] = []
    """By topic read, three numbers: the topic's, the highest offset counted, the latest arrival in
    milliseconds after `first_ms`."""
    items: list[int] = []
    """32 bits of the hash of an item's surface and id."""
    rooms: list[int] = []
    exacts: list[int] = []
    nears: list[int] = []
    tags: list[int] = []
    """`tag_of` arrival, revision and flags."""
    minutes: list[int] = []
    """By minute of items that are no more among the entries: minute, items, those with links."""
    marks: list[Mark] = []
    sums: list[Sum] = []


_DECODER: Final = msgspec.msgpack.Decoder(State)
encode: Final = msgspec.msgpack.Encoder().encode
"""Gives a state as it is written."""


def decode(written: bytes) -> State | None:
    """Gives the state; None where it is none of this format, and must be begun anew."""
    try:
        state = _DECODER.decode(written)
    except (msgspec.MsgspecError, RecursionError):
        return None
    n = len(state.tags)
    columns = state.items, state.rooms, state.exacts, state.nears
    is_whole = all(len(column) == n for column in columns)
    is_sound = is_whole and not (len(state.places) % 3 or len(state.minutes) % 3)
    has_times = 0 <= state.first_ms <= MAX_MS and abs(state.last) <= MAX_MS
    return state if state.format == FORMAT and is_sound and has_times else None


def tag_of(at_ms: int, revision: int, *, has_link: bool) -> int:
    """Gives arrival, revision and flags as one number; numbers are in the order of arrival."""
    flags = HAS_LINK * has_link | IS_LATER * (revision > 1)
    return at_ms << _TIME_AT | min(revision, REVISION_MAX) << _REVISION_AT | flags


def moved(tag: int, at_ms: int) -> int:
    """Gives a tag with another arrival."""
    return at_ms << _TIME_AT | tag & (1 << _TIME_AT) - 1


def until(at_ms: int) -> int:
    """Gives the highest tag of that arrival."""
    return (at_ms + 1 << _TIME_AT) - 1


def arrival_ms(tag: int) -> int:
    """Gives when a tagged entry arrived."""
    return tag >> _TIME_AT


def revision_of(tag: int) -> int:
    """Gives a tagged entry's revision, at most `REVISION_MAX`."""
    return tag >> _REVISION_AT & REVISION_MAX
