"""Features: what rules may ask besides labels and scores, recorded with every verdict.

A rule sees nothing else of an item, so that a verdict can be decided again from its record alone.
Each field is a name that a rule's condition may use: `actor.n_10s`, `item.n_links`.
"""

from typing import Final

from msgspec import Struct

from schemas.accounts import Standing
from schemas.bounds import Count, Id
from schemas.content import Origin

UNKNOWN: Final = -1.0
"""A number that nobody told: of an account's age, of a token's facts."""


class ItemFeatures(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the item is. Numbers are `UNKNOWN` and flags false where the product did not tell."""

    origin: Origin = "human"
    language: str = ""
    """Primary language subtag in small letters, as the product gave it; empty where it did not."""
    n_characters: Count = 0
    """Of all its texts; an AI generation's prompt and retrieved texts count too."""
    n_links: Count = 0
    n_pictures: Count = 0
    n_clips: Count = 0
    n_recordings: Count = 0
    is_edit: bool = False
    is_reply: bool = False
    is_repost: bool = False
    has_mint_authority: bool = False
    has_freeze_authority: bool = False
    lp_locked_percent: float = UNKNOWN
    top10_holders_percent: float = UNKNOWN
    buy_tax_percent: float = UNKNOWN
    sell_tax_percent: float = UNKNOWN


class ActorFeatures(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the actor did lately, the item itself included, and what is known of the account.

    Windows end at the item's arrival. All zero where actors are not remembered.
    """

    n_10s: Count = 0
    n_1m: Count = 0
    n_1h: Count = 0
    """Items of the last 10 seconds, minute, hour, on all surfaces."""
    n_repeats_1h: Count = 0
    """Items of the last hour whose normalised text is the item's own, without the item."""
    n_near_repeats_1h: Count = 0
    """The same for nearly the same text; repeats count here too."""
    link_share_1h: float = 0.0
    """Share of the last hour's items that hold a link, 0 to 1."""
    n_rooms_1h: Count = 0
    """Distinct chatrooms of the last hour."""
    n_seen: Count = 0
    """Items remembered ever; 1 is the first."""
    seen_days: float = 0.0
    """Days since the first item that is remembered."""
    account_days: float = UNKNOWN
    """Days since the account was made, as the product told."""
    standing: Standing = "ordinary"
    violations: float = 0.0
    """Recent violations, each weighted by its action and halved with time, as the policy says."""
    strikes: float = 0.0
    """Weights of the strikes that have not expired."""


class CampaignFeatures(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The campaign that the item belongs to, as it stood; `id` is empty where it does to none."""

    id: str = ""
    n_actors: Count = 0
    n_items: Count = 0
    n_surfaces: Count = 0
    age_s: float = 0.0
    """Seconds from its first member to the item."""
    violating_share: float = 0.0
    """Share of its actors whose members some rule without campaign fired on, each by the share of
    their members, 0 to 1."""
    is_by_text: bool = False
    is_by_link: bool = False
    is_by_address: bool = False
    is_by_picture: bool = False
    """By which kinds of fingerprint the item belongs to it."""


class Features(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a rule may ask of besides signals, as it was when the verdict was decided.

    `limited` names rules that were over their quota or braked then: these asked for review alone.
    """

    item: ItemFeatures = ItemFeatures()
    actor: ActorFeatures = ActorFeatures()
    campaign: CampaignFeatures = CampaignFeatures()
    limited: tuple[Id, ...] = ()
