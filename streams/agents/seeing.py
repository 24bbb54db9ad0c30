"""Seeing campaigns: what workers and lanes do for them besides judging."""

from schemas.topics import CAMPAIGNS, FINGERPRINTS, Topic
from streams.campaigns.following import Follower
from streams.campaigns.index import Index
from streams.settings import Settings


def followed_from(settings: Settings) -> Index | None:
    """Gives the open campaigns, kept up to date by a thread of its own; None where not wanted."""
    if settings.campaigns == "off":
        return None
    index = Index(settings.campaign_quiet_s)
    Follower(settings.broker, index)
    return index


def outputs_of(settings: Settings) -> tuple[Topic, ...]:
    """Gives the topics that must be there for it."""
    return () if settings.campaigns == "off" else (FINGERPRINTS, CAMPAIGNS)
