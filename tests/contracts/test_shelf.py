"""One suite for every shelf on which states of actors are kept."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import faust
import pytest
from faust.types import TP

from schemas.topics import ACTORS
from streams.actors.memory import Actors
from streams.actors.shelf import MemoryShelf, Shelf
from streams.agents.table import ActorsTable

Make = Callable[[], ActorsTable]


@pytest.fixture(params=["memory", "rocksdb"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Gives what makes a table of actors; on disk in the same place each time."""
    if request.param == "rocksdb":
        pytest.importorskip("rocksdict")

    def table() -> ActorsTable:
        return ActorsTable(faust.App("shelf", datadir=tmp_path), Actors(), request.param)

    return table


@pytest.fixture
def shelf(make: Make) -> Iterator[Shelf]:
    table = make()
    yield table.shelf
    del table


def test_what_is_put_is_there_by_partition(shelf: Shelf) -> None:
    shelf.put(0, b"u1", b"one")
    shelf.put(1, b"u1", b"two")
    shelf.put(1, b"u1", b"three")
    assert [shelf.get(n, b"u1") for n in (0, 1)] == [b"one", b"three"]
    assert shelf.get(0, b"u2") is None
    assert shelf.partitions() == [0, 1]
    shelf.drop(0, b"u1")
    shelf.drop(0, b"u1")
    shelf.drop(7, b"u1")
    assert shelf.get(0, b"u1") is None
    assert shelf.get(1, b"u1") == b"three"


def test_all_are_given_in_slices_once(shelf: Shelf) -> None:
    names = {b"u%d" % n for n in range(25)}
    for name in names:
        shelf.put(3, name, b"state of " + name)
    found: list[tuple[bytes, bytes]] = []
    after: bytes | None = None
    while True:
        some = shelf.after(3, after, 10)
        found += some
        if len(some) < 10:
            break
        after = some[-1][0]
        shelf.drop(3, after)  # as expiry does
    assert len(found) == 25
    assert dict(found) == {name: b"state of " + name for name in names}
    assert shelf.after(9, None, 10) == []
    assert 9 not in shelf.partitions()


def test_what_is_recovered_is_there_and_from_where_to_go_on(make: Make) -> None:
    tp = TP(ACTORS.name, 2)
    table = make()
    assert table.data.persisted_offset(tp) is None
    table._store_in_use.recover(tp, [(b"u1", b"a"), (b"u2", b"b"), (b"u1", None)], 41)
    assert table.data.persisted_offset(tp) == 41
    assert table.shelf.get(2, b"u1") is None
    assert table.shelf.get(2, b"u2") == b"b"
    assert table.shelf.after(2, None, 10) == [(b"u2", b"b")]


async def revoked(table: ActorsTable, tp: TP) -> None:
    await table.data.on_rebalance(set(), {tp}, set(), 1)


def test_a_partition_that_is_anothers_is_forgotten(make: Make) -> None:
    tp = TP(ACTORS.name, 2)
    table = make()
    table._store_in_use.recover(tp, [(b"u1", b"a")], 0)
    asyncio.run(revoked(table, tp))
    assert table.shelf.partitions() == []
    table.shelf.drop(2, b"u1")
    assert table.shelf.after(2, None, 10) == []
    assert table.shelf.partitions() == []


def test_a_shelf_in_memory_is_one() -> None:
    shelf: Shelf = MemoryShelf()
    shelf.put(0, b"u1", b"one")
    assert shelf.n_actors() == 1
