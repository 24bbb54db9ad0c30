"""A web address found in a text, and the tricks that hide where it leads."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from detectors.text.links.dots import DotForm
from detectors.text.links.fold import plain_letter
from detectors.text.links.hosts import Host

Trick = Literal[
    "defanged",
    "dot spelled out",
    "dot set apart",
    "hidden characters",
    "unusual letters",
    "look-alike letters",
    "user name before the host",
    "address as a number",
    "shown text differs",
    "inside another link",
]
"""Ways of hiding where a link leads."""

# Top-level domains that are words, so that a missing space makes a name; or a file's ending.
# fmt: off
_WORDY: Final = frozenset((
    "ai", "am", "an", "as", "at", "be", "by", "de", "do", "es", "et", "go", "id", "in", "is", "it",
    "la", "le", "li", "lo", "ma", "md", "me", "mi", "mov", "my", "ne", "ni", "no", "nu", "of", "on",
    "or", "pa", "pl", "ps", "py", "re", "rs", "sa", "se", "sh", "si", "so", "st", "su", "te", "to",
    "zip",
))
# fmt: on
# Top-level domains that begin no sentence.
_UNMISTAKABLE: Final = frozenset(("com", "org", "io", "xyz", "ru", "cn"))

_NOT_NUMBER: Final = re.compile(r"[^0-9a-fx.]")


class Link(Struct, frozen=True, kw_only=True):
    """One web address; `start` and `end` are characters of the original text."""

    start: int
    end: int
    written: str
    """Scheme, host and path as they are written: no user name, query or fragment, which may hold
    what is private. Cut at 200 characters."""
    host: Host
    path: str = ""
    """Port, path, query and fragment, folded to lower case."""
    tricks: tuple[Trick, ...] = ()
    bait: str | None = None
    """The other host it pretends to be: the shown text's, or the one before an `@`."""
    is_doubtful: bool = False
    """It may be two sentences or a file's name: `great.it works`, `that's it. live music`."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host, and the ASCII name that it looks like, if another."""
        looks_like = self.host.looks_like
        return (self.host.name,) if looks_like is None else (self.host.name, looks_like)


def tricks_of(written: str, plain: str, host: Host, forms: Sequence[DotForm]) -> list[Trick]:
    """How a host is hidden.

    Args:
        written: The host in the original text.
        plain: The same, folded.
        host: What it means.
        forms: How its dots are written.
    """
    tricks: list[Trick] = []
    if "defanged" in forms:
        tricks.append("defanged")
    if "spelled" in forms:
        tricks.append("dot spelled out")
    if "spaced" in forms or "sentence" in forms:
        tricks.append("dot set apart")
    if host.looks_like is not None or (host.name.isascii() and not plain.isascii()):
        tricks.append("look-alike letters")
    if host.is_ip and ":" not in host.name and _NOT_NUMBER.sub("", plain) != host.name:
        tricks.append("address as a number")
    if written.lower() == plain:
        return tricks
    visible = "".join(one for one in written if plain_letter(one))
    if len(visible) != len(written):
        tricks.append("hidden characters")
    if visible.lower() != plain:
        tricks.append("unusual letters")
    return tricks


def is_doubtful(host: Host, forms: Sequence[DotForm]) -> bool:
    """Whether a name without scheme and path may not be meant as one."""
    last = host.name.rsplit(".", 1)[-1]
    core = host.registered.split(".", 1)[0]
    if "sentence" in forms:
        return last not in _UNMISTAKABLE
    if "spaced" in forms or "spelled" in forms:
        return last not in _UNMISTAKABLE and core.isalpha()
    if "defanged" in forms:
        return False
    return last in _WORDY and host.name.count(".") == 1 and core.isalpha()
