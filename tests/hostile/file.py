"""A hostile file, and what must become of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from schemas.labels import MediaModality

ANSWERED: Final = "answer"
"""Everything that was asked has answered on the whole file."""
IN_PART: Final = "answer in part"
"""Everything has answered on what could be read of it; a cause says what could not."""


class HostileFile(Struct, frozen=True, kw_only=True):
    """A file that somebody may post; made in memory, harmless in itself."""

    name: str
    """Of letters, digits and `_`; unique."""
    modality: MediaModality
    """What the post says that it is."""
    about: str
    """What is the matter with it."""
    content: bytes
    fetched: str
    """What fetching must say: the file's kind, or a code of refusal."""
    examined: str
    """What examining must say: `ANSWERED`, `IN_PART` or a reason; alternatives with `|`.

    Also of a file that fetching refuses: a lane is held by more than one wall.
    """


class Recipe(Struct, frozen=True):
    """How a file is made and what must become of it; see `HostileFile`."""

    about: str
    make: Callable[[], bytes]
    fetched: str
    examined: str


Recipes = Mapping[str, Recipe]


def made(modality: MediaModality, groups: Sequence[Recipes]) -> Iterator[HostileFile]:
    """Gives the files of recipes, each made when it is asked for."""
    for recipes in groups:
        for name, recipe in recipes.items():
            yield HostileFile(
                name=name,
                modality=modality,
                about=recipe.about,
                content=recipe.make(),
                fetched=recipe.fetched,
                examined=recipe.examined,
            )
