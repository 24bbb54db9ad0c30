"""The campaigns that are open, by fingerprint: to which of them an item belongs. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from schemas.campaigns import Campaign
from schemas.features import CampaignFeatures
from streams.campaigns.features import features_of
from streams.campaigns.keys import ENOUGH, kind_of, weight, word_hash, words_of_pair
from streams.campaigns.pictures import PREFIX, Pictures

NONE: Final = CampaignFeatures()
STALE: Final = 2.0
"""A campaign that was quiet for so many times as long as it may be is over, told or not."""


class Index:
    """Open campaigns. `put` may be called from another thread than `find`."""

    def __init__(self, quiet_s: float = 3_600.0) -> None:
        """Begins empty; `quiet_s` is how long a campaign stays open without a new item."""
        self._stale = timedelta(seconds=STALE * quiet_s)
        self._campaigns: dict[str, Campaign] = {}
        self._by_key: dict[str, dict[str, None]] = {}
        self._words: Counter[str] = Counter()
        self._pictures = Pictures()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many campaigns are open."""
        return len(self._campaigns)

    def put(self, campaign_id: str, campaign: Campaign | None) -> None:
        """Takes a campaign as it stands now; None, or one that is over, is taken out."""
        with self._lock:
            old = self._campaigns.pop(campaign_id, None)
            for key in old.fingerprints if old is not None else ():
                self._pictures.forget(key)
                self._count_words(key, -1)
                held = self._by_key[key]
                del held[campaign_id]
                if not held:
                    del self._by_key[key]
            if campaign is None or campaign.closed_at is not None:
                return
            self._campaigns[campaign_id] = campaign
            for key in campaign.fingerprints:
                self._pictures.keep(key)
                self._count_words(key, 1)
                self._by_key.setdefault(key, {})[campaign_id] = None

    def may_share_pair(self, words: Iterable[str]) -> bool:
        """Whether two of an item's words stand in the pairs of campaigns: else no pair meets."""
        if not self._words:
            return False
        known = self._words
        return len({one for one in map(word_hash, words) if one in known}) > 1

    def _count_words(self, key: str, n: int) -> None:
        if kind_of(key) != "pair":
            return
        for word in words_of_pair(key):
            self._words[word] += n
            if not self._words[word]:
                del self._words[word]

    def find(self, keys: Sequence[str], occurred_at: datetime) -> CampaignFeatures:
        """Gives the features of the campaign to which an item with such fingerprints belongs.

        Of several it is the one with which it shares most, then the one with more actors; `NONE`
        where it belongs to none.
        """
        if not self._campaigns:
            return NONE
        with self._lock:
            shared: dict[str, list[str]] = {}
            for key in keys:
                named = self._pictures.named(key) if key.startswith(PREFIX) else key
                for campaign_id in self._by_key.get(named, ()):
                    shared.setdefault(campaign_id, []).append(named)
            best = max(
                (
                    (weight(own), self._campaigns[name].n_actors, name)
                    for name, own in shared.items()
                ),
                default=(0, 0, ""),
            )
            if best[0] < ENOUGH or self._is_stale(self._campaigns[best[2]], occurred_at):
                return NONE
            return features_of(self._campaigns[best[2]], shared[best[2]], occurred_at)

    def _is_stale(self, campaign: Campaign, occurred_at: datetime) -> bool:
        return occurred_at - campaign.last_seen > self._stale

    def open_campaigns(self) -> list[Campaign]:
        """Gives the campaigns that are open."""
        with self._lock:
            return list(self._campaigns.values())
