"""What nsfwjs' own models say of pictures made by code, to compare the converted ones with."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from detectors.evaluation.patterns import PATTERNS, pattern

SCRIPT: Final = Path(__file__).parent / "reference.mjs"
MODELS: Final = {"mobilenet": ("MobileNetV2", 224), "inception": ("InceptionV3", 299)}
"""By role in the card: the name in nsfwjs, and the side of its pictures."""
PACKAGES: Final = (
    "nsfwjs@4.3.0",
    "@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
)
TIMEOUT_S: Final = 1_800


def measured(node_folder: Path) -> dict[str, dict[str, list[float]]]:
    """Gives the classes of every pattern, by role and pattern; runs node, for a minute or two.

    Args:
        node_folder: Where nsfwjs and TensorFlow.js are installed; `PACKAGES` says which.

    Raises:
        subprocess.CalledProcessError: if node fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked = {}
        for name, side_px in MODELS.values():
            files = []
            for one in PATTERNS:
                path = Path(folder) / f"{one}_{side_px}"
                path.write_bytes(pattern(one, side_px, side_px).tobytes())
                files.append(str(path))
            asked[name] = {"size": side_px, "files": files}
        done = subprocess.run(  # noqa: S603 - our own script
            ["node", str(SCRIPT), str(node_folder.resolve())],  # noqa: S607 - as installed
            input=msgspec.json.encode(asked),
            capture_output=True,
            check=True,
            timeout=TIMEOUT_S,
        )
    answers = msgspec.json.decode(done.stdout, type=dict[str, list[list[float]]])
    return {
        role: dict(zip(PATTERNS, answers[name], strict=True)) for role, (name, _) in MODELS.items()
    }
