"""Tiny graphs, so that tests need no trained network: they answer a picture's mean colours.

Made with `onnx.helper`; opset 17, input `x`, output `y` of three numbers.
"""

import base64
import hashlib
from pathlib import Path
from typing import Final

CHANNELS_FIRST: Final = base64.b64decode(
    "CAgSADpyChkKAXgSAW0iEUdsb2JhbEF2ZXJhZ2VQb29sChwKAW0SAXkiB0ZsYXR0ZW4qCwoEYXhpcxgBoAECEgFn"
    "Wh4KAXgSGQoXCAESEwoDEgFuCgIIAwoDEgFoCgMSAXdiFAoBeRIPCg0IARIJCgMSAW4KAggDQgQKABAR"
)
"""GlobalAveragePool, Flatten: [n, 3, h, w] -> [n, 3]."""
CHANNELS_LAST: Final = base64.b64decode(
    "CAgSADptCjIKAXgSAXkiClJlZHVjZU1lYW4qDQoEYXhlc0ABQAKgAQcqDwoIa2VlcGRpbXMYAKABAhIBZ1oeCgF4"
    "EhkKFwgBEhMKAxIBbgoDEgFoCgMSAXcKAggDYhQKAXkSDwoNCAESCQoDEgFuCgIIA0IECgAQEQ=="
)
"""ReduceMean: [n, h, w, 3] -> [n, 3]."""
ROOT: Final = base64.b64decode(
    "CAgSADqYAQoyCgF4EgFtIgpSZWR1Y2VNZWFuKg0KBGF4ZXNAAUACoAEHKg8KCGtlZXBkaW1zGACgAQIKDgoBbQoB"
    "cRIBcyIDU3ViCgwKAXMSAXkiBFNxcnQSAWcqCxABQgFxSgQAAIA+Wh4KAXgSGQoXCAESEwoDEgFuCgMSAWgKAxIB"
    "dwoCCANiFAoBeRIPCg0IARIJCgMSAW4KAggDQgQKABAR"
)
"""Sqrt(mean - 0.25): no number for what is dark; [n, h, w, 3] -> [n, 3]."""

CARD: Final = """\
id = "image.{name}@1"
summary = "Says how red a picture is."
licence = "Apache-2.0"

[file]
path = "{name}.onnx"
sha256 = "{sha256}"
size_bytes = {size_bytes}

[network]
classes = ["red", "green", "blue"]

[network.pixels]
width_px = 32
height_px = 32

[[labels]]
label = "violence"
classes = ["red"]
threshold = 0.7
"""


def written(folder: Path, *, name: str = "red", graph: bytes = CHANNELS_FIRST) -> Path:
    """Writes a card and its graph; gives the card's path."""
    sha256 = hashlib.sha256(graph).hexdigest()
    (folder / f"{name}.onnx").write_bytes(graph)
    path = folder / f"{name}.toml"
    text = CARD.format(name=name, sha256=sha256, size_bytes=len(graph))
    path.write_text(text, encoding="utf-8")
    return path


def changed(path: Path, before: str, after: str) -> None:
    """Replaces a passage of a card, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
