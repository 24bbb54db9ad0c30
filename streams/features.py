"""What rules may ask of the content itself. Pure."""

import re
from collections import Counter
from typing import Final

from schemas.content import Item, Scalar
from schemas.features import UNKNOWN, Features, ItemFeatures
from streams.normalise import language

_LINK: Final = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


def features_of(item: Item) -> Features:
    """Gives the features of an item whose actor and campaign nobody remembers."""
    return Features(item=item_features(item))


def item_features(item: Item) -> ItemFeatures:
    """Gives what rules may ask of an item's content.

    Links are counted where the product lists them and where a text says `http(s)://` or `www.`.
    """
    context = item.context
    n_media = Counter(part.modality for part in item.media) if item.media else {}
    return ItemFeatures(
        origin=item.origin,
        language=language_of(item),
        n_characters=sum(len(part.text) for part in item.texts),
        n_links=sum(
            len(part.text.split()) if part.name == "links" else len(_LINK.findall(part.text))
            for part in item.texts
        ),
        n_pictures=n_media.get("image", 0),
        n_clips=n_media.get("video", 0),
        n_recordings=n_media.get("audio", 0),
        is_edit=item.revision > 1,
        is_reply="reply_to" in context,
        is_repost="repost_of" in context,
        has_mint_authority=context.get("has_mint_authority") is True,
        has_freeze_authority=context.get("has_freeze_authority") is True,
        lp_locked_percent=_number(context.get("lp_locked_percent")),
        top10_holders_percent=_number(context.get("top10_holders_percent")),
        buy_tax_percent=_number(context.get("buy_tax_percent")),
        sell_tax_percent=_number(context.get("sell_tax_percent")),
    )


def language_of(item: Item) -> str:
    """Gives the primary language subtag that the product told; empty where it did not."""
    locale = item.context.get("locale")
    return (language(locale) or "") if isinstance(locale, str) else ""


def _number(given: Scalar | None) -> float:
    return float(given) if isinstance(given, int | float) else UNKNOWN
