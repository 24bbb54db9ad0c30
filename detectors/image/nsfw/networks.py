"""The three networks of `image.nsfw`, from the files on its card."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from detectors.card import ModelCard, ModelFile
from detectors.image.classifier.network import Network
from detectors.session import ModelMismatch, verified

ROOT: Final = Path(__file__).parents[2]

Role = Literal["mobilenet", "yahoo", "inception"]
ROLES: Final[tuple[Role, ...]] = ("mobilenet", "yahoo", "inception")
"""In the order they are asked."""


class Networks(Struct, frozen=True, eq=False):
    """One network each."""

    mobilenet: Network
    """nsfwjs' MobileNetV2: drawing, hentai, neutral, porn, sexy."""
    yahoo: Network
    """Yahoo's open_nsfw: sfw, nsfw; learnt from photographs."""
    inception: Network
    """nsfwjs' InceptionV3: classes as MobileNetV2's, eight times as slow."""


def opened(card: ModelCard, *, threads: int, root: Path = ROOT) -> Networks:
    """Loads the networks.

    Args:
        card: Says which files, and what each graph takes and gives.
        threads: What ONNX Runtime uses for one picture.
        root: The folder that paths of our own files are relative to.

    Raises:
        ModelMismatch: if a file or its graph is not the one on the card.
    """
    mobilenet, yahoo, inception = (
        Network(
            card.networks[role],
            verified(_folder(card.files[role], root), card.files[role]),
            name=f"{card.id}'s {role}",
            threads=threads,
        )
        for role in ROLES
    )
    return Networks(mobilenet, yahoo, inception)


def _folder(file: ModelFile, root: Path) -> Path:
    """Where a file's path begins; a package is found without being imported."""
    if not file.package:
        return root
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        message = f"{file.path} cannot be read: package {file.package} is not installed"
        raise ModelMismatch(message)
    return Path(spec.submodule_search_locations[0])
