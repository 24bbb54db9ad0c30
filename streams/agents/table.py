"""The Faust table of actors: its stores, and how it takes what is recovered.

`streams.actors` reads and writes the store itself, from the threads that answer batches: Faust's
`table[key] = value` takes the partition from the event in hand, sends the change with a producer of
its own, and so knows no batch. The changes are written to the changelog by our publisher instead,
in the flush of the batch's verdicts, before its offsets are committed. Faust's table does the rest:
which partitions are here, what of the changelog is to be read again, and when.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import faust
from faust.stores import memory, rocksdb
from faust.types import TP

from schemas.topics import ACTORS
from streams import metrics
from streams.actors.memory import Actors
from streams.actors.shelf import MemoryShelf, Shelf

logger = logging.getLogger(__name__)

ROCKSDB_OPTIONS: Final = {
    "max_open_files": 64,
    "write_buffer_size": 8 << 20,
    "max_write_buffer_number": 2,
    "target_file_size_base": 32 << 20,
    "block_cache_size": 16 << 20,
    "bloom_filter_size": 10,
}
"""Of each partition. Faust's own would take up to 2 GB of memory for each."""

Change = tuple[bytes, bytes | None]


class ActorsTable(faust.Table[bytes, bytes]):
    """What is remembered of actors, partitioned as the product topics are."""

    def __init__(self, app: Any, actors: Actors, kind: str) -> None:  # noqa: ANN401 - Faust is untyped
        super().__init__(
            app, name="actors", key_type=bytes, value_type=bytes, beacon=app.tables.beacon
        )
        self._actors = actors
        self._kind = kind
        self._began_s = time.monotonic()
        self.n_recovered = 0
        """Records of the changelog taken so far."""

    @property
    def shelf(self) -> Shelf:
        """The shelf on which the states are."""
        return self._store_in_use.shelf

    @property
    def _store_in_use(self) -> "MemoryStore | RocksStore":
        return cast("MemoryStore | RocksStore", self.data)

    def _new_store(self) -> Any:  # noqa: ANN401 - Faust's own
        url = f"{self._kind}://"
        if self._kind == "rocksdb":
            return RocksStore(url, self.app, self, options=dict(ROCKSDB_OPTIONS))
        return MemoryStore(url, self.app, self)

    def _changelog_topic_name(self) -> str:
        return ACTORS.name

    def recover(self, tp: TP, records: Sequence[Any]) -> None:
        """Takes records of the changelog, in order."""
        actor_of = self._actors.actor_of
        changes = [
            (actor, record.value)
            for record in records
            if (actor := actor_of(record.key)) is not None
        ]
        self._store_in_use.recover(tp, changes, records[-1].offset)
        self.n_recovered += len(records)
        metrics.ACTORS_RECOVERED.inc(len(records))

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Begins a recovery."""
        self._began_s = time.monotonic()
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Ends a recovery."""
        await super().on_recovery_completed(active_tps, standby_tps)
        took_s = time.monotonic() - self._began_s
        n_actors = self.shelf.n_actors()
        metrics.ACTORS_RECOVERY_SECONDS.set(took_s)
        metrics.ACTORS.set(n_actors)
        logger.info(
            "actors recovered",
            extra={"seconds": round(took_s, 3), "n_actors": n_actors, "n_read": self.n_recovered},
        )


class MemoryStore(memory.Store[bytes, bytes]):
    """A Faust store in memory that is a shelf of actors."""

    def __post_init__(self) -> None:
        """Begins empty."""
        super().__post_init__()
        self.shelf = MemoryShelf()
        self._kept_to: dict[TP, int] = {}

    def recover(self, tp: TP, changes: Iterable[Change], offset: int) -> None:
        """Takes changes up to an offset."""
        self.shelf.apply(tp.partition, changes)
        self._kept_to[tp] = offset

    def persisted_offset(self, tp: TP) -> int | None:
        """Gives the offset up to which nothing need be read again: after a rebalance, not more."""
        return self._kept_to.get(tp)

    def set_persisted_offset(self, tp: TP, offset: int) -> None:
        """Notes up to which offset the changelog is known."""
        self._kept_to[tp] = offset

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Does nothing: what is another's went at the rebalance."""

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forgets the partitions that another worker has now."""
        del assigned, newly_assigned, generation_id
        for tp in revoked:
            if tp.topic == ACTORS.name:
                self.shelf.forget(tp.partition)
                self._kept_to.pop(tp, None)

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:  # noqa: ANN401
        """Does nothing: the transport hands what is recovered to `recover`."""


class RocksStore(rocksdb.Store):
    """Faust's RocksDB store, a database for each partition, with a shelf of actors."""

    @property
    def shelf(self) -> "RocksShelf":
        """Gives the databases as a shelf."""
        return RocksShelf(self)

    def recover(self, tp: TP, changes: Iterable[Change], offset: int) -> None:
        """Takes changes up to an offset."""
        batch = rocksdb.WriteBatch(raw_mode=True)  # type: ignore[attr-defined] # of rocksdict
        for actor, state in changes:
            if state is None:
                batch.delete(actor)
            else:
                batch.put(actor, state)
        self._db_for_partition(tp.partition).write(batch)
        self.set_persisted_offset(tp, offset)

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:  # noqa: ANN401
        """Does nothing: the transport hands what is recovered to `recover`."""


class RocksShelf:
    """The databases of a store, one for each partition."""

    def __init__(self, store: RocksStore) -> None:
        self._store = store

    def _db(self, partition: int) -> Any:  # noqa: ANN401 - untyped
        return self._store._db_for_partition(partition)

    def _open_db(self, partition: int) -> Any:  # noqa: ANN401 - untyped
        """None where the partition is another worker's now: it must not be opened again."""
        return self._store._dbs.get(partition)

    def get(self, partition: int, actor: bytes) -> bytes | None:
        """Gives what is kept of an actor."""
        found: bytes | None = self._db(partition).get(actor)
        return found

    def put(self, partition: int, actor: bytes, state: bytes) -> None:
        """Keeps a state in the place of the one before."""
        self._db(partition).put(actor, state)

    def drop(self, partition: int, actor: bytes) -> None:
        """Forgets an actor, if it is known."""
        if (db := self._open_db(partition)) is not None:
            db.delete(actor)

    def partitions(self) -> Sequence[int]:
        """Gives the partitions that are kept here now."""
        return sorted(self._store._dbs)

    def after(self, partition: int, actor: bytes | None, n: int) -> list[tuple[bytes, bytes]]:
        """Gives up to `n` actors with their states, those behind `actor` by their names."""
        found: list[tuple[bytes, bytes]] = []
        db = self._open_db(partition)
        for key, value in () if db is None else db.items(from_key=actor):
            if len(found) == n:
                break
            if key not in {actor, self._store.offset_key}:
                found.append((key, value))
        return found

    def n_actors(self) -> int:
        """Gives RocksDB's estimate of how many actors are kept."""
        name = "rocksdb.estimate-num-keys"
        return sum(db.property_int_value(name) or 0 for db in tuple(self._store._dbs.values()))
