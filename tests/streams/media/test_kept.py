import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.media import Examination, Transcript
from schemas.verdicts import StageTime, Unanswered
from streams.media.kept import KEPT_S, Found, Kept, Key, renamed
from streams.media.pool import Ended
from tests.streams.samples import signal


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def key(number: int, modality: str = "image") -> Key:
    return f"{number:064x}", modality, ()


def found(text: str = "") -> Found:
    transcript = Transcript(reader="image.ocr@1", part="media[0]", text=text)
    return "media[0]", Examination(transcripts=(transcript,))


def size(one: Found) -> int:
    return len(msgspec.msgpack.encode(one))


def test_what_was_put_is_there_for_its_modality_alone() -> None:
    kept = Kept(10)
    kept.put(key(1), found("one"))
    assert kept.get(key(1)) == found("one")
    assert kept.get(key(2)) is None
    assert kept.get(key(1, "video")) is None


def test_it_expires_though_it_is_asked_for() -> None:
    clock = Clock()
    kept = Kept(10, clock=clock)
    kept.put(key(1), found())
    clock.now_s += KEPT_S
    assert kept.get(key(1)) == found()
    clock.now_s += 0.001
    assert kept.get(key(1)) is None
    assert len(kept) == 0


def test_putting_it_again_begins_its_time_anew() -> None:
    clock = Clock()
    kept = Kept(10, clock=clock)
    kept.put(key(1), found("old"))
    clock.now_s += KEPT_S
    kept.put(key(1), found("new"))
    clock.now_s += KEPT_S
    assert kept.get(key(1)) == found("new")


def test_of_too_many_the_longest_unasked_goes() -> None:
    kept = Kept(2)
    kept.put(key(1), found())
    kept.put(key(2), found())
    assert kept.get(key(1)) is not None
    kept.put(key(3), found())
    assert [kept.get(key(n)) is not None for n in (1, 2, 3)] == [True, False, True]


def test_of_too_many_bytes_the_longest_unasked_go() -> None:
    kept = Kept(100, n_bytes=2 * size(found("x" * 1_000)))
    for number in (1, 2):
        kept.put(key(number), found("x" * 1_000))
    assert len(kept) == 2
    kept.put(key(3), found("x"))
    assert [kept.get(key(n)) is not None for n in (1, 2, 3)] == [False, True, True]


def test_one_larger_than_all_costs_no_other_its_place() -> None:
    kept = Kept(100, n_bytes=1_000)
    kept.put(key(1), found())
    kept.put(key(2), found("x" * 1_000))
    assert kept.get(key(1)) is not None
    assert kept.get(key(2)) is None


def test_none_is_kept_where_none_may_be() -> None:
    kept = Kept(0)
    kept.put(key(1), found())
    assert kept.get(key(1)) is None


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400), st.booleans()), max_size=60),
    st.integers(0, 6),
    st.integers(0, 1_500),
)
def test_what_is_kept_is_the_latest_that_fits(
    steps: list[tuple[int, int, bool]], n_entries: int, n_bytes: int
) -> None:
    kept = Kept(n_entries, n_bytes=n_bytes)
    latest: dict[Key, Found] = {}
    for number, length, is_put in steps:
        if is_put:
            latest[key(number)] = found("x" * length)
            kept.put(key(number), latest[key(number)])
        else:
            kept.get(key(number))
        there = {one: kept.get(one) for one in latest}
        held = {one: said for one, said in there.items() if said is not None}
        assert all(latest[one] == said for one, said in held.items())
        assert len(held) == len(kept) <= n_entries
        assert sum(map(size, held.values())) <= n_bytes


def test_it_is_said_of_another_part() -> None:
    examination = Examination(
        signals=(signal("spam", 0.5), msgspec.structs.replace(signal("spam", 0.5), part="a")),
        transcripts=(Transcript(reader="image.ocr@1", part="a", text="words"),),
        unanswered=(Unanswered(detector="image.qr", part="a", cause="failed"),),
        stages=(StageTime(name="image.qr", ms=1.0),),
        pictures=("ab" * 32,),
    )
    again = renamed("a", examination, "b")
    assert isinstance(again, Examination)
    assert [one.part for one in again.signals] == ["text", "b"]
    assert [one.part for one in again.transcripts] == ["b"]
    assert [one.part for one in again.unanswered] == ["b"]
    assert again.stages == ()
    assert again.pictures == examination.pictures


@pytest.mark.parametrize("name", ["a", "b"])
def test_an_ending_is_of_no_part(name: str) -> None:
    ended = Ended(cause="process_ended", detail="signal SIGSEGV")
    assert renamed("a", ended, name) is ended
