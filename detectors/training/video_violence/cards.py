"""Writes the card of `video.violence` into `detectors/models.toml`; others stay as they are."""

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from msgspec.structs import replace

from detectors.card import MODELS_FILE, Canonical, ModelCard, ModelFile, Quality
from detectors.training.text_risk.cards import toml
from detectors.training.video_violence.clips import FOLDER
from detectors.video.motion import NAMES
from detectors.video.violence import MODEL, WEIGHTS, VideoViolence

PATH: Final = "weights/video_violence_1/motion.onnx"
CANONICAL: Final = (-9.0, -4.0, -2.0, 0.0, 1.0)
KNOWN_FAILURES: Final = (
    "Learnt from 100 fights in 2-second clips, nearly all from fixed surveillance cameras: films, "
    "phones, sports and news are unknown to it.",
    "It sees how what moves moves, and not who or what: dancing, sport, wrestling in play and "
    "crowds that hurry look like fights; beating that hardly moves the picture does not.",
    "Weapons, gore, injuries and threats without motion are not seen at all.",
    "A clip's score is the highest of its windows': long clips have more of them, and more false "
    "alarms.",
    "Drawn fights (cartoons, games) are let pass with charts and slides, of which it was shown "
    "drawn ones to let pass.",
    "Under 12 frames a second motion is measured badly; under 3 not at all.",
    "Half of the calibration clips are fights: live traffic holds far fewer, so a score overstates "
    "the probability there. Let it send clips to people; it is no ground for removal by itself.",
)


def write(threshold: float, quality: tuple[Quality, ...], path: Path = MODELS_FILE) -> ModelCard:
    """Writes the card of the weights that are there; gives it."""
    card = describe(threshold, quality)
    card = replace(card, canonical=_canonical(card))
    blocks = path.read_text(encoding="utf-8").split("[[models]]\n")
    others = [one.rstrip("\n") for one in blocks if f'id = "{MODEL}"' not in one]
    own = toml(card).removeprefix("[[models]]\n").rstrip("\n")
    path.write_text("\n\n[[models]]\n".join([*others, own]) + "\n", encoding="utf-8")
    return card


def _canonical(card: ModelCard) -> tuple[Canonical, ...]:
    """Scores of rows that hold one number throughout."""
    rows = np.stack([np.full(len(NAMES), value, np.float32) for value in CANONICAL])
    scores = VideoViolence(card=card).scores(rows).tolist()
    return tuple(
        Canonical(text=f"every number {value:g}", label="violence", score=round(score, 4))
        for value, score in zip(CANONICAL, scores, strict=True)
    )


def describe(threshold: float, quality: tuple[Quality, ...] = ()) -> ModelCard:
    """Gives the card of the weights that are there."""
    content = (WEIGHTS / PATH).read_bytes()
    file = ModelFile(path=PATH, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    card = ModelCard(
        id=MODEL,
        summary="Fights in clips, by how what moves moves within the place where most happens.",
        inputs=("video",),
        labels=("violence",),
        licence="Apache-2.0; trained on clips under MIT",
        source="102 numbers of dense optical flow (OpenCV DIS) on two seconds; the chance that it "
        "is a fight times the chance that it is filmed and not drawn, each the mean of logistic "
        "regression and a forest of 100 trees, in log odds.",
        files={"model": file},
        thresholds={"violence": threshold},
        calibration="Platt scaling on log odds of clips whose source the model did not see (five "
        "folds), half of them fights. Threshold: one in ten of the unseen clips "
        "without a fight reaches it.",
        training_sets=(FOLDER, "drawn (detectors/training/video_violence/harmless.py)"),
        training_commands=(
            "python -m detectors.training.video_violence --data DIR",
            "python -m detectors.evaluation.video --data DIR",
        ),
        known_failures=KNOWN_FAILURES,
    )
    return replace(card, quality=quality)
