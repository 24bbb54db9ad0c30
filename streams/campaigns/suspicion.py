"""What detectors mind of an item at all, however little. Pure."""

from collections.abc import Sequence
from typing import Final

from schemas.signals import Signal

SUSPECT_FROM: Final = 0.1
"""From this score on an item is told of that has no link, address, ticker, picture or campaign.

What says nothing that any detector minds is nobody's campaign, and most of all traffic.
"""
_HARMLESS: Final = frozenset({"ai_generated"})


def is_suspect(signals: Sequence[Signal]) -> bool:
    """Tells whether anything is said of an item that a campaign could be about."""
    return any(one.score >= SUSPECT_FROM and one.label not in _HARMLESS for one in signals)
