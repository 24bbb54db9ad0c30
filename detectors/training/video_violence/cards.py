"""Writes the card of `video.violence` into `detectors/models.toml`; others stay as they are."""

import hashlib
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from detectors.card import MODELS_FILE, ModelCard, ModelFile, Quality
from detectors.training.text_risk.cards import toml
from detectors.training.video_violence.clips import FOLDER
from detectors.video.violence import MODEL, WEIGHTS

PATH: Final = "weights/video_violence_1/motion.onnx"
KNOWN_FAILURES: Final = (
    "Learnt from 100 fights in 2-second clips, nearly all from fixed surveillance cameras: films, "
    "phones, sports and news are unknown to it.",
    "It sees how what moves moves, and not who or what: dancing, sport, wrestling in play and "
    "crowds that hurry look like fights; beating that hardly moves the picture does not.",
    "Weapons, gore, injuries and threats without motion are not seen at all.",
    "A clip's score is the highest of its windows': long clips have more of them, and more false "
    "alarms.",
    "Under 12 frames a second motion is measured badly; under 3 not at all.",
    "Half of the calibration clips are fights: live traffic holds far fewer, so a score overstates "
    "the probability there. Let it send clips to people; it is no ground for removal by itself.",
)


def write(threshold: float, quality: tuple[Quality, ...], path: Path = MODELS_FILE) -> ModelCard:
    """Writes the card of the weights that are there; gives it."""
    card = describe(threshold, quality)
    blocks = path.read_text(encoding="utf-8").split("[[models]]\n")
    others = [one.rstrip("\n") for one in blocks if f'id = "{MODEL}"' not in one]
    own = toml(card).removeprefix("[[models]]\n").rstrip("\n")
    path.write_text("\n\n[[models]]\n".join([*others, own]) + "\n", encoding="utf-8")
    return card


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
        source="102 numbers of dense optical flow (OpenCV DIS) on two seconds; mean of logistic "
        "regression and a forest of 100 trees, in log odds.",
        files={"model": file},
        thresholds={"violence": threshold},
        calibration="Platt scaling on log odds of clips whose source the model did not see (five "
        "folds), half of them fights, and drawn clips. Threshold: one in ten of the unseen clips "
        "without a fight reaches it.",
        training_sets=(FOLDER, "drawn (detectors/training/video_violence/harmless.py)"),
        training_commands=(
            "python -m detectors.training.video_violence --data DIR",
            "python -m detectors.evaluation.video --data DIR",
        ),
        known_failures=KNOWN_FAILURES,
    )
    return replace(card, quality=quality)
