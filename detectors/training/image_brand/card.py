"""Writes the files of `image.brand` that are not learnt, and its card into `models.toml`."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from detectors.card import MODELS_FILE, ModelCard, ModelFile
from detectors.image.brand import index
from detectors.image.brand.detector import MODEL_ID, ROOT
from detectors.image.brand.embedder import Embedder
from detectors.image.brand.index import Logos
from detectors.text.entities.lists import read_tokens
from detectors.training.image_brand.calibrate import Calibrated
from detectors.training.image_brand.disguises import flat
from detectors.training.image_brand.logos import Logo

FOLDER: Final = "weights/image_brand_1"
FILES: Final = {"embedder": "embedder.onnx", "logos": "logos.npz", "scale": "scale.json"}
STABLE: Final = ("dai", "tusd", "usdc", "usdt", "busd", "gusd", "pax")
_WHITE: Final = np.array([255, 255, 255])
KNOWN_FAILURES: Final = (
    "Coins' own logos that are alike (a letter or a triangle on a disc) are taken for one another: "
    "see the page for which.",
    "A logo that is a small part of a scene, held by a figure, or redrawn in another style is not "
    "found.",
    "A hat hides nearly every copy (2 % found), words or an emoji over it two in three.",
    "Whether a launch may use the logo is not known here: a brand's own launch is told too.",
    "A name written in a logo is not read; `image.ocr` reads it.",
)


def embedder_card(root: Path = ROOT) -> ModelCard:
    """Gives a card of the learnt file alone, to load it by."""
    return ModelCard(id=MODEL_ID, files={"embedder": _file(root, FILES["embedder"])})


def shipped(coins: Iterable[Logo], names: Mapping[str, str], embedder: Embedder) -> Logos:
    """Gives the index that ships: protected tokens and stablecoins of which there is a logo."""
    wanted = {one.symbol.lower(): one.names[0] for one in read_tokens()}
    wanted |= {symbol: names[symbol] for symbol in STABLE if symbol in names}
    chosen = [one for one in coins if one.name in wanted]
    return index.made(
        [
            (f"{wanted[one.name]} ({one.name.upper()})", flat(one.image, _WHITE))
            for one in sorted(chosen, key=lambda one: one.name)
        ],
        embedder,
    )


def write(calibrated: Calibrated, quality: str, *, root: Path = ROOT) -> None:
    """Writes the card into `models.toml`, in place of an older one."""
    card = ModelCard(
        id=MODEL_ID,
        summary="Look-alikes of protected logos: a picture's likeness to an operator's list, or to "
        "well-known coins' logos, by a learnt embedding and by PDQ.",
        inputs=("image",),
        labels=("impersonation",),
        licence="Apache-2.0; the logos are CC0 1.0",
        source="Own linear projection of edges, 0.3 M weights in 16 bits, fitted to disguised "
        "copies of logos and signs: npm cryptocurrency-icons 0.18.1 (CC0), simple-icons-font "
        "16.31.0 (CC0), @mdi/font 7.4.47 (Apache-2.0), emoji-datasource-google 16.0.0 (Noto, "
        "Apache-2.0), Debian openclipart-png (public domain).",
        files={role: _file(root, name) for role, name in FILES.items()},
        thresholds={"impersonation": calibrated.threshold},
        calibration="Logistic over the cosine, on copies of logos held back for it, other coins "
        "and unrelated pictures, one in twenty taken as a copy; threshold: one in a thousand "
        "unrelated pictures. " + quality,
        training_sets=(
            "crypto_icons",
            "simple-icons-font",
            "mdi-font",
            "noto-emoji",
            "openclipart",
        ),
        training_commands=(
            "python -m detectors.training.image_brand --data DIR --packages DIR --out "
            "detectors/weights/image_brand_1",
            "python -m detectors.evaluation.brand --data DIR --packages DIR",
        ),
        known_failures=KNOWN_FAILURES,
    )
    before = MODELS_FILE.read_text(encoding="utf-8")
    start = before.find(f'[[models]]\nid = "{MODEL_ID}"')
    if start >= 0:
        end = before.find("[[models]]", start + 1)
        before = before[:start] + (before[end:] if end >= 0 else "")
    MODELS_FILE.write_text(before.rstrip("\n") + "\n\n" + _toml(card), encoding="utf-8")


def _file(root: Path, name: str) -> ModelFile:
    content = (root / FOLDER / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return ModelFile(path=f"{FOLDER}/{name}", sha256=digest, size_bytes=len(content))


def _toml(card: ModelCard) -> str:
    fields = {name: value for name, value in msgspec.to_builtins(card).items() if value}
    files, thresholds = fields.pop("files"), fields.pop("thresholds")
    lines = ["[[models]]", *(f"{name} = {_value(value)}" for name, value in fields.items())]
    lines += ["", "[models.thresholds]"]
    lines += [f"{label} = {_value(value)}" for label, value in thresholds.items()]
    for role, file in files.items():
        lines += ["", f"[models.files.{role}]"]
        lines += [f"{name} = {_value(value)}" for name, value in file.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """A TOML value; JSON's strings and numbers are TOML's too."""
    if isinstance(value, (list, tuple)):
        return "[\n" + "".join(f"  {_value(one)},\n" for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
