"""What actors wrote last in each chatroom: what one splits over consecutive items is read as one.

Kept in memory alone: after a restart, or when a rebalance brings an actor here, the last minute is
forgotten, and with it what was begun in it.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

from msgspec import Struct, structs

from detectors.text.normaliser.messages import (
    MAX_CHARACTERS,
    MAX_GAP_S,
    MAX_MESSAGES,
    MAX_TOGETHER,
    Joined,
    Message,
    joined,
)
from schemas.content import Item
from streams.chunks import Chunks

DEFAULT_TEXTS: Final = 100_000
"""Some 35 MB with ids of 32 characters: a minute of 1,600 items a second."""
CHARACTERS_A_TEXT: Final = 100
"""Room for chunks of streamed responses, for each text that may be kept: 10 million characters."""
MAX_AFTER: Final = MAX_TOGETHER // 2
"""Characters that stand after an edited text and are read with it; as many are left for before."""

Place = tuple[str, str]
"""Room and actor."""


class Run(Struct, frozen=True):
    """An item's text and those that its actor sent closely before, read as one.

    `joined` are one reading or two. Message `n` of their `spans` is the text of `item_ids[n]`, the
    item itself is number `own`.
    """

    joined: tuple[Joined, ...]
    item_ids: tuple[str, ...]
    own: int


class _Kept(Struct, frozen=True, gc=False):
    """An item's text as it stands. `at` counts arrivals; with `is_end` no run goes on past it."""

    revision: int
    at: int
    text: str
    sent_s: float
    is_end: bool = False


def place_of(item: Item) -> Place | None:
    """Gives an item's room and actor; None where no run can be, outside of chatrooms."""
    room = item.context.get("room_id")
    if item.surface != "chatroom" or not isinstance(room, str):
        return None
    return room, item.actor_id


class Recent:
    """The latest texts by room and actor: those of the places that were quiet longest go first."""

    def __init__(self, n_texts: int = DEFAULT_TEXTS) -> None:
        """Keeps at most `n_texts` texts, `MAX_MESSAGES` of a place; of long ones their beginning.

        With 0 it keeps none, and nothing is ever joined. `chunks` of streamed responses have a room
        of their own, `CHARACTERS_A_TEXT` for each text.
        """
        self.chunks = Chunks(n_texts * CHARACTERS_A_TEXT)
        self._n_most = n_texts
        self._places: OrderedDict[Place, dict[str, _Kept]] = OrderedDict()
        self._n_arrived = 0
        self._n_texts = 0
        self._lock = Lock()

    def __len__(self) -> int:
        """How many texts are kept."""
        return self._n_texts

    def runs(self, items: Sequence[Item]) -> list[Run | None]:
        """Keeps the items' texts and gives the run that each ends; None where it stands alone.

        Items of an actor must come in their order; how they are spread over calls does not matter.
        An item is read with what arrived before it, so one that is delivered again is read as the
        first time and counts once. A higher revision stands where the first one stood, and is read
        with what stands before and after; one whose first revision is not kept is neither kept nor
        joined. Only chatroom items are. May be called from any thread.
        """
        with self._lock:
            return [self._run(item) for item in items]

    def end(self, item: Item) -> None:
        """Has the actor's next run in the room begin after this item: it has its verdict."""
        place = place_of(item)
        with self._lock:
            kept = None if place is None else self._places.get(place)
            if kept is not None and (known := kept.get(item.item_id)) is not None:
                kept[item.item_id] = structs.replace(known, is_end=True)

    def _run(self, item: Item) -> Run | None:
        place = place_of(item)
        if place is None or not self._n_most:
            return None
        text = item.texts[0].text if item.texts else ""
        kept = self._keep(place, item, text)
        if kept is None or len(kept) == 1 or not text:
            return None
        return _run(kept, item.item_id, text)

    def _keep(self, place: Place, item: Item, text: str) -> dict[str, _Kept] | None:
        """The texts of the item's place, its own among them; None where it is not to be kept."""
        kept = self._places.get(place)
        known = None if kept is None else kept.get(item.item_id)
        if known is None and (item.revision > 1 or not text):
            return None  # where an edited text stands among the others is not known
        if kept is None:
            kept = self._places[place] = {}
        self._places.move_to_end(place)
        if known is None or item.revision > known.revision:
            self._n_arrived += 1
            self._n_texts += known is None
            kept[item.item_id] = _Kept(
                item.revision,
                self._n_arrived,
                text[: MAX_CHARACTERS + 1],  # enough to see that it is long
                item.created_at.timestamp() if known is None else known.sent_s,
            )
            self._bound(kept)
        return kept

    def _bound(self, kept: dict[str, _Kept]) -> None:
        if len(kept) > MAX_MESSAGES:
            del kept[next(iter(kept))]
            self._n_texts -= 1
        while self._n_texts > self._n_most:
            _, quiet = self._places.popitem(last=False)
            self._n_texts -= len(quiet)


def _run(kept: dict[str, _Kept], own_id: str, text: str) -> Run | None:
    there, own = _within_reach(kept, own_id)
    there = there[: _end(there, own)]
    messages = [Message(one.text, one.sent_s) for _, one in there]
    messages[own] = Message(text, there[own][1].sent_s)
    found = tuple(one for one in joined(messages) if one.first <= own)
    return Run(found, tuple(name for name, _ in there), own) if found else None


def _within_reach(kept: dict[str, _Kept], own_id: str) -> tuple[list[tuple[str, _Kept]], int]:
    """What arrived before an item, from the beginning of its run on, and the item's own number."""
    latest = kept[own_id].at
    found: list[tuple[str, _Kept]] = []
    n_after: int | None = None
    for name, one in reversed(kept.items()):
        if one.at > latest or not one.text:
            continue
        if n_after is not None and (one.is_end or not _is_piece(one, found[-1][1])):
            break
        if name == own_id:
            n_after = len(found)
        found.append((name, one))
    return found[::-1], len(found) - 1 - (n_after or 0)


def _end(there: Sequence[tuple[str, _Kept]], own: int) -> int:
    """Behind the last of the short texts that follow an item closely: those of an edited one."""
    end, n_left = own + 1, MAX_AFTER
    while end < len(there):
        one = there[end][1]
        n_left -= len(one.text)
        if not _is_piece(one, there[end - 1][1]) or n_left < 0:
            break
        end += 1
    return end


def _is_piece(one: _Kept, neighbour: _Kept) -> bool:
    is_apart = abs(one.sent_s - neighbour.sent_s) > MAX_GAP_S
    return len(one.text) <= MAX_CHARACTERS and not is_apart
