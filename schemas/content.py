"""The content item: the one form in which every product's events are judged."""

from typing import Literal

from msgspec import Struct, field

from schemas.accounts import Account
from schemas.bounds import Id, ItemId, Revision, Sha256, Time, Uri
from schemas.labels import MediaModality, Surface

Origin = Literal["human", "ai"]
Scalar = str | int | float | bool
"""A value that context may hold."""


class TextPart(Struct, frozen=True, kw_only=True, gc=False):
    """A text inside an item; `name` says which one (`text`, `title`, `response`...)."""

    name: str
    text: str
    lang: str | None = None


class MediaPart(Struct, frozen=True, kw_only=True, gc=False):
    """A picture, clip or recording inside an item, by address."""

    name: str
    modality: MediaModality
    uri: Uri
    sha256: Sha256 | None = None


class Item(Struct, frozen=True, kw_only=True):
    """One thing to judge. `surface`, `item_id` and `revision` identify it."""

    item_id: ItemId
    surface: Surface
    actor_id: Id
    revision: Revision
    created_at: Time
    origin: Origin
    texts: tuple[TextPart, ...] = ()
    media: tuple[MediaPart, ...] = ()
    context: dict[str, Scalar] = field(default_factory=dict)
    account: Account | None = None
