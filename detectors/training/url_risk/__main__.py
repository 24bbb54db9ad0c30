"""`python -m detectors.training.url_risk --data DIR --out DIR`: makes the weights of `text.links`.

Under a minute on two cores. Needs the `train` extra. `--out detectors/weights/url_risk_1` ships
what it makes.
"""

import argparse
import logging
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from detectors.arguments import existing_folder
from detectors.text.links.likeness import Likeness
from detectors.text.links.url_risk import UrlModel
from detectors.training.url_risk import card, domains, fit
from detectors.training.url_risk.domains import Domain

_LOG = logging.getLogger(__name__)
_BENIGN_RATE: Final = 0.005
"""Share of legitimate calibration hosts that may reach the recommended threshold."""


def main() -> None:
    """Fits, saves and writes the card."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.url_risk")
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the weights")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given.out.mkdir(parents=True, exist_ok=True)
    rows = domains.build(given.data)
    _LOG.info("%d hosts", len(rows))
    alike = fit.likenesses(rows)
    fitted = fit.model(rows, alike)
    np.savez_compressed(given.out / "weights.npz", weights=fitted.weights, numbers=fitted.numbers)
    scores = fit.likeness_scores(rows, alike)
    (given.out / "likeness.json").write_bytes(msgspec.json.encode(scores) + b"\n")
    threshold = _threshold(given.out / "weights.npz", rows, alike)
    card.write(given.out, threshold=threshold)
    _LOG.info("likeness scores %s, recommended threshold %.3f", scores, threshold)


def _threshold(path: Path, rows: list[Domain], alike: list[Likeness | None]) -> float:
    """The score that `_BENIGN_RATE` of the legitimate calibration hosts exceed, 0.5 at least."""
    model = UrlModel(path)
    scores = [
        model.judge(row.host, one).score
        for row, one in zip(rows, alike, strict=True)
        if row.split == "calibration" and not row.is_phishing
    ]
    return round(max(0.5, float(np.quantile(scores, 1 - _BENIGN_RATE))), 3)


if __name__ == "__main__":
    main()
