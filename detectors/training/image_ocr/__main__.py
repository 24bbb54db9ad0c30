"""Makes the weights of image.ocr: `python -m detectors.training.image_ocr all --data DIR ...`.

Three minutes on a free core: draws lines and keeps what the recogniser sees of them, fits what
tells scripts apart, lays the other models' files beside it, writes the card. Needs the fonts of
Debian's packages; which ones are installed changes the outcome a little.
"""

import argparse
import logging
import shutil
from pathlib import Path
from typing import Final

from detectors.image.ocr.models import FOLDER
from detectors.image.ocr.tesseract import LANGUAGES
from detectors.training.image_ocr import card, features, fonts, scripts, texts
from detectors.training.image_ocr.traineddata import without

_LOG = logging.getLogger(__name__)
SEEDS: Final = (11, 21, 31)
N_LINES: Final = 1200
LEFT_OUT: Final = {"rus": ("lstm-system-dawg",)}
"""The dictionary is nine tenths of the Russian file. Without it clean pages are read as well."""


def draw(data: Path, out: Path) -> None:
    """Keeps frames of drawn lines, where they are not kept yet."""
    known, found = texts.sentences(data), fonts.found()
    out.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS:
        file = out / f"lines_{seed}.npz"
        if not file.exists():
            features.write(file, N_LINES, seed, known, found)
            _LOG.info("%s", file)


def lay(detector: Path, tessdata: Path) -> None:
    """Lays the models of others among the weights."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(detector, FOLDER / "detector.onnx")
    for lang in LANGUAGES.values():
        content = (tessdata / f"{lang}.traineddata").read_bytes()
        (FOLDER / f"{lang}.traineddata").write_bytes(without(content, LEFT_OUT.get(lang, ())))


def main() -> None:
    """Runs a step, or all."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.image_ocr")
    parser.add_argument("step", choices=("all", "draw", "scripts", "lay"))
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--detector", type=Path, help="PP-OCRv6_tiny_det as ONNX")
    parser.add_argument("--tessdata", type=Path, help="folder of Tesseract's models")
    parser.add_argument("--out", type=Path, default=Path("build/image_ocr"))
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if given.step in {"all", "draw"}:
        draw(given.data, given.out)
    if given.step in {"all", "lay"}:
        if given.detector is None or given.tessdata is None:
            parser.error("--detector and --tessdata say where the models of others lie")
        lay(given.detector, given.tessdata)
    if given.step in {"all", "scripts"}:
        files = [given.out / f"lines_{seed}.npz" for seed in SEEDS]
        share = scripts.write(files, FOLDER / "scripts.npz")
        _LOG.info("%.1f %% of held-back lines in the right script", 100 * share)
        card.write(share_right=share)


if __name__ == "__main__":
    main()
