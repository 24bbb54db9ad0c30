"""The names that a condition may use, and how their values are read. Pure.

They follow from `schemas.features` and the labels: a field that is added there is a name here.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, Literal, get_origin, get_type_hints

from cel_expr_python import cel
from msgspec import Struct

from schemas.features import ActorFeatures, CampaignFeatures, Features, ItemFeatures
from schemas.labels import LABELS, Label

Kind = Literal["string", "int", "double", "bool"]

TABLES: Final = {"item": ItemFeatures, "actor": ActorFeatures, "campaign": CampaignFeatures}
"""The structs whose fields are names, by the name before the dot."""
SURFACE: Final = "item.surface"
SCORE: Final = "score."


def _kind(annotation: object) -> Kind:
    """The CEL type of a field's annotation; a closed vocabulary is text."""
    plain: dict[object, Kind] = {bool: "bool", int: "int", float: "double", str: "string"}
    base = getattr(annotation, "__origin__", annotation)
    return "string" if get_origin(annotation) is Literal else plain[base]


FEATURES: Final[dict[str, Kind]] = {
    f"{table}.{name}": _kind(annotation)
    for table, struct in TABLES.items()
    for name, annotation in get_type_hints(struct).items()
}
"""The names of features with their CEL types, `item.n_links` and the like."""
SCORES: Final = {f"{SCORE}{label}": label for label in LABELS}
"""The names of scores, with their labels."""

_TYPES: Final = {
    "string": cel.Type.STRING,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "bool": cel.Type.BOOL,
}
VARIABLES: Final[dict[str, cel.Type]] = {
    **{name: _TYPES[kind] for name, kind in FEATURES.items()},
    **dict.fromkeys(SCORES, cel.Type.DOUBLE),
    SURFACE: cel.Type.STRING,
    "now": cel.Type.TIMESTAMP,
    "missing": cel.Type.List(cel.Type.STRING),
    "pending": cel.Type.List(cel.Type.STRING),
}
"""All names but `signals`, which costs more and is declared where a condition uses it."""

Scalar = str | int | float | bool
Read = Callable[[Features], tuple[Scalar, ...]]


class Reading(Struct, frozen=True):
    """How to read names: features in one go, then scores, then what is left."""

    features: tuple[str, ...]
    read: Read
    scores: tuple[tuple[str, Label], ...]
    others: tuple[str, ...]


def reading(names: Sequence[str]) -> Reading:
    """Gives how to read names."""
    features = tuple(name for name in names if name in FEATURES)
    return Reading(
        features=features,
        read=reader(features),
        scores=tuple((name, SCORES[name]) for name in names if name in SCORES),
        others=tuple(name for name in names if name not in FEATURES and name not in SCORES),
    )


def reader(names: Sequence[str]) -> Read:
    """Gives what reads features by their dotted names."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda features: (only(features),)
    return attrgetter(*names)
