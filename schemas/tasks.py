"""Media tasks: items on their way from lane to lane, with all that was said of them so far."""

from msgspec import Struct

from schemas.bounds import Id, ItemId, Time, TraceId
from schemas.content import Item
from schemas.features import Features
from schemas.signals import Signal
from schemas.verdicts import StageTime, Unanswered


class MediaTask(Struct, frozen=True, kw_only=True):
    """An item whose media a lane is to judge.

    `signals`, `missing`, `unanswered`, `stages`, `detectors` and `features` are those of the
    verdict on the stages before, so a lane decides on everything without asking anybody. What has
    not been judged by `due_at` is missing. `item_id` and `actor_id` are the item's.
    """

    item_id: ItemId
    actor_id: Id
    item: Item
    signals: tuple[Signal, ...] = ()
    missing: tuple[str, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    stages: tuple[StageTime, ...] = ()
    detectors: tuple[str, ...] = ()
    features: Features | None = None
    due_at: Time
    trace_id: TraceId
