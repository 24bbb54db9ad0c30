"""Where states are kept while a process runs: by partition, as they are written."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Shelf(Protocol):
    """Written states by partition and actor. Each call by itself may come from any thread."""

    def get(self, partition: int, actor: bytes) -> bytes | None:
        """Gives what is kept of an actor."""

    def put(self, partition: int, actor: bytes, state: bytes) -> None:
        """Keeps a state in the place of the one before."""

    def drop(self, partition: int, actor: bytes) -> None:
        """Forgets an actor, if it is known."""

    def partitions(self) -> Sequence[int]:
        """Gives the partitions that are kept here now."""

    def after(self, partition: int, actor: bytes | None, n: int) -> list[tuple[bytes, bytes]]:
        """Gives up to `n` actors with their states, those behind `actor` in an order that holds.

        None begins. Actors that come or go meanwhile may or may not be among them.
        """

    def n_actors(self) -> int:
        """Gives about how many actors are kept."""


class MemoryShelf:
    """A shelf in the process's memory."""

    def __init__(self) -> None:
        self._kept: dict[int, dict[bytes, bytes]] = {}
        self._listed: dict[int, list[bytes]] = {}

    def get(self, partition: int, actor: bytes) -> bytes | None:
        """Gives what is kept of an actor."""
        kept = self._kept.get(partition)
        return None if kept is None else kept.get(actor)

    def put(self, partition: int, actor: bytes, state: bytes) -> None:
        """Keeps a state in the place of the one before."""
        kept = self._kept.get(partition)
        if kept is None:
            kept = self._kept.setdefault(partition, {})
        kept[actor] = state

    def drop(self, partition: int, actor: bytes) -> None:
        """Forgets an actor, if it is known."""
        self._kept.get(partition, {}).pop(actor, None)

    def partitions(self) -> Sequence[int]:
        """Gives the partitions that are kept here now."""
        return sorted(self._kept)

    def after(self, partition: int, actor: bytes | None, n: int) -> list[tuple[bytes, bytes]]:
        """Gives up to `n` actors with their states, by a list that is made when `actor` is None."""
        kept = self._kept.get(partition, {})
        if actor is None:
            # Copied in one step, which no other thread interrupts.
            self._listed[partition] = list(kept)[::-1]
        listed = self._listed.get(partition, [])
        found: list[tuple[bytes, bytes]] = []
        while listed and len(found) < n:
            name = listed.pop()
            state = kept.get(name)
            if state is not None:
                found.append((name, state))
        return found

    def n_actors(self) -> int:
        """Gives how many actors are kept."""
        return sum(map(len, tuple(self._kept.values())))

    def apply(self, partition: int, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Takes changes in their order; None forgets an actor."""
        kept = self._kept.setdefault(partition, {})
        for actor, state in changes:
            if state is None:
                kept.pop(actor, None)
            else:
                kept[actor] = state

    def forget(self, partition: int) -> None:
        """Forgets a partition, which is another's now."""
        self._kept.pop(partition, None)
        self._listed.pop(partition, None)
