"""A folder of classifiers: `*.toml` beside `*.onnx`."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from detectors.detector import signals_of
from detectors.image.classifier import card as cards
from detectors.image.classifier.card import CardInvalid, ClassifierCard, FileTable
from detectors.image.classifier.detector import Classifier
from detectors.image.decode import decode
from detectors.image.picture import Refusal
from detectors.session import ModelMismatch

BUILT_IN: Final = frozenset(
    f"image.{name}"
    for name in ("brand", "canary", "decode", "hash", "nsfw", "ocr", "poster", "qr", "watermark")
)
"""Names that detectors of ours have."""
MAX_CLASSIFIERS: Final = 20
MAX_PICTURE_BYTES: Final = 5_000_000
TOLERANCE: Final = 0.02
"""How far from its card's score a checked picture's may be: processors round otherwise."""


class ClassifierUnreadable(ValueError):
    """A classifier that an operator added cannot be used; the message names the file and why."""


def names(folder: Path) -> frozenset[str]:
    """Gives the names, without a version, of a folder's classifiers, from their cards alone.

    Raises ClassifierUnreadable.
    """
    return frozenset(_name(card) for _, card in _cards(_files(folder), folder, BUILT_IN))


def load_folder(
    folder: Path, *, taken: Collection[str] = BUILT_IN, threads: int = 1
) -> list[Classifier]:
    """Loads every classifier of a folder, by name of the card's file.

    Args:
        folder: Cards (`*.toml`) and what they name, all in the folder itself.
        taken: Names, without a version, that no classifier may have.
        threads: What ONNX Runtime uses for one picture.

    Raises:
        ClassifierUnreadable: if the folder, a card or a file cannot be used, or if an ONNX file
            has no card. Then none is loaded.
    """
    files = _files(folder)
    known: set[str] = set()
    found: list[Classifier] = []
    for path, card in _cards(files, folder, taken):
        known.add(card.file.path)
        found.append(_loaded(path, card, threads))
    for one in files:
        if one.suffix == ".onnx" and one.name not in known:
            message = f"{one}: no card beside it names this file"
            raise ClassifierUnreadable(message)
    return found


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    except OSError as error:
        raise _unreadable(folder, error) from error


def _cards(
    files: Sequence[Path], folder: Path, taken: Collection[str]
) -> Iterator[tuple[Path, ClassifierCard]]:
    """The cards among a folder's files, no two of one name."""
    paths = [one for one in files if one.suffix == ".toml"]
    if len(paths) > MAX_CLASSIFIERS:
        message = f"{folder}: {len(paths)} cards, more than {MAX_CLASSIFIERS}"
        raise ClassifierUnreadable(message)
    so_far = set(taken)
    for path in paths:
        card = _card(path, so_far)
        so_far.add(_name(card))
        yield path, card


def load(path: Path, *, threads: int = 1) -> Classifier:
    """Loads one classifier by its card. Raises ClassifierUnreadable."""
    return _loaded(path, _card(path, set()), threads)


def _card(path: Path, taken: Collection[str]) -> ClassifierCard:
    try:
        card = cards.read(_file(path))
    except (OSError, CardInvalid) as error:
        raise _unreadable(path, error) from error
    if _name(card) in taken:
        message = f"{path}: there is a detector {_name(card)} already"
        raise ClassifierUnreadable(message)
    return card


def _name(card: ClassifierCard) -> str:
    return card.id.partition("@")[0]


def _loaded(path: Path, card: ClassifierCard, threads: int) -> Classifier:
    model = path.parent / card.file.path
    try:
        classifier = Classifier(card, _verified(model, card.file), threads=threads)
    except (OSError, ModelMismatch) as error:
        raise _unreadable(model, error) from error
    for check in card.canonical:
        picture = path.parent / check.picture
        try:
            content = _bounded(picture, MAX_PICTURE_BYTES)
        except (OSError, ModelMismatch) as error:
            raise _unreadable(picture, error) from error
        decoded = decode(content, name=check.picture)
        if isinstance(decoded, Refusal):
            message = f"{picture}: {decoded.reason}, {decoded.detail}"
            raise ClassifierUnreadable(message)
        (answer,) = classifier.predict([decoded])
        scores = {one.label: one.score for one in signals_of(answer)}
        score = scores.get(check.label, -1.0)
        if abs(score - check.score) > TOLERANCE:
            message = f"{path}: {check.picture} scores {score} for {check.label}, not {check.score}"
            raise ClassifierUnreadable(message)
    return classifier


def _verified(path: Path, file: FileTable) -> bytes:
    """A model's bytes once size and SHA-256 match. Raises OSError, ModelMismatch."""
    content = _bounded(path, file.size_bytes)
    found = hashlib.sha256(content).hexdigest()
    if len(content) != file.size_bytes or found != file.sha256:
        message = (
            f"not the file on its card: {len(content)} bytes, sha256 {found}; "
            f"expected {file.size_bytes} bytes, {file.sha256}"
        )
        raise ModelMismatch(message)
    return content


def _bounded(path: Path, max_bytes: int) -> bytes:
    with _file(path).open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        message = f"more than {max_bytes} bytes"
        raise ModelMismatch(message)
    return content


def _file(path: Path) -> Path:
    """The path, if it is a file: opening a pipe would wait for ever. Raises OSError."""
    if path.exists() and not path.is_file():
        raise OSError(0, "not a file")
    return path


def _unreadable(path: Path, error: Exception) -> ClassifierUnreadable:
    cause = (isinstance(error, OSError) and error.strerror) or str(error)
    return ClassifierUnreadable(f"{path}: {cause.removeprefix(f'{path.name}: ')}")
