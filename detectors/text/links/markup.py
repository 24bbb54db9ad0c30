"""Links whose shown text is one thing and whose target another: Markdown and HTML."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_MARKDOWN: Final = re.compile(r"\[([^\[\]\n]{1,256})\]\(\s{0,3}<?([^()\s<>]{1,2048})")
_ANCHOR: Final = re.compile(r"<a\s([^<>]{1,4096})>")
_HREF: Final = re.compile(r"\bhref\s{0,3}=\s{0,3}[\"']?([^\"'\s]{1,2048})")
_MAX_SHOWN: Final = 512


class Anchor(Struct, frozen=True, gc=False):
    """Where the shown text and the target of one link stand in the folded text."""

    shown_start: int
    shown_end: int
    target_start: int
    target_end: int


def anchors(text: str) -> Iterator[Anchor]:
    """Finds Markdown and HTML links. Linear in the text."""
    if "](" in text:
        for match in _MARKDOWN.finditer(text):
            yield Anchor(*match.span(1), *match.span(2))
    if "<a" in text:
        for match in _ANCHOR.finditer(text):
            target = _HREF.search(text, match.start(1), match.end(1))
            end = text.find("</a", match.end(), match.end() + _MAX_SHOWN)
            if target is not None and end >= 0:
                yield Anchor(match.end(), end, *target.span(1))
