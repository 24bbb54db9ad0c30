"""Made block lists, a token list and ordinary texts, laid out as the shared data folder is."""

import json
from pathlib import Path
from typing import Final

from detectors.evaluation import link_runs
from detectors.training.url_risk import domains

BLOCKED: Final = [f"wallet-claim-zorb{n}.example" for n in range(40)]
SITES: Final = [f"garden-club-{name}.example" for name in ("one", "two", "three", "four")]
TEXTS: Final = (
    "the weather was lovely this morning",
    "bread again and the whole house smells of it",
    "ten minutes late, so another chapter",
)


def write_data(folder: Path) -> Path:
    """Writes everything that the measurements read."""
    for n, name in enumerate(domains.DENY_FILES):
        own = BLOCKED[n :: len(domains.DENY_FILES)]
        is_json = name.endswith(".json")
        listed = json.dumps(own) if is_json else "".join(f"- url: {one}\n" for one in own)
        _write(folder / name, listed)
    tokens = [{"extensions": {"website": f"https://{site}/about"}} for site in SITES]
    _write(folder / domains._TOKENS, json.dumps({"tokens": tokens}))
    rows = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS)
    for name in {*link_runs._ORDINARY, *domains._MENTIONS}:
        _write(folder / name / "data.jsonl", rows)
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
