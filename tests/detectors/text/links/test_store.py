import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.refresh import Followed
from detectors.text.links.store import Kind, Listed, Store, StoreInvalid, pack, write

_NAMES = st.text(alphabet="abc.-1", min_size=1, max_size=12)


@given(st.dictionaries(_NAMES, st.sampled_from(list(Kind)), max_size=60), st.lists(_NAMES))
def test_a_store_says_what_was_put_in_it(entries: dict[str, Kind], others: list[str]) -> None:
    store = Store(pack(entries))
    for name in [*entries, *others]:
        assert store.kind(name.encode()) == entries.get(name, 0)
    assert store.n_deny == sum(kind is Kind.DENY for kind in entries.values())


def test_the_nearest_entry_decides() -> None:
    store = Store(
        pack(
            {
                "bad.test": Kind.DENY,
                "good.bad.test": Kind.ALLOW,
                "known.example": Kind.ALLOW,
                "stolen.known.example": Kind.DENY,
                "pages.example": Kind.PLATFORM,
            }
        )
    )
    assert store.find("bad.test") == Listed(Kind.DENY, "bad.test")
    assert store.find("a.b.bad.test") == Listed(Kind.DENY, "bad.test")
    assert store.find("x.good.bad.test") == Listed(Kind.ALLOW, "good.bad.test")
    assert store.find("www.known.example") == Listed(Kind.ALLOW, "known.example")
    assert store.find("stolen.known.example") == Listed(Kind.DENY, "stolen.known.example")
    assert store.find("pages.example") == Listed(Kind.PLATFORM, "pages.example")
    assert store.find("anybody.pages.example") is None
    assert store.find("notbad.test") is None
    assert store.find("test") is None
    assert store.find(".".join("abcdefghijklmnop") + ".bad.test") == Listed(Kind.DENY, "bad.test")


_HOSTS = st.lists(st.sampled_from(["a", "b", "c1"]), min_size=1, max_size=6).map(
    lambda labels: ".".join([*labels, "test"])
)


@given(st.dictionaries(_HOSTS, st.sampled_from(list(Kind)), max_size=12), st.lists(_HOSTS))
def test_a_lookup_is_a_walk_to_the_parents(entries: dict[str, Kind], names: list[str]) -> None:
    store = Store(pack(entries))
    for name in [*entries, *names]:
        labels = name.split(".")
        parents = [".".join(labels[at:]) for at in range(len(labels) - 1)]
        nearest = next((one for one in parents if one in entries), None)
        expected = None if nearest is None else Listed(entries[nearest], nearest)
        if nearest is not None and nearest != name and entries[nearest] is Kind.PLATFORM:
            expected = None
        assert store.find(name) == expected


def test_a_changed_or_cut_file_is_refused(tmp_path: Path) -> None:
    content = pack({"bad.test": Kind.DENY})
    for broken in (b"", content[:20], content[:-1], content + b"x", b"X" + content[1:]):
        path = tmp_path / "store"
        path.write_bytes(broken)
        with pytest.raises(StoreInvalid):
            Store.open(path)
    path.write_bytes(content[:-1] + b"X")
    with pytest.raises(StoreInvalid, match="checksum"):
        Store.open(path)


@pytest.mark.parametrize("name", ["", "n" * 256, "ñ.test"])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|ascii"):
        pack({name: Kind.DENY})


def _put(path: Path, name: str, stamp: int) -> None:
    write(path, pack({name: Kind.DENY}))
    os.utime(path, ns=(stamp, stamp))


def test_a_replaced_file_is_taken_up_and_a_broken_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now_s = 0.0
    path = tmp_path / "store"
    _put(path, "one.test", 1)
    live = Followed(path, Store.open, every_s=5.0, clock=lambda: now_s)
    first = live.current()
    _put(path, "two.test", 2)
    assert live.current() is first  # not looked at yet
    now_s = 6.0
    second = live.current()
    assert second.find("two.test") is not None
    assert first.find("one.test") is not None  # who still holds the old one reads on
    now_s = 12.0
    path.unlink()
    path.write_bytes(b"rubbish")
    with caplog.at_level(logging.WARNING):
        assert live.current() is second
        now_s = 18.0
        assert live.current() is second
    assert len(caplog.records) == 1
    _put(path, "three.test", 4)
    now_s = 24.0
    assert live.current().find("three.test") is not None


def test_a_file_cut_in_place_ends_no_process_that_reads_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store"
    names = [f"n{number}.test" for number in range(5_000)]  # several pages of memory
    content = pack(dict.fromkeys(names, Kind.DENY))
    path.write_bytes(content)
    live = Followed(path, Store.open, every_s=0.0)
    for written in (b"", content[:4096], content[:-1]):
        path.write_bytes(written)
        assert all(live.current().find(name) is not None for name in names)
    assert len(caplog.records) == 3
    fresh = pack({**dict.fromkeys(names, Kind.DENY), "new.test": Kind.DENY})
    path.write_bytes(fresh)
    assert live.current().find("new.test") is not None


def test_a_file_that_is_gone_is_told_once_and_taken_up_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store"
    _put(path, "one.test", 1)
    live = Followed(path, Store.open, every_s=0.0)
    away = path.rename(tmp_path / "away")
    for _ in range(5):
        assert live.current().find("one.test") is not None
    assert len(caplog.records) == 1
    away.rename(path)  # the very same file
    with caplog.at_level(logging.INFO):
        assert live.current().find("one.test") is not None
    assert caplog.messages[-1].startswith("read anew")
    path.unlink()
    live.current()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING"]


def test_nothing_is_left_behind_by_a_failed_write(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match="folder"):
        write(target, b"content")
    assert list(tmp_path.iterdir()) == [target]
