"""A text as the rules see it: its terms, its clauses, whether it links somewhere."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from detectors.text.entities.lexicon import Clauses, Hit, between

_LINK: Final = re.compile(
    r"h(?:tt|xx)ps?:|\bwww\.|[a-z0-9-]{2,63}\[?\.\]?(?:com|net|org|io|app|xyz|co|me|dev|site|online"
    r"|finance|network|info|live|link|page|pages|top|ru|cn|test|example|invalid|gg|ly|cc|us|vip"
    r"|pro|fi|eth|limo|web|cash|money|exchange|claims|support|help)\b"
)


class Reading:
    """One text, read once for all rules. `low` is `text` in lower case, place for place."""

    def __init__(self, text: str, low: str, hits: Sequence[Hit]) -> None:
        """Keeps the text with its terms."""
        self.text = text
        self.low = low
        self.hits = hits

    @cached_property
    def cues(self) -> frozenset[str]:
        """The classes of all its terms."""
        return frozenset(hit.cue for hit in self.hits)

    @cached_property
    def clauses(self) -> Clauses:
        """Where the clauses lie."""
        return Clauses(self.low)

    @cached_property
    def has_link(self) -> bool:
        """Whether the text holds something like a web address."""
        return _LINK.search(self.low) is not None

    def of(self, cue: str) -> list[Hit]:
        """Gives the terms of a class, in order."""
        return [hit for hit in self.hits if hit.cue == cue]

    def within(self, start: int, end: int) -> Sequence[Hit]:
        """Gives the terms that begin between two places."""
        return between(self.hits, start, end)

    def near(self, start: int, end: int, reach: int) -> frozenset[str]:
        """Gives the classes of the terms within `reach` characters of a place."""
        return frozenset(hit.cue for hit in self.within(max(0, start - reach), end + reach))
