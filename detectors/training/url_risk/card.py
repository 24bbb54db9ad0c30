"""Writes the card of `text.links@1` beside its weights."""

import hashlib
import json
from pathlib import Path
from typing import Final

import msgspec

from detectors.card import Canonical, ModelCard, ModelFile
from detectors.detector import signals_of
from detectors.text.links.detector import MODEL_ID, ROOT, Links
from schemas.content import TextPart
from schemas.labels import Label

FOLDER: Final = "weights/url_risk_1"
KNOWN_FAILURES: Final = (
    "Without a block list (none ships) only look-alikes, tricks and the model speak: see the "
    "recall of unseen domains in evaluation/links_1.md.",
    "A legitimate site that hijackers use, or a platform's page with a harmless name, is not seen.",
    "Shorteners are recognised but not followed; they get no score of their own.",
    "Young crypto projects' own sites are the model's usual false alarms; fan sites that bear a "
    "protected name look like impersonation until they are allowed.",
    "Names with a space after the dot whose last part is a word (`name. live`) count only when "
    "blocked, and then with 0.6.",
    "The model learnt English and crypto lures; bank, parcel and job phishing is thin in it.",
)
_CANONICAL: Final[tuple[tuple[str, Label], ...]] = (
    ("claim it at hxxps://metamask-airdrop[.]example/claim", "phishing"),
    ("the new address is binance.com.login-secure.test", "impersonation"),
    ("go to https://wikipedia.org@prize.example/now", "phishing"),
    ("look: http://3232235777/wallet", "phishing"),
    ("coinbaze-support dot test has the form", "impersonation"),
)


def write(folder: Path, *, threshold: float) -> None:
    """Writes `card.toml` into the folder of the weights. `threshold` is the recommended one."""
    files = {"weights": "weights.npz", "likeness": "likeness.json"}
    card = ModelCard(
        id=MODEL_ID,
        summary="Web addresses in a text, however written: phishing and impersonation, each "
        "signal with its span and evidence.",
        labels=("phishing", "impersonation"),
        source="Rules, block and allow lists, and logistic regression over hashed pieces of a "
        "host's name; public suffixes from PyPI publicsuffixlist, confusables from PyPI "
        "confusable-homoglyphs.",
        files={role: _file(folder, name) for role, name in files.items()},
        thresholds={"phishing": threshold, "impersonation": threshold},
        calibration="Model: Platt scaling on the calibration split (15 % of registered domains), "
        "one link in twenty taken as phishing. Likeness: measured on training and calibration "
        "splits at the same share. Block list and tricks: set by hand.",
        training_sets=(
            "polkadot_phishing",
            "phantom_blocklist",
            "discord_phishing",
            "solana_token_list",
            "publicsuffixlist",
            "authored",
        ),
        training_commands=(
            "python -m detectors.training.url_risk --data DIR --out detectors/weights/url_risk_1",
            "python -m detectors.evaluation.links --data DIR",
        ),
        known_failures=KNOWN_FAILURES,
    )
    card = msgspec.structs.replace(card, canonical=_canonical(folder, card))
    (folder / "card.toml").write_text(_toml(card), encoding="utf-8")


def _file(folder: Path, name: str) -> ModelFile:
    content = (folder / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return ModelFile(path=f"{FOLDER}/{name}", sha256=digest, size_bytes=len(content))


def _canonical(folder: Path, card: ModelCard) -> tuple[Canonical, ...]:
    if folder.resolve() != (ROOT / FOLDER).resolve():
        return ()
    answers = Links(card=card).predict([TextPart(name="text", text=one) for one, _ in _CANONICAL])
    return tuple(
        Canonical(
            text=text,
            label=label,
            score=max((one.score for one in signals_of(answer) if one.label == label), default=0.0),
        )
        for (text, label), answer in zip(_CANONICAL, answers, strict=True)
    )


def _toml(card: ModelCard) -> str:
    fields = msgspec.to_builtins(card)
    del fields["quality"]
    files = fields.pop("files")
    lines = ["# Written by `python -m detectors.training.url_risk`.", "", "[[models]]"]
    lines += [f"{name} = {_value(value)}" for name, value in fields.items()]
    for role, file in files.items():
        lines += ["", f"[models.files.{role}]"]
        lines += [f"{name} = {_value(value)}" for name, value in file.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """A TOML value; JSON's strings, numbers and booleans are TOML's too."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[\n" + "".join(f"  {_value(one)},\n" for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
