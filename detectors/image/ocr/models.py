"""The model files that the reader uses: where they lie, and that they are the right ones."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from detectors.card import ModelFile
from detectors.session import ModelMismatch, verified

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "weights" / "image_ocr_1"
CARD_FILE: Final = FOLDER / "card.toml"
RECOGNISER: Final = ModelFile(
    path="models/PP-OCRv6_rec_small.onnx",
    sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    size_bytes=21234383,
    package="rapidocr",
)
"""PP-OCRv6 small."""
SEEN: Final = "p2o.pd_op.add.64.0"
"""Of the recogniser's graph: what its last convolutions see, [1, 384, 3, quarters of the width]."""


def located(file: ModelFile) -> Path:
    """Gives a file's path, checked. Of a package that carries it nothing is run.

    Raises:
        ModelMismatch: if it is not there, or another.
    """
    if not file.package:
        return verified(ROOT, file)
    spec = find_spec(file.package)
    if spec is None or spec.origin is None:
        message = f"{file.path} cannot be read: the package {file.package} is not installed"
        raise ModelMismatch(message)
    return verified(Path(spec.origin).parent, file)
