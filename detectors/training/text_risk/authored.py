"""Rows written for this project: chatter of a crypto room, look-alikes, harmless violations."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from detectors.training.text_risk.corpus import stable_hash
from detectors.training.text_risk.rows import ANY, TRAINED_LABELS, Row

_FOLDER = Path(__file__).parent / "authored"
FILES = ("chatter", "scams", "attacks", "prompts", "posts", "everyday", "bare")
_COPIES = {"benign": 3, "insult": 8}
_MOST_COPIES = 7
"""Of a template with slots; without any it is taken once, as it stands."""
_CALIBRATION_PERCENT = 18
"""Templates that calibrate instead of training: no template does both."""
_SLOT = re.compile(r"\{(\w+)\}")
_LABEL = {
    "giveaway": "scam",
    "seed": "phishing",
    "pump": "market_manipulation",
    "staff": "impersonation",
    "shill": "spam",
    "insult": "harassment",
    "injection": "prompt_attack",
}
_KIN = frozenset({"scam", "phishing", "spam", "market_manipulation", "impersonation"})
"""Kinds of fraud shade into each other: one says nothing about the others."""


class _Template(msgspec.Struct):
    kind: str
    lang: str
    text: str | list[str]


def labels_of(kind: str) -> dict[str, int]:
    """What is known of a row of this kind."""
    if kind == "benign":
        return {**dict.fromkeys(TRAINED_LABELS, 0), ANY: 0}
    own = _LABEL[kind]
    unknown = _KIN if own in _KIN else frozenset({own})
    known = {label: 0 for label in TRAINED_LABELS if label not in unknown}
    return {**known, own: 1, ANY: 1}


def read(names: Sequence[str] = FILES) -> list[Row]:
    """The rows of the named files, slots filled, split by template; the same every time."""
    slots: dict[str, list[str]] = json.loads((_FOLDER / "slots.json").read_bytes())
    rows: dict[str, Row] = {}
    for kind, lang, text in _templates(names):
        calibrates = stable_hash(text) % 100 < _CALIBRATION_PERCENT
        for n in range(_COPIES.get(kind, _MOST_COPIES) if _SLOT.search(text) else 1):
            filled = _filled(text, slots, n)
            key = f"authored:{stable_hash(filled):08x}"
            rows[filled] = Row(
                id=key, text=filled, lang=lang, source="authored", group=key,
                labels=labels_of(kind),
                split="calibration" if calibrates else "train",
            )  # fmt: skip
    return list(rows.values())


def _templates(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for name in names:
        for line in (_FOLDER / f"{name}.jsonl").read_bytes().splitlines():
            template = msgspec.json.decode(line, type=_Template)
            texts = [template.text] if isinstance(template.text, str) else template.text
            for text in texts:
                yield template.kind, template.lang, text


def _filled(text: str, slots: dict[str, list[str]], copy: int) -> str:
    random = np.random.default_rng(stable_hash(f"{text}#{copy}"))
    filled = _SLOT.sub(lambda found: str(random.choice(slots[found.group(1)])), text).strip()
    match int(random.integers(6)):
        case 0:
            return filled.lower()
        case 1:
            return filled.upper()
        case 2:
            return filled.rstrip(".!?") + str(random.choice(["!!", "...", "!", ""]))
        case _:
            return filled
