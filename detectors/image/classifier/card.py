"""The card of a classifier that an operator adds: a TOML file beside the ONNX file."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from detectors.card import Canonical, ModelCard, ModelFile
from detectors.network_card import LabelTable, NetworkTable
from schemas.bounds import Score, Sha256
from schemas.labels import Label

MAX_CARD_BYTES: Final = 100_000
MAX_MODEL_BYTES: Final = 300_000_000
ROLE: Final = "graph"
"""Of the classifier's file on its ModelCard."""

FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")]
"""A file beside the card."""


class FileTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ONNX file."""

    path: FileName
    sha256: Sha256
    size_bytes: Annotated[int, Meta(gt=0, le=MAX_MODEL_BYTES)]


class CheckTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture beside the card, and the score that it must get: looked at when loading."""

    picture: FileName
    label: Label
    score: Score


class ClassifierCard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a classifier is, what it takes and what its classes mean."""

    id: Annotated[str, Meta(pattern=r"^image\.[a-z][a-z0-9_]{0,39}@[1-9][0-9]{0,3}$")]
    """`image.name@version`."""
    summary: Annotated[str, Meta(min_length=1)]
    licence: Annotated[str, Meta(min_length=1)]
    source: str = ""
    calibration: str = ""
    training_sets: tuple[str, ...] = ()
    training_commands: tuple[str, ...] = ()
    known_failures: tuple[str, ...] = ()
    file: FileTable
    network: NetworkTable
    labels: Annotated[tuple[LabelTable, ...], Meta(min_length=1)]
    canonical: tuple[CheckTable, ...] = ()

    def model_card(self) -> ModelCard:
        """Gives it as the card that every detector has."""
        file = self.file
        return ModelCard(
            id=self.id,
            summary=self.summary,
            inputs=("image",),
            labels=tuple(one.label for one in self.labels),
            licence=self.licence,
            source=self.source,
            files={ROLE: ModelFile(path=file.path, sha256=file.sha256, size_bytes=file.size_bytes)},
            thresholds={one.label: one.threshold for one in self.labels},
            networks={ROLE: self.network},
            calibration=self.calibration,
            training_sets=self.training_sets,
            training_commands=self.training_commands,
            known_failures=self.known_failures,
            canonical=tuple(
                Canonical(picture=one.picture, label=one.label, score=one.score)
                for one in self.canonical
            ),
        )


class CardInvalid(ValueError):
    """A card does not say what it must; the message says what."""


def read(path: Path) -> ClassifierCard:
    """Gives a classifier's card.

    Raises:
        OSError: if the file cannot be read.
        CardInvalid: if it does not say what a card must.
    """
    with path.open("rb") as file:
        content = file.read(MAX_CARD_BYTES + 1)
    if len(content) > MAX_CARD_BYTES:
        message = f"a card of more than {MAX_CARD_BYTES} bytes"
        raise CardInvalid(message)
    try:
        card = msgspec.convert(tomllib.loads(content.decode("utf-8")), ClassifierCard)
    except (ValueError, RecursionError) as error:
        # Of UTF-8, of TOML and of msgspec: all are ValueErrors.
        raise CardInvalid(str(error) or type(error).__name__) from error
    _check(card)
    return card


def _check(card: ClassifierCard) -> None:
    """Raises CardInvalid where parts of a card contradict each other."""
    labels = [one.label for one in card.labels]
    _require_different("label", labels)
    _require_different("class", card.network.classes)
    if "child_safety" in labels:
        message = "child_safety comes from banks of known pictures alone, never from a classifier"
        raise CardInvalid(message)
    for one in card.labels:
        for name in one.classes:
            if name not in card.network.classes:
                message = f"{one.label} goes by {name!r}, which the network does not tell"
                raise CardInvalid(message)
    for check in card.canonical:
        if check.label not in labels:
            message = f"{check.picture} is checked for {check.label}, which is not scored"
            raise CardInvalid(message)


def _require_different(kind: str, names: Sequence[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        message = f"{kind} {min(twice)!r} is named twice"
        raise CardInvalid(message)
