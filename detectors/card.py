"""Model cards: what a detector is, where it came from and how well it does."""

from msgspec import Struct


class ModelCard(Struct, frozen=True, kw_only=True):
    """A detector's card; `id` is `name@version`."""

    id: str
