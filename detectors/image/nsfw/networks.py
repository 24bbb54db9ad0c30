"""The three networks of `image.nsfw`, from the files on its card."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from detectors.card import ModelCard, ModelFile
from detectors.image.classifier.network import Network
from detectors.image.nsfw.opinion import Opinion
from detectors.image.picture import Pixels
from detectors.session import ModelMismatch, verified

ROOT: Final = Path(__file__).parents[2]

Role = Literal["mobilenet", "yahoo", "inception"]
ROLES: Final[tuple[Role, ...]] = ("mobilenet", "yahoo", "inception")
"""In the order they are asked."""
KEPT_SIDE_PX: Final = 448
"""One and a half times the side of the largest network's pictures."""


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


def ask(networks: Networks, pixels: Pixels, *, early_exit: float) -> Opinion:
    """Gives what the networks say of a frame; the slow one where doubt reaches `early_exit`.

    Raises:
        NoAnswer: if one of them fails.
    """
    small = shrunk(pixels)
    quick = Opinion(networks.mobilenet.classes(small), networks.yahoo.classes(small))
    if quick.doubt < early_exit:
        return quick
    return replace(quick, inception=networks.inception.classes(small))


def shrunk(pixels: Pixels) -> Pixels:
    """Gives pixels averaged in squares, so that no side is under `KEPT_SIDE_PX`.

    Each network brings what it is given to its own size; of four megapixels this alone would take
    half of the time.
    """
    height_px, width_px = pixels.shape[:2]
    factor = min(height_px, width_px) // KEPT_SIDE_PX
    if factor <= 1:
        return pixels
    size = (width_px // factor, height_px // factor)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _folder(file: ModelFile, root: Path) -> Path:
    """Where a file's path begins; a package is found without being imported."""
    if not file.package:
        return root
    spec = find_spec(file.package)
    if spec is None or not spec.submodule_search_locations:
        message = f"{file.path} cannot be read: package {file.package} is not installed"
        raise ModelMismatch(message)
    return Path(spec.submodule_search_locations[0])
