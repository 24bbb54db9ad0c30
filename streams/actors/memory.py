"""Actors: what is remembered of them, counted and told item by item."""

from collections.abc import Iterable
from threading import Lock
from typing import Final

from msgspec import Struct

from schemas.content import Item
from schemas.features import ActorFeatures
from schemas.strikes import Strike
from schemas.topics import ACTORS
from schemas.verdicts import Verdict
from streams.actors.arrivals import arrival_of
from streams.actors.counting import Arrival, as_counted, count, features
from streams.actors.deciding import decision_of, strike_of
from streams.actors.marks import noted
from streams.actors.mending import is_sound, mended
from streams.actors.shelf import MemoryShelf, Shelf
from streams.actors.state import Mark, State, Sum, decode, encode
from streams.policy import CompiledPolicy, Memory
from streams.record import Outgoing, Record

Place = tuple[int, str]
"""A partition of the product topics and an actor: its states in two partitions are apart."""

SEPARATOR: Final = b"\x1f"
EXPIRY_SLICE: Final = 2_000
"""Actors looked at in one go, so that none waits for long."""


class Expiry(Struct, frozen=True, kw_only=True):
    """When an actor is forgotten."""

    silent_s: float
    strike_s: float
    """How long a strike counts."""

    def is_over(self, written: bytes, now_ms: int) -> bool:
        """Whether nothing of a state is needed any more, or it cannot be read."""
        state = decode(written)
        if state is None:
            return True
        decided: list[Mark | Sum] = [*state.marks, *state.sums]
        strikes = [one.noted_ms for one in decided if one.strike]
        last_ms = state.first_ms + state.last
        silent_since = now_ms - 1000 * self.silent_s
        return last_ms < silent_since and max(strikes, default=0) < now_ms - 1000 * self.strike_s


class Actors:
    """Remembers actors on a shelf. Each method may be called from any thread.

    An item is counted in one step, and the decision on it noted in another; the items of an actor
    that several topics bring at once count in the order of these steps. What has changed is told
    by `changes`, as it stands then: a batch that publishes it may tell of a later one too, whose
    items are known when they are delivered again.
    """

    def __init__(self, shelf: Shelf | None = None, *, group: str = "") -> None:
        self.shelf: Shelf = shelf or MemoryShelf()
        self._prefix = group.encode() + SEPARATOR
        self._lock = Lock()

    def count(
        self, record: Record, item: Item, rules: Memory, *, has_link: bool, now_ms: int
    ) -> tuple[Arrival, ActorFeatures]:
        """Counts an item and gives what rules may ask of its actor.

        `now_ms` bounds what is believed of times: of the record, and of what is remembered.
        """
        arrival = arrival_of(item, record, has_link=has_link, now_ms=now_ms)
        partition, actor = record.source.partition, item.actor_id.encode()
        with self._lock:
            state = mended(self._state(partition, actor), now_ms)
            arrival = as_counted(state, arrival)
            seen, is_changed = count(state, arrival)
            told = features(state, seen, arrival, item.account, rules)
            if is_changed:
                self.shelf.put(partition, actor, encode(state))
        return arrival, told

    def judged(
        self, arrival: Arrival, partition: int, verdict: Verdict, policy: CompiledPolicy
    ) -> Strike | None:
        """Notes the verdict on an item that was counted; gives what others should hear of it.

        What is no strike they need not.
        """
        strike = strike_of(verdict, policy)
        if strike is None:
            return None
        self.note(strike, partition, arrival.at_ms, policy.policy.memory)
        return strike if strike.weight else None

    def note(self, strike: Strike, partition: int, noted_ms: int, rules: Memory) -> bool:
        """Notes a decision on an item of an actor; whether it changed anything."""
        actor = strike.actor_id.encode()
        with self._lock:
            state = self._state(partition, actor)
            if not noted(state, decision_of(strike, noted_ms), rules, noted_ms):
                return False
            if not state.first_ms:
                state.first_ms = noted_ms
            state.last = max(state.last, noted_ms - state.first_ms)
            self.shelf.put(partition, actor, encode(state))
        return True

    def forget(self, partition: int, actor: str) -> bool:
        """Forgets an actor; whether anything was remembered. Whoever comes again begins anew."""
        with self._lock:
            is_known = self.shelf.get(partition, actor.encode()) is not None
            self.shelf.drop(partition, actor.encode())
        return is_known

    def _state(self, partition: int, actor: bytes) -> State:
        written = self.shelf.get(partition, actor)
        return (None if written is None else decode(written)) or State()

    def changes(self, places: Iterable[Place]) -> list[Outgoing]:
        """Gives the records that keep what is now remembered of actors.

        Of one actor they must be written in the order in which they were given.
        """
        return [
            Outgoing(
                topic=ACTORS.name,
                key=self._prefix + name,
                value=self.shelf.get(partition, name),
                partition=partition,
            )
            for partition, actor in dict.fromkeys(places)
            for name in (actor.encode(),)
        ]

    def actor_of(self, key: bytes | None) -> bytes | None:
        """Gives the actor that a key of the changes names; None where it is another group's."""
        if key is None or not key.startswith(self._prefix):
            return None
        return key[len(self._prefix) :]

    def expire(
        self, partition: int, after: bytes | None, now_ms: int, expiry: Expiry
    ) -> tuple[list[Place], bytes | None]:
        """Forgets those of the next actors of a partition that are silent for too long.

        Gives them, whose changes are to be published, and where to go on: None at the end. At most
        `EXPIRY_SLICE` are looked at. Whoever has a strike that counts is kept. A state whose times
        nothing can have had is mended, or its actor would never be silent.
        """
        looked = self.shelf.after(partition, after, EXPIRY_SLICE)
        gone: list[Place] = []
        for actor, written in looked:
            if not expiry.is_over(written, now_ms) and is_sound(decode(written), now_ms):
                continue
            with self._lock:
                latest = self.shelf.get(partition, actor)
                state = None if latest is None else decode(latest)
                if latest is not None and expiry.is_over(latest, now_ms):
                    self.shelf.drop(partition, actor)
                elif state is not None and not is_sound(state, now_ms):
                    self.shelf.put(partition, actor, encode(mended(state, now_ms)))
                else:
                    continue
            gone.append((partition, actor.decode()))
        return gone, looked[-1][0] if len(looked) == EXPIRY_SLICE else None

    def find(self, partition: int, actor: str) -> State | None:
        """Gives what is remembered of an actor."""
        written = self.shelf.get(partition, actor.encode())
        return None if written is None else decode(written)
