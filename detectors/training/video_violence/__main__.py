"""`python -m detectors.training.video_violence --data DIR`: makes `video.violence`'s weights.

Five minutes of one core. Needs the `train` extra. Writes `detectors/weights/video_violence_1/` and
the card in `detectors/models.toml`.
"""

import argparse
import logging
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from detectors.arguments import existing_folder
from detectors.card import Quality
from detectors.training.video_violence import cards, export, fit
from detectors.training.video_violence.rows import corpus
from detectors.video.violence import WEIGHTS

FALSE_ALARMS: Final = 0.1
"""Share of unseen clips without a fight that may reach the threshold."""
_LOG = logging.getLogger(__name__)


def main() -> None:
    """Fits, exports and writes the card."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.video_violence")
    parser.add_argument(
        "--data", type=existing_folder, required=True, help="the shared data folder"
    )
    parser.add_argument("--cache", type=Path, help="file to keep measured clips in")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rows = corpus(given.data, given.cache)
    filmed, drawn = rows.filmed, rows.drawn
    unseen = fit.unseen_logits(filmed, drawn, seed=fit.SEED, by_origin=True)
    model = fit.calibrated(fit.fitted(filmed, drawn), unseen, filmed.is_fight)
    is_fight, highest, _ = fit.by_clip(filmed, model.slope * unseen + model.shift)
    scores = 1 / (1 + np.exp(-highest))
    threshold = round(float(np.quantile(scores[~is_fight], 1 - FALSE_ALARMS)), 3)
    is_found = scores >= threshold
    quality = Quality(
        label="violence",
        lang="*",
        n=len(is_fight),
        n_positive=int(is_fight.sum()),
        average_precision=round(float(average_precision_score(is_fight, scores)), 4),
        f1=round(float(f1_score(is_fight, is_found)), 4),
        benign_fpr=round(float(is_found[~is_fight].mean()), 4),
    )
    path = WEIGHTS / cards.PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(export.graph(model).SerializeToString())
    card = cards.write(threshold, (quality,))
    _LOG.info("%s: %d bytes, threshold %s, %s", card.id, path.stat().st_size, threshold, quality)


if __name__ == "__main__":
    main()
