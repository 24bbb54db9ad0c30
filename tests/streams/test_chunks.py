"""Chunks of streamed responses: windows, order, redelivery, edits, what goes on, bounds."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.content import Item, TextPart
from schemas.signals import Signal
from streams.chunks import DONE_S, MAX_CHARACTERS, MAX_MARKS, OPEN_S, Chunks, stream_of
from streams.decide import Judged
from streams.windows import Window

from .samples import item

BAD = Signal(label="scam", score=0.9, detector="text.x@1", part="response")


def chunk(text: str, number: int, *, last: bool = False, **fields: object) -> Item:
    """Chunk `number` of generation `g`."""
    generation = str(fields.pop("generation", "g"))
    return item(
        item_id=f"{generation}#{number}",
        surface="ai",
        texts=(TextPart(name="response", text=text),) if text.strip() else (),
        context={"generation_id": generation, "sequence": number, "is_last": last},
        **fields,
    )


def stream(*texts: str) -> list[Item]:
    return [chunk(text, number) for number, text in enumerate(texts)]


def said(window: Window | None) -> str | None:
    return None if window is None else window.joined[0].text


def last(chunks: Chunks, *items: Item) -> str | None:
    return said(chunks.windows(items)[-1])


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_chunk_is_read_with_those_before_it() -> None:
    windows = Chunks(99_999).windows(stream("send ", "your ", "seed"))
    assert [said(one) for one in windows] == [None, "send your ", "send your seed"]
    assert windows[2] is not None
    assert (windows[2].item_ids, windows[2].own) == (("g#0", "g#1", "g#2"), 2)


def test_only_chunks_are_kept() -> None:
    whole = item(surface="ai", context={"generation_id": "g"})
    assert stream_of(whole) is None
    assert stream_of(item(context={"sequence": 1, "generation_id": "g"})) is None
    chunks = Chunks(99_999)
    assert chunks.windows([whole, item()]) == [None, None]
    assert len(chunks) == 0
    chunks.settle(whole, [BAD], is_end=True)
    assert chunks.carried(whole) == []
    assert chunks.context(whole, b"") is None


def test_actors_and_generations_are_apart() -> None:
    chunks = Chunks(99_999)
    chunks.windows(stream("send "))
    assert last(chunks, chunk("me", 1, actor_id="a-9")) is None
    assert last(chunks, chunk("me", 1, generation="h")) is None
    assert last(chunks, chunk("me", 1)) == "send me"


def test_a_blank_chunk_is_a_space() -> None:
    assert last(Chunks(99_999), *stream("send", " ", "me")) == "send me"
    assert last(Chunks(99_999), *stream("send", " ")) is None


def test_a_chunk_that_is_delivered_again_is_read_as_the_first_time() -> None:
    chunks = Chunks(99_999)
    items = stream("a ", "b ", "c ", "d ")
    first = chunks.windows(items)
    assert chunks.windows(items) == first
    assert chunks.windows([items[1]]) == [first[1]]
    assert last(chunks, chunk("e", 4)) == "a b c d e"


def test_a_chunk_that_comes_late_is_read_amid_the_others() -> None:
    chunks = Chunks(99_999)
    assert last(chunks, chunk("a ", 0), chunk("c ", 2)) == "a  c "
    assert last(chunks, chunk("b ", 1)) == "a b c "
    assert last(chunks, chunk("d ", 3)) == "a b c d "
    assert last(chunks, chunk("c ", 2)) == "a  c "


def test_a_higher_revision_takes_its_place() -> None:
    chunks = Chunks(99_999)
    chunks.windows(stream("a ", "b ", "c "))
    assert last(chunks, chunk("x ", 1, revision=2)) == "a x c "
    assert last(chunks, chunk("b ", 1)) == "a b c "
    assert last(chunks, chunk("d ", 3)) == "a x c d "


def test_no_window_reaches_past_a_chunk_that_ended_it() -> None:
    chunks = Chunks(99_999)
    items = stream("a ", "b ", "c ", "d ")
    chunks.windows(items[:2])
    chunks.settle(items[1], [BAD], is_end=True)
    assert last(chunks, items[2]) is None
    assert last(chunks, items[3]) == "c d "
    assert last(chunks, items[1]) == "a b "


def test_what_fired_goes_on_to_later_chunks_alone() -> None:
    chunks = Chunks(99_999)
    items = stream("a ", "b ", "c ")
    chunks.windows(items)
    chunks.settle(items[1], [BAD], is_end=True)
    assert [chunks.carried(one) for one in items[:2]] == [[], []]
    (mark,) = chunks.carried(items[2])
    assert (mark.sequence, mark.signals) == (1, (BAD,))


def test_what_fired_later_does_not_reach_what_came_before() -> None:
    chunks = Chunks(99_999)
    chunks.windows([chunk("c ", 2), chunk("a ", 0)])
    chunks.settle(chunk("a ", 0), [BAD], is_end=True)
    assert chunks.carried(chunk("c ", 2)) == []
    chunks.windows([chunk("d ", 3)])
    assert len(chunks.carried(chunk("d ", 3))) == 1


def test_an_edit_takes_back_what_fired() -> None:
    chunks = Chunks(99_999)
    chunks.windows(stream("a ", "b "))
    chunks.settle(chunk("a ", 0), [BAD], is_end=True)
    edit = chunk("x ", 0, revision=2)
    chunks.windows([edit])
    chunks.settle(edit, [], is_end=False)
    chunks.settle(chunk("a ", 0), [BAD], is_end=True)
    assert last(chunks, chunk("c ", 2)) == "x b c "
    assert chunks.carried(chunk("c ", 2)) == []


def test_so_many_chunks_that_fired_are_kept() -> None:
    chunks = Chunks(999_999)
    items = stream(*["x "] * (MAX_MARKS + 8))
    chunks.windows(items)
    for one in items:
        chunks.settle(one, [BAD], is_end=True)
    assert len(chunks.carried(items[-1])) == MAX_MARKS


def test_a_context_is_known_while_it_is_the_same() -> None:
    chunks = Chunks(99_999)
    (one,) = stream("a")
    chunks.windows([one])
    judged = Judged(signals=(BAD,))
    chunks.keep_context(one, b"1", judged)
    assert chunks.context(one, b"1") == judged
    assert chunks.context(one, b"2") is None
    assert chunks.context(chunk("a", 0, generation="h"), b"1") is None


def test_a_finished_stream_goes_after_a_while() -> None:
    clock = Clock()
    chunks = Chunks(99_999, clock=clock)
    chunks.windows([chunk("a ", 0), chunk("b ", 1, last=True)])
    clock.now_s = DONE_S - 1
    assert last(chunks, chunk("b ", 1, last=True)) == "a b "
    clock.now_s += DONE_S + 1
    chunks.windows([chunk("x", 0, generation="h")])
    assert len(chunks) == 1
    clock.now_s += OPEN_S + 1
    chunks.windows([chunk("x", 0, generation="i")])
    assert len(chunks) == 1


def test_finished_streams_go_first_then_those_quiet_longest() -> None:
    chunks = Chunks(3 * 1_300)
    for name in ("g", "h"):
        chunks.windows([chunk("x" * 500, 0, generation=name)])
    chunks.windows([chunk("x" * 500, 0, generation="i", last=True)])
    chunks.windows([chunk("x" * 500, 0, generation="j")])
    assert len(chunks) == 3
    assert last(chunks, chunk("y", 1, generation="i")) is None
    assert last(chunks, chunk("y", 1, generation="j")) is not None


def test_none_are_kept_where_none_are_wanted() -> None:
    chunks = Chunks(0)
    assert chunks.windows(stream("a ", "b ")) == [None, None]
    assert len(chunks) == 0


def test_a_long_stream_is_read_again_as_the_first_time() -> None:
    chunks = Chunks(9_999_999)
    items = stream(*[f"number {n} is a text of some length. " * 3 for n in range(160)])
    assert sum(len(one.texts[0].text) for one in items) > 2 * MAX_CHARACTERS
    first = [said(one) for one in chunks.windows(items)]
    again = [said(one) for one in chunks.windows(items)]
    assert [a for a, b in zip(first, again, strict=True) if a != b] == []


numbers = st.lists(
    st.builds(
        lambda text, n, name, revision, is_last: chunk(
            text, n, generation=name, revision=revision, last=is_last
        ),
        st.sampled_from(["send ", "me", "", "a text. ", "x" * 300, "Yes! "]),
        st.integers(0, 6),
        st.sampled_from(["g", "h"]),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=30,
)


@given(numbers, st.integers(0, 9_000))
def test_how_chunks_are_spread_over_calls_does_not_matter(items: list[Item], n: int) -> None:
    one, other = Chunks(n, clock=Clock()), Chunks(n, clock=Clock())
    together = one.windows(items)
    assert together == [other.windows([entry])[0] for entry in items]
    assert len(one) == len(other)
    for entry, window in zip(items, together, strict=True):
        if window is not None:
            assert window.item_ids[window.own] == entry.item_id
