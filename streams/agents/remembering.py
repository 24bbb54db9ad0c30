"""What a worker does to remember actors, besides answering: its table, kept small and safe."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from typing import Any, Final, cast

from msgspec import Struct

from schemas.topics import HUMAN_LABELS, STRIKES
from streams import metrics
from streams.actors.hearing import hear
from streams.actors.memory import Actors, Expiry, Place
from streams.agents.app import AnswerBatch, App
from streams.agents.table import ActorsTable
from streams.policy import CompiledPolicy
from streams.publisher import Publisher
from streams.record import Outgoing, Record
from streams.settings import Settings, SettingsInvalid

logger = logging.getLogger(__name__)

HEARD: Final = (STRIKES, HUMAN_LABELS)
"""Topics that are read besides, partitioned as the product topics are."""
TICK_S: Final = 1.0
"""How often a slice of the actors is looked through for those that are silent."""
NOTE_EVERY: Final = 60
"""In so many ticks it is noted up to where the changelog is known: a rebalance reads on there."""
DAY_S: Final = 86_400


class Remembering(Struct, frozen=True, kw_only=True):
    """Actors, and what they are weighed by."""

    actors: Actors
    policy: Callable[[], CompiledPolicy]
    """Gives the policy in use."""
    clock: Callable[[], datetime]


def check(settings: Settings) -> None:
    """Raises SettingsInvalid where the store that is wanted is not installed."""
    if settings.store == "rocksdb" and find_spec("rocksdict") is None:
        message = "TIDEGATE_STORE: rocksdb needs the package rocksdict (tidegate[rocksdb])"
        raise SettingsInvalid(message)


def answer_for(given: Remembering, publisher: Publisher) -> AnswerBatch:
    """Gives what takes the records of the topics heard."""

    def answer(records: Sequence[Record]) -> None:
        hear(records, given.actors, given.policy(), publisher, given.clock)

    return answer


class Keeper:
    """The table of actors in a running app."""

    def __init__(
        self, app: App, settings: Settings, given: Remembering, publisher: Publisher
    ) -> None:
        self._app = app
        self._given = given
        self._publisher = publisher
        self._silent_s = float(settings.actors_days * DAY_S)
        self._at: tuple[int, bytes | None] = (0, None)
        self._n_ticks = 0
        self._n_recovered = -1.0
        self.table = ActorsTable(app, given.actors, settings.store)
        app.tables.add(self.table)
        given.actors.shelf = self.table.shelf
        app.timer(TICK_S, name="remembering")(self._tick)

    @property
    def is_recovering(self) -> bool:
        """Whether what is remembered is still being read again."""
        return bool(self._app.in_recovery)

    @property
    def _recovery(self) -> Any:  # noqa: ANN401 - no part of Faust's types
        return cast("Any", self._app.tables).recovery

    def report(self) -> dict[str, object]:
        """Gives what the health port tells."""
        left = self._recovery.active_remaining_total() if self.is_recovering else 0
        return {
            "is_recovering": self.is_recovering,
            "n_changes_to_recover": left,
            "n_actors": self.table.shelf.n_actors(),
        }

    def has_moved(self) -> bool:
        """Whether a recovery is under way that has gone on since it was last asked."""
        before, self._n_recovered = self._n_recovered, self.table.n_recovered
        return self.is_recovering and before != self._n_recovered

    async def _tick(self) -> None:
        if self._app.rebalancing or self.is_recovering:
            return
        self._n_ticks += 1
        if self._n_ticks % NOTE_EVERY == 0:
            await self._note_place()
        await asyncio.get_running_loop().run_in_executor(None, self._expire)

    async def _note_place(self) -> None:
        """Notes where the changelog ends: states are on the shelf before they are written to it."""
        generation = self._app.consumer_generation_id
        tps = set(self._recovery.active_tps)
        try:
            ends = await self._app.consumer.highwaters(*tps)
        except Exception:
            logger.warning("cannot ask where the changelog ends", exc_info=True)
            return
        if generation != self._app.consumer_generation_id or self._app.rebalancing:
            return
        for tp, end in ends.items():
            if end > 0:
                self.table.data.set_persisted_offset(tp, end - 1)

    def _expire(self) -> None:
        """Looks through the next slice of a partition."""
        actors = self._given.actors
        metrics.ACTORS.set(self.table.shelf.n_actors())
        partitions = self.table.shelf.partitions()
        if not partitions:
            return
        partition, after = self._at
        if partition not in partitions:
            partition, after = partitions[0], None
        expiry = Expiry(
            silent_s=self._silent_s,
            strike_s=self._given.policy().policy.memory.strike_expiry_s,
        )
        now_ms = int(self._given.clock().timestamp() * 1000)
        gone, after = actors.expire(partition, after, now_ms, expiry)
        if after is None:
            behind = [one for one in partitions if one > partition]
            partition = behind[0] if behind else partitions[0]
        self._at = partition, after
        if gone:
            self._publisher.publish([], partial(self._changes, gone))
            metrics.ACTORS_EXPIRED.inc(len(gone))

    def _changes(self, gone: Sequence[Place]) -> list[Outgoing]:
        """The changes, unless the partition is on its way to another worker."""
        held = () if self._app.rebalancing else self.table.shelf.partitions()
        return self._given.actors.changes(place for place in gone if place[0] in held)
