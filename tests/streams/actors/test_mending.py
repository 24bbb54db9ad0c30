"""Wrong clocks: records of times that nothing can have had, and states that these spoilt."""

import pytest

from schemas.features import ActorFeatures
from streams.actors.counting import HOUR_MS
from streams.actors.memory import Actors, Expiry
from streams.actors.mending import AHEAD_MS, mended
from streams.actors.state import MAX_ENTRIES, Mark, State, encode, tag_of
from streams.policy import Memory
from tests.streams.actors.samples import BEGIN_MS, NOW_MS, item, record, strike

RULES = Memory()


def sent(actors: Actors, n: int, stamped_ms: int, now_ms: int) -> ActorFeatures:
    return actors.count(record(n, stamped_ms), item(f"m{n}"), RULES, has_link=False, now_ms=now_ms)[
        1
    ]


@pytest.mark.parametrize(
    "stamped_ms",
    [
        BEGIN_MS + 2 * HOUR_MS,
        BEGIN_MS * 1000,
        BEGIN_MS // 1000,
        BEGIN_MS * 10,
        2**63 - 1,
        -1,
        0,
        1,
    ],
)
@pytest.mark.parametrize("bad", [0, 1, 30])
def test_a_record_of_a_wrong_time_spoils_nothing(stamped_ms: int, bad: int) -> None:
    actors = Actors()
    for n in range(400):
        now_ms = BEGIN_MS + n * 1_000
        told = sent(actors, n, stamped_ms if n == bad else now_ms, now_ms)
        assert told.n_seen == n + 1
        # The record of the wrong time itself may be counted in no window, or in another.
        assert n == bad or min(n, 8) <= told.n_10s <= 11
        assert n == bad or told.seen_days < 61
    state = actors.find(0, "u1")
    assert state is not None
    assert state.first_ms + state.last <= now_ms + AHEAD_MS
    assert len(state.tags) == MAX_ENTRIES


def test_what_is_long_past_spoils_nothing_where_only_decisions_are_known() -> None:
    actors = Actors()
    actors.note(strike(), 0, BEGIN_MS + 3 * HOUR_MS, RULES)
    told = sent(actors, 0, BEGIN_MS, NOW_MS)
    assert (told.n_seen, told.n_1h) == (1, 1)
    assert sent(actors, 1, BEGIN_MS + 3 * HOUR_MS, NOW_MS).n_seen == 2


def test_what_was_stamped_ahead_is_known_when_it_comes_again() -> None:
    once, often = Actors(), Actors()
    first = []

    def send(actors: Actors, n: int, now_ms: int) -> ActorFeatures:
        ahead_ms = 2 * HOUR_MS if n % 50 == 1 else 0
        return sent(actors, n, BEGIN_MS + n * 1_000 + ahead_ms, now_ms)

    for n in range(2 * MAX_ENTRIES):
        now_ms = BEGIN_MS + n * 1_000
        first.append(send(once, n, now_ms))
        assert send(often, n, now_ms) == first[n]
        # Delivered again at another time, at which another arrival would be believed.
        for back in range(n + 1 if n % 10 == 0 else 0):
            again = send(often, back, now_ms + 3 * HOUR_MS // 2)
            # Of more items in the hour the oldest are counted by minutes.
            assert n >= MAX_ENTRIES or again == first[back]
    assert often.find(0, "u1") == once.find(0, "u1")


def poisoned(ahead_ms: int) -> State:
    """A state as it was written when every time was believed."""
    times = [BEGIN_MS, BEGIN_MS + ahead_ms]
    return State(
        first_ms=BEGIN_MS, last=ahead_ms, n_seen=2, places=[0, 1, ahead_ms],
        items=[1, 2], rooms=[0, 0], exacts=[0, 0], nears=[0, 0],
        tags=[tag_of(at, 1, has_link=False) for at in times],
        minutes=[times[1] // 60_000, 3, 0],
        marks=[Mark(7, 1, 2, 4, 1.0, times[1])],
    )  # fmt: skip


@pytest.mark.parametrize("ahead_ms", [2 * HOUR_MS, 400 * 365 * 24 * HOUR_MS])
def test_a_spoilt_state_is_mended_when_it_is_read(ahead_ms: int) -> None:
    actors = Actors()
    actors.shelf.put(0, b"u1", encode(poisoned(ahead_ms)))
    told = [sent(actors, n, BEGIN_MS + n * 1_000, BEGIN_MS + n * 1_000) for n in range(2, 300)]
    assert [one.n_seen for one in told] == list(range(3, 301))
    assert told[5].n_10s == 8
    assert told[-1].strikes == 1.0
    state = actors.find(0, "u1")
    assert state is not None
    assert state.first_ms + state.last == BEGIN_MS + 299_000


def test_a_state_that_began_ahead_begins_when_it_is_mended() -> None:
    spoilt = poisoned(0)
    now_ms = BEGIN_MS - HOUR_MS
    whole = mended(spoilt, now_ms)
    assert (whole.first_ms, whole.last, whole.minutes) == (now_ms, 0, [])
    # Its place in the topic is still the record's time.
    assert whole.places[2] + whole.first_ms == BEGIN_MS
    assert mended(whole, now_ms) is whole
    assert mended(spoilt, BEGIN_MS) is spoilt


def test_a_spoilt_state_of_a_silent_actor_does_not_stay_for_ever() -> None:
    actors = Actors()
    expiry = Expiry(silent_s=86_400.0, strike_s=86_400.0)
    actors.shelf.put(0, b"u1", encode(poisoned(400 * 365 * 24 * HOUR_MS)))
    changed, _ = actors.expire(0, None, BEGIN_MS + HOUR_MS, expiry)
    assert changed == [(0, "u1")]
    assert actors.find(0, "u1") is not None
    actors.expire(0, None, BEGIN_MS + 26 * HOUR_MS, expiry)
    assert actors.find(0, "u1") is None
