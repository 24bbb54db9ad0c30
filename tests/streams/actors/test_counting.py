"""What is counted of an actor: like a plain reading of all its items, and each item but once."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from schemas.accounts import Account
from schemas.features import UNKNOWN, ActorFeatures
from schemas.topics import PRODUCT_TOPICS
from streams.actors.counting import HOUR_MS, account_days
from streams.actors.memory import Actors
from streams.actors.state import MAX_ENTRIES, decode, encode
from streams.policy import Memory
from tests.streams.actors.samples import BEGIN_MS, NOW_MS, item, record

RULES = Memory()
TEXTS = (
    "",
    "gm",
    "send one coin to this wallet and get two back before midnight, only today friends",
    "send one coin to this wallet and get two back before midnight, only now friends",
    "what a wonderful morning for coffee and charts, is it not",
)


class Post(Struct, frozen=True):
    at_ms: int
    name: int
    revision: int
    text: str
    has_link: bool
    room: str
    topic: int


posts = st.lists(
    st.builds(
        Post,
        st.integers(0, 3 * HOUR_MS).map(lambda n: BEGIN_MS + n),
        st.integers(0, 1_000_000),
        st.sampled_from((1, 1, 1, 2, 3)),
        st.sampled_from(TEXTS),
        st.booleans(),
        st.sampled_from(("lobby", "whales", "memes")),
        st.integers(0, 3),
    ),
    max_size=MAX_ENTRIES - 4,
    unique_by=lambda one: (one.name, one.revision),
)


def count(actors: Actors, post: Post, offset: int) -> ActorFeatures:
    topic = PRODUCT_TOPICS[post.topic].name
    given_item = item(str(post.name), post.text, revision=post.revision, room=post.room)
    given_record = record(offset, post.at_ms, topic=topic)
    return actors.count(given_record, given_item, RULES, has_link=post.has_link, now_ms=NOW_MS)[1]


def plainly(before: Sequence[Post], own: Post) -> dict[str, float]:
    """Counts by reading all items again; `before` holds the item itself."""
    hour = [one for one in before if own.at_ms - HOUR_MS < one.at_ms <= own.at_ms]
    items = [one for one in hour if one.revision == 1]
    others = [one for one in hour if one.name != own.name]
    same = {one.name for one in others if own.text and one.text == own.text}
    return {
        "n_10s": sum(own.at_ms - one.at_ms < 10_000 for one in items),
        "n_1m": sum(own.at_ms - one.at_ms < 60_000 for one in items),
        "n_1h": len(items),
        "n_repeats_1h": len(same),
        "link_share_1h": round(sum(o.has_link for o in items) / len(items), 4) if items else 0.0,
        "n_rooms_1h": len({one.room for one in hour}),
        "n_seen": sum(one.revision == 1 for one in before),
    }


@given(posts)
def test_counts_are_those_of_a_plain_reading(found: list[Post]) -> None:
    found.sort(key=lambda one: one.at_ms)
    actors = Actors()
    for n, post in enumerate(found):
        told = count(actors, post, n)
        expected = plainly(found[: n + 1], post)
        assert {name: getattr(told, name) for name in expected} == expected
        assert told.n_near_repeats_1h >= told.n_repeats_1h


@given(posts, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=4))
@settings(max_examples=60)
def test_what_is_delivered_again_is_told_as_the_first_time_and_counts_once(
    found: list[Post], stretches: list[tuple[int, int]]
) -> None:
    found.sort(key=lambda one: one.at_ms)
    found = [one for one in found if found[-1].at_ms - one.at_ms < 10 * 60_000]
    once, often = Actors(), Actors()
    first = [count(once, post, n) for n, post in enumerate(found)]
    backs = {begin + n: begin for begin, n in stretches}
    for n, post in enumerate(found):
        assert count(often, post, n) == first[n]
        # A crash after so many: all from an earlier commit on come again.
        for again in range(backs.get(n, n), n):
            assert count(often, found[again], again) == first[again]
    assert often.find(0, "u1") == once.find(0, "u1")


@given(st.integers(1, 400), st.integers(1, 2_000))
@settings(max_examples=30)
def test_a_busy_actor_takes_bounded_room_and_its_hour_is_counted(n: int, gap_ms: int) -> None:
    actors = Actors()
    for at in range(n):
        told = actors.count(
            record(at, BEGIN_MS + at * gap_ms),
            item(str(at), TEXTS[2]),
            RULES,
            has_link=True,
            now_ms=NOW_MS,
        )[1]
    state = actors.find(0, "u1")
    assert state is not None
    assert len(state.tags) <= MAX_ENTRIES
    assert len(encode(state)) < 5_000
    assert told.n_seen == n
    # By minutes, what is older than the entries: the hour's first minute may be a part too many.
    assert n <= told.n_1h or gap_ms * n > HOUR_MS
    assert told.n_10s == min(n, MAX_ENTRIES, -(-10_000 // gap_ms))
    assert told.link_share_1h == 1.0


def test_a_busy_actors_items_count_once_when_their_entries_are_gone() -> None:
    actors = Actors()
    n = 10 * MAX_ENTRIES

    def send(at: int) -> ActorFeatures:
        return actors.count(
            record(at, BEGIN_MS + at * 50), item(str(at)), RULES, has_link=False, now_ms=NOW_MS
        )[1]

    for at in range(n):
        send(at)
    before = actors.find(0, "u1")
    for at in range(n):
        send(at)
    assert actors.find(0, "u1") == before
    assert send(n).n_seen == n + 1


def test_the_same_event_sent_twice_counts_once() -> None:
    actors = Actors()
    for offset in (5, 9):
        told = actors.count(
            record(offset, BEGIN_MS + offset), item("m1"), RULES, has_link=False, now_ms=NOW_MS
        )[1]
        assert (told.n_seen, told.n_1h) == (1, 1)


def test_a_topic_made_anew_begins_at_0_and_counts() -> None:
    actors = Actors()
    actors.count(record(500, BEGIN_MS), item("m1"), RULES, has_link=False, now_ms=NOW_MS)
    told = actors.count(
        record(0, BEGIN_MS + 5_000), item("m2"), RULES, has_link=False, now_ms=NOW_MS
    )[1]
    assert told.n_seen == 2
    again = actors.count(
        record(0, BEGIN_MS + 5_000), item("m2"), RULES, has_link=False, now_ms=NOW_MS
    )[1]
    assert again == told


def test_an_edit_is_no_item_but_its_text_counts_for_repeats() -> None:
    actors = Actors()
    actors.count(record(0, BEGIN_MS), item("m1", TEXTS[4]), RULES, has_link=False, now_ms=NOW_MS)
    edited = item("m1", TEXTS[2], revision=2)
    told = actors.count(record(1, BEGIN_MS + 1), edited, RULES, has_link=False, now_ms=NOW_MS)[1]
    assert (told.n_seen, told.n_1h, told.n_repeats_1h) == (1, 1, 0)
    other = item("m2", TEXTS[2])
    told = actors.count(record(2, BEGIN_MS + 2), other, RULES, has_link=False, now_ms=NOW_MS)[1]
    assert (told.n_seen, told.n_1h, told.n_repeats_1h) == (2, 2, 1)


def test_nearly_the_same_text_is_a_near_repeat() -> None:
    actors = Actors()
    actors.count(record(0, BEGIN_MS), item("m1", TEXTS[2]), RULES, has_link=False, now_ms=NOW_MS)
    told = actors.count(
        record(1, BEGIN_MS + 1), item("m2", TEXTS[3]), RULES, has_link=False, now_ms=NOW_MS
    )[1]
    assert (told.n_repeats_1h, told.n_near_repeats_1h) == (0, 1)


def test_case_and_space_make_no_difference_to_short_texts() -> None:
    actors = Actors()
    actors.count(
        record(0, BEGIN_MS), item("m1", "To  the MOON"), RULES, has_link=False, now_ms=NOW_MS
    )
    told = actors.count(
        record(1, BEGIN_MS + 1), item("m2", "to the moon"), RULES, has_link=False, now_ms=NOW_MS
    )
    assert told[1].n_repeats_1h == 1


def test_age_of_accounts() -> None:
    made = datetime.fromtimestamp(BEGIN_MS / 1000 - 43_200, UTC)
    assert account_days(Account(created_at=made), BEGIN_MS) == 0.5
    assert account_days(Account(created_at=made), BEGIN_MS - 10**9) == 0.0
    assert account_days(Account(), BEGIN_MS) == account_days(None, BEGIN_MS) == UNKNOWN


@given(st.binary(max_size=64))
def test_whatever_is_read_as_a_state_is_one_or_none(written: bytes) -> None:
    state = decode(written)
    assert state is None or decode(encode(state)) == state
