"""`python -m detectors.training.image_clipart --data DIR`: trains, measures and writes the example.

A minute or two. Leaves a card, an ONNX file and a picture to check it by in
`detectors/image/classifier/examples`.
"""

import argparse
import hashlib
import logging
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from PIL import Image
from sklearn.metrics import average_precision_score

from detectors.arguments import existing_folder
from detectors.image.decode import decode
from detectors.image.picture import Picture
from detectors.training.image_clipart import network, rows
from detectors.training.image_clipart.rows import Row

_LOG = logging.getLogger(__name__)
EXAMPLES: Final = Path(__file__).parents[2] / "image" / "classifier" / "examples"
STEM: Final = "clipart_weapon"
CHECKED: Final = "longsword_01"
N_FOLDS: Final = 5
SEED: Final = 1
THRESHOLD: Final = 0.8


class Measured(Struct, frozen=True):
    """What cross-validation found."""

    n: int
    n_weapons: int
    average_precision: float
    recall: float
    false_alarms: float


def measured(found: Sequence[Row]) -> Measured:
    """Cross-validates: each fold is judged by a network that saw nothing drawn alike."""
    scores = np.zeros(len(found))
    folds = np.array([rows.fold(row, N_FOLDS) for row in found])
    for fold in range(N_FOLDS):
        own = [row for row, one in zip(found, folds, strict=True) if one != fold]
        left = [row for row, one in zip(found, folds, strict=True) if one == fold]
        scores[folds == fold] = network.scores(network.trained(own, SEED + fold), left)
        _LOG.info("fold %d: %d rows", fold, len(left))
    wanted = np.array([row.is_weapon for row in found])
    flagged = scores >= THRESHOLD
    return Measured(
        n=len(found),
        n_weapons=int(wanted.sum()),
        average_precision=float(average_precision_score(wanted, scores)),
        recall=float(flagged[wanted].mean()),
        false_alarms=float(flagged[~wanted].mean()),
    )


def card(content: bytes, found: Measured, score: float) -> str:
    """Gives the card, as an operator would write it."""
    pixels = network.PIXELS
    return f"""\
# Written by `python -m detectors.training.image_clipart --data DIR`.
id = "image.{STEM}@1"
summary = "Drawings of weapons among clip art: the example of how a classifier is added."
licence = "Apache-2.0; trained on clip art in the public domain and CC0 logos"
source = "Four small convolutions, trained from scratch."
calibration = "None."
training_sets = ["openclipart_subset", "crypto_icons"]
training_commands = ["python -m detectors.training.image_clipart --data DIR"]
known_failures = [
  "Clip art alone: nothing was learnt of photographs, and a drawn weapon violates nothing.",
  "Cross-validation by drawing, {found.n} pictures, {found.n_weapons} of weapons (12 of them \
bullet holes by one hand): average precision {found.average_precision:.2f}; at {THRESHOLD} it \
flags {found.recall:.0%} of the weapons and {found.false_alarms:.0%} of the others.",
]

[file]
path = "{STEM}.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size_bytes = {len(content)}

[network]
classes = {_listed(network.CLASSES)}
activation = "softmax"

[network.pixels]
width_px = {pixels.width_px}
height_px = {pixels.height_px}
resize = "{pixels.resize}"
fill = {list(pixels.fill)}
mean = {list(pixels.mean)}
std = {list(pixels.std)}
layout = "{pixels.layout}"

[[labels]]
label = "violence"
classes = ["weapon"]
threshold = {THRESHOLD}

[[canonical]]
picture = "{STEM}.png"
label = "violence"
score = {score:.4f}
"""


def _listed(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def main() -> None:
    """Trains and writes."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.image_clipart")
    parser.add_argument("--data", type=existing_folder, required=True, help="folder of data sets")
    parser.add_argument("--out", type=Path, default=EXAMPLES)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    found = rows.read(given.data)
    figures = measured(found)
    _LOG.info("%s", figures)
    whole = network.trained(found, SEED)
    content = network.exported(whole)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{STEM}.onnx").write_bytes(content)
    checked = next(row for row in found if row.name == CHECKED)
    png = BytesIO()
    Image.fromarray(checked.small).save(png, "PNG", optimize=True)
    (given.out / f"{STEM}.png").write_bytes(png.getvalue())
    seen = decode(png.getvalue(), name=STEM)
    if isinstance(seen, Picture):
        (score,) = network.scores(
            whole, [Row(STEM, "", True, seen.frames[0].pixels, checked.small)]
        )
        (given.out / f"{STEM}.toml").write_text(card(content, figures, score), encoding="utf-8")


if __name__ == "__main__":
    main()
