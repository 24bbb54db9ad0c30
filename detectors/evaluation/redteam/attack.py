"""What an attack is: a way to reword a text so that its meaning stays and detectors miss it."""

from collections.abc import Callable
from random import Random
from typing import Literal

from msgspec import Struct

Kind = Literal["obfuscation", "wording", "paraphrase", "frame", "padding", "messages", "search"]
Change = Callable[[str, str, Random], tuple[str, ...]]
"""Text, language and randomness -> the messages to send; the text alone where it has no form."""


class Attack(Struct, frozen=True, kw_only=True):
    """One attack. Without `change` it is the search, which asks the detectors as it goes."""

    name: str
    summary: str
    kind: Kind
    is_readable: bool
    """Whether a person still reads the text as it is shown, without decoding anything."""
    change: Change | None = None
