"""What actors wrote last: order, gaps, redelivery, edits, bounds."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from detectors.text.normaliser.messages import MAX_GAP_S, MAX_MESSAGES
from schemas.content import Item, TextPart
from streams.recent import Recent, Run, place_of

from .samples import NOW, item


def sent(
    text: str, number: int, *, at_s: float | None = None, actor: str = "a-1", **fields: object
) -> Item:
    """The item `m-<number>` of an actor, a second after the one before."""
    room = {"room_id": fields.pop("room", "r-1")}
    return item(
        item_id=f"m-{number}",
        actor_id=actor,
        created_at=NOW + timedelta(seconds=number if at_s is None else at_s),
        texts=(TextPart(name="text", text=text),) if text else (),
        context=room,
        **fields,
    )


def chat(*texts: str) -> list[Item]:
    return [sent(text, number) for number, text in enumerate(texts)]


def said(run: Run | None) -> str | None:
    return None if run is None else run.joined[0].text


def last(recent: Recent, *items: Item) -> str | None:
    return said(recent.runs(items)[-1])


def test_an_item_is_read_with_those_before_it() -> None:
    runs = Recent().runs(chat("send me", "your seed", "phrase"))
    assert [said(run) for run in runs] == [None, "send me your seed", "send me your seed phrase"]
    assert runs[2] is not None
    assert (runs[2].item_ids, runs[2].own) == (("m-0", "m-1", "m-2"), 2)


def test_letters_have_two_readings() -> None:
    run = Recent().runs(chat(*"wallet"))[-1]
    assert run is not None
    assert [one.text for one in run.joined] == ["w a l l e t", "wallet"]


def test_actors_and_rooms_are_apart() -> None:
    recent = Recent()
    recent.runs([sent("send", 0)])
    assert last(recent, sent("me", 1, actor="a-2")) is None
    assert last(recent, sent("me", 2, room="r-2")) is None
    assert last(recent, sent("me", 3)) == "send me"


def test_only_chatroom_items_are_kept() -> None:
    recent = Recent()
    assert place_of(sent("gm", 0, surface="square")) is None
    assert place_of(item(context={})) is None
    recent.runs([sent("gm", 0, surface="ai"), item(context={}), sent("", 1)])
    assert len(recent) == 0


def test_a_silence_ends_a_run_whichever_way_the_clock_goes() -> None:
    for at_s in (MAX_GAP_S + 0.5, -MAX_GAP_S - 0.5):
        recent = Recent()
        assert last(recent, sent("send", 0), sent("me", 1, at_s=at_s)) is None
        assert last(recent, sent("your", 2, at_s=at_s + 1)) == "me your"
    assert last(Recent(), sent("send", 0), sent("me", 1, at_s=MAX_GAP_S)) == "send me"


def test_a_long_text_ends_a_run() -> None:
    long = "This is a whole text by itself, and says all."
    assert last(Recent(), *chat("send", long, "me")) is None
    assert last(Recent(), *chat("send", long)) == f"send {long}"


def test_pictures_alone_do_not_end_a_run() -> None:
    assert last(Recent(), *chat("send", "", "me")) == "send me"


def test_an_item_that_is_delivered_again_is_read_as_the_first_time() -> None:
    recent = Recent()
    items = chat("send", "me", "your", "seed")
    first = recent.runs(items)
    assert recent.runs(items) == first
    assert recent.runs([items[1]]) == [first[1]]
    assert len(recent) == 4
    assert last(recent, sent("phrase", 4)) == "send me your seed phrase"


def test_an_edited_text_stands_where_it_stood() -> None:
    recent = Recent()
    recent.runs(chat("send me", "hi all", "phrase"))
    edit = sent("your seed", 1, at_s=9, revision=2)
    (run,) = recent.runs([edit])
    assert said(run) == "send me your seed phrase"
    assert run is not None
    assert run.own == 1
    assert recent.runs([edit]) == [run]
    assert last(recent, sent("now", 3)) == "send me your seed phrase now"
    assert len(recent) == 4


def test_an_older_revision_changes_nothing() -> None:
    recent = Recent()
    recent.runs([sent("send", 0), sent("it", 1, revision=1), sent("me", 1, revision=2)])
    recent.runs([sent("it", 1, revision=1)])
    assert last(recent, sent("all", 2)) == "send me all"


def test_a_text_edited_away_is_left_out_and_can_come_back() -> None:
    recent = Recent()
    recent.runs(chat("send", "hi", "me"))
    assert recent.runs([sent("", 1, revision=2)]) == [None]
    assert last(recent, sent("all", 3)) == "send me all"
    assert last(recent, sent("now", 1, revision=3)) == "send now me all"


def test_an_edit_of_what_is_not_kept_breaks_no_run() -> None:
    recent = Recent()
    recent.runs(chat("send me"))
    assert recent.runs([sent("hi", 99, at_s=-900, revision=2)]) == [None]
    assert last(recent, sent("your seed", 1)) == "send me your seed"


def test_an_edit_far_from_the_latest_is_read_with_its_neighbours() -> None:
    recent = Recent()
    recent.runs([*chat("send me", "hi", "phrase"), sent("gm", 3, at_s=500)])
    recent.runs([sent(f"number {n}", 10 + n, at_s=501 + n) for n in range(9)])
    assert last(recent, sent("your seed", 1, revision=2)) == "send me your seed phrase"


def test_an_edited_text_is_read_with_no_more_than_so_many_behind_it() -> None:
    recent = Recent()
    recent.runs(chat("send me", "hi", *["nothing to be seen here"] * 30))
    text = last(recent, sent("your seed", 1, revision=2)) or ""
    assert text.startswith("send me your seed nothing")
    assert len(text) < 250


def test_a_run_that_ended_is_not_read_with_what_follows() -> None:
    recent = Recent()
    items = chat("send me", "your seed", "phrase", "send me", "your seed")
    first = recent.runs(items[:3])
    recent.end(items[2])
    assert said(recent.runs([items[3]])[0]) is None
    assert last(recent, items[4]) == "send me your seed"
    assert recent.runs(items[:3]) == first
    recent.end(sent("never seen", 77))
    recent.end(item(context={}))


def test_so_many_texts_of_a_place_are_kept() -> None:
    recent = Recent()
    recent.runs(chat(*["a"] * (MAX_MESSAGES + 9)))
    assert len(recent) == MAX_MESSAGES


def test_the_places_that_were_quiet_longest_go_first() -> None:
    recent = Recent(4)
    recent.runs([sent("send", 0), sent("send", 1, actor="a-2"), sent("me", 2)])
    recent.runs([sent("x", 3, actor="a-3"), sent("y", 4, actor="a-3")])
    assert len(recent) == 4
    assert last(recent, sent("me", 5, actor="a-2")) is None
    assert len(recent) <= 4


def test_none_are_kept_where_none_are_wanted() -> None:
    recent = Recent(0)
    assert recent.runs(chat("send", "me")) == [None, None]
    assert len(recent) == 0


texts = st.sampled_from(["send", "me", "", " gm ", "x", "a text that is longer than a piece is"])
items_ = st.lists(
    st.builds(
        lambda text, n, actor, revision, at_s: sent(
            text, n, actor=actor, revision=revision, at_s=at_s
        ),
        texts,
        st.integers(0, 6),
        st.sampled_from(["a-1", "a-2"]),
        st.integers(1, 3),
        st.integers(-90, 90),
    ),
    max_size=30,
)


@given(items_, st.integers(1, 12))
def test_how_items_are_spread_over_calls_does_not_matter(items: list[Item], n_most: int) -> None:
    one, other = Recent(n_most), Recent(n_most)
    together = one.runs(items)
    assert together == [other.runs([entry])[0] for entry in items]
    assert len(one) == len(other) <= n_most
    for entry, run in zip(items, together, strict=True):
        if run is not None:
            assert run.item_ids[run.own] == entry.item_id
            assert all(joined.first <= run.own for joined in run.joined)
