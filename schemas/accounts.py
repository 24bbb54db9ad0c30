"""What a product tells of an actor's account."""

from typing import Final, Literal, get_args

from msgspec import Struct

from schemas.bounds import Time

Standing = Literal["restricted", "new", "ordinary", "trusted", "official"]
"""How a product regards an account, from least to most trusted."""

STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)


class Account(Struct, frozen=True, kw_only=True, gc=False):
    """An actor's account as the product knew it when the item was sent."""

    created_at: Time | None = None
    standing: Standing = "ordinary"
