"""Fits which script a line is in, by logistic regression."""

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from detectors.image.ocr.scripts import SCRIPTS, Script, pooled
from detectors.training.image_ocr.texts import ARABIC, CYRILLIC, DEVANAGARI


def script(lang: str, text: str) -> Script:
    """Gives a line's script; numbers and Latin words alone are PP-OCRv6's own."""
    if text.isascii():
        return "own"
    if lang in CYRILLIC:
        return "cyrillic"
    if lang in ARABIC:
        return "arabic"
    if lang in DEVANAGARI:
        return "devanagari"
    return "vietnamese" if lang == "vi" else "own"


def write(files: list[Path], out: Path) -> float:
    """Fits on four fifths of the lines, writes the model, gives the share right of the rest."""
    features, scripts = [], []
    for file in files:
        held = np.load(file)
        ends = np.cumsum(held["lengths"])
        features += [pooled(one.astype(np.float32)) for one in np.split(held["frames"], ends[:-1])]
        scripts += [
            SCRIPTS.index(script(lang, text))
            for lang, text in zip(held["langs"].tolist(), held["targets"].tolist(), strict=True)
        ]
    block, right = np.stack(features), np.array(scripts)
    is_kept = np.arange(len(right)) % 5 > 0
    scale = block[is_kept].std(0) + 0.05
    model = LogisticRegression(C=0.02, max_iter=500)
    model.fit(block[is_kept] / scale, right[is_kept])
    weights = (model.coef_ / scale).T.astype(np.float32)
    np.savez(out, weights=weights, bias=model.intercept_.astype(np.float32))
    return float(model.score(block[~is_kept] / scale, right[~is_kept]))
