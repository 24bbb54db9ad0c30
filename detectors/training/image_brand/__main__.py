"""`python -m detectors.training.image_brand --data DIR --packages DIR --out DIR`: makes the model.

Five minutes, mostly drawing. Needs the extra `train`. `logos.py` says what the folders hold;
`--out detectors/weights/image_brand_1` ships what is made, and writes the card.
"""

import argparse
import json
import logging
from pathlib import Path

import msgspec

from detectors.arguments import existing_folder
from detectors.evaluation.brand import all_seen, no_copies
from detectors.image.brand import index
from detectors.image.brand.detector import ROOT
from detectors.image.brand.embedder import Embedder
from detectors.training.image_brand import card, fit, graph, logos, pool, trials
from detectors.training.image_brand.calibrate import calibrate
from detectors.training.image_brand.logos import Logo

_LOG = logging.getLogger(__name__)


def main() -> None:
    """Fits, exports, calibrates and writes the card."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.image_brand")
    parser.add_argument("--data", type=existing_folder, required=True, help="the data folder")
    parser.add_argument("--packages", type=existing_folder, required=True, help="see logos.py")
    parser.add_argument("--out", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--work", type=Path, help="keeps what is drawn to calibrate with")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given.out.mkdir(parents=True, exist_ok=True)
    drawn = pool.draw(_learnt(given.data, given.packages))
    _LOG.info("%d squares drawn", len(drawn.edges))
    graph.write(fit.fit(drawn), given.out / card.FILES["embedder"])
    if given.out.resolve() == (ROOT / card.FOLDER).resolve():
        _ship(given.data, given.packages, given.out, given.work)


def _learnt(data: Path, packages: Path) -> list[Logo]:
    sources = (
        logos.coins(data),
        logos.marks(data, packages),
        logos.signs(packages),
        logos.emoji(packages, "google"),
        logos.clip_art(packages),
    )
    found = [one for source in sources for one in source if one.split == "train"]
    _LOG.info("%d pictures to learn from", len(found))
    return found


def _ship(data: Path, packages: Path, out: Path, work: Path | None) -> None:
    """Calibrates, makes the index that ships, and writes the card."""
    embedder = Embedder(card.embedder_card(), ROOT)
    pictures = trials.read(data, packages)
    others = no_copies(pictures, "calibration", embedder, work)
    seen = all_seen(pictures, "calibration", embedder, others, work)
    calibrated = calibrate(seen)
    (out / card.FILES["scale"]).write_bytes(msgspec.json.encode(calibrated.scale) + b"\n")
    listed = json.loads((data / "crypto_icons" / "manifest.json").read_text(encoding="utf-8"))
    names = {one["symbol"].lower(): one["name"] for one in listed}
    own = card.shipped(pictures.coins, names, embedder)
    index.write(own, out / card.FILES["logos"])
    n_copies = sum(one.brand is not None for one in seen)
    card.write(calibrated, f"{n_copies} copies, {len(seen) - n_copies} others.")
    _LOG.info("%s; %d logos ship", calibrated, len(own.brands))


if __name__ == "__main__":
    main()
