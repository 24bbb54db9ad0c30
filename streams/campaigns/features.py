"""What rules may ask of a campaign, for an item that belongs to it. Pure."""

from collections.abc import Collection
from datetime import datetime

from schemas.campaigns import Campaign
from schemas.features import CampaignFeatures
from streams.campaigns.keys import kinds_of

SHARE_DECIMALS = 4


def features_of(
    campaign: Campaign, shared: Collection[str], occurred_at: datetime
) -> CampaignFeatures:
    """Gives the features of an item that shares such fingerprints with a campaign."""
    kinds = kinds_of(shared)
    return CampaignFeatures(
        id=campaign.campaign_id,
        n_actors=campaign.n_actors,
        n_items=campaign.n_items,
        n_surfaces=len(campaign.surfaces),
        age_s=round(max(0.0, (occurred_at - campaign.first_seen).total_seconds()), 3),
        violating_share=campaign.violating_share,
        is_by_text=not kinds.isdisjoint(("text", "pair", "ticker")),
        is_by_link="link" in kinds,
        is_by_address="address" in kinds,
        is_by_picture="picture" in kinds,
    )
