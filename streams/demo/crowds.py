"""Crowds of the demo: nearly one text, posted by many. A scam's wave, and a greeting and a joke."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from streams.demo.texts import Kind

PATH = Path(__file__).with_name("crowds.json")


class Crowd(Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted, in which languages, and where among the demo's events.

    Each member is an actor of its own, with one post: event `first` and each `every` after it.
    """

    form: Literal["wave", "viral"]
    kind: Kind
    first: int
    every: int
    n_members: int
    surfaces: tuple[Literal["chatroom", "square"], ...]
    link: str
    texts: Mapping[str, tuple[str, ...]]

    def is_due(self, number: int) -> bool:
        """Whether the demo's event of this number is a member's."""
        place, rest = divmod(number - self.first, self.every)
        return not rest and 0 <= place < self.n_members


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    origin: str
    crowds: tuple[Crowd, ...]


def load_crowds(path: Path = PATH) -> tuple[Crowd, ...]:
    """Reads the crowds. Raises msgspec.ValidationError on a bad file."""
    return msgspec.json.decode(path.read_bytes(), type=_File).crowds


def due(crowds: Sequence[Crowd], number: int) -> Crowd | None:
    """Gives the crowd to which the demo's event of this number belongs; None of most."""
    return next((crowd for crowd in crowds if crowd.is_due(number)), None)
