"""Model cards: what a detector is, where it came from and how well it does."""

import tomllib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detectors.network_card import NetworkTable
from schemas.bounds import Score
from schemas.labels import Label

MODELS_FILE: Final = Path(__file__).parent / "models.toml"


class ModelFile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of the model; `path` is relative to `detectors/`, or to the package that has it."""

    path: str
    sha256: str
    size_bytes: int
    package: str = ""
    """The installed Python package that carries the file; empty: we do."""


class Quality(Struct, frozen=True, kw_only=True):
    """One measured figure set: a label in a language (`*`: all) on held-back rows.

    `n` counts rows where the label is known, `n_positive` those where it is 1; the false-positive
    rate is over benign rows at the recommended threshold. None: not measurable on these rows.
    """

    label: Label
    lang: str
    n: int
    n_positive: int
    average_precision: float | None = None
    f1: float | None = None
    benign_fpr: float | None = None
    is_transfer: bool = False
    """True where training held no row annotated for the label in the language."""


class Canonical(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text, or the name of a picture made by code, and a score that this very model gives it."""

    text: str = ""
    label: Label
    score: Score
    picture: str = ""
    """Of `detectors.evaluation.patterns`."""


class ModelCard(Struct, frozen=True, kw_only=True):
    """A detector's card; `id` is `name@version`."""

    id: str
    summary: str = ""
    inputs: tuple[str, ...] = ("text",)
    labels: tuple[Label, ...] = ()
    """In the order of the model's outputs."""
    licence: str = "Apache-2.0"
    source: str = ""
    files: dict[str, ModelFile] = {}
    """By role: `front`, `back`, `tokenizer`."""
    thresholds: dict[Label, Score] = {}
    """Recommended per label: best F1 on calibration rows, few of the benign flagged."""
    part_discounts: dict[Label, float] = {}
    """What a sentence's or a quotation's score is lowered by against the whole text's, in log
    odds."""
    early_exit: float = 0.0
    """The gate's doubt below which a text is answered without the upper layers; 0: never."""
    networks: dict[str, NetworkTable] = {}
    """Of graphs that look at pictures, by the role of their file."""
    calibration: str = ""
    training_sets: tuple[str, ...] = ()
    training_commands: tuple[str, ...] = ()
    quality: tuple[Quality, ...] = ()
    known_failures: tuple[str, ...] = ()
    canonical: tuple[Canonical, ...] = ()


class _Cards(Struct, frozen=True):
    models: tuple[ModelCard, ...]


class UnknownModel(ValueError):
    """`models.toml` has no card of that id."""


def read(model_id: str, path: Path = MODELS_FILE) -> ModelCard:
    """Gives the card of a model that ships weights.

    Raises:
        UnknownModel: if there is no such card.
        msgspec.ValidationError: if the file does not say what a card must.
    """
    for card in read_all(path):
        if card.id == model_id:
            return card
    message = f"{path.name} has no card of {model_id}"
    raise UnknownModel(message)


def read_all(path: Path = MODELS_FILE) -> tuple[ModelCard, ...]:
    """Gives every card of a file. Raises msgspec.ValidationError."""
    text = path.read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Cards).models
