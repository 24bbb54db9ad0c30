from pathlib import Path

import pytest
from msgspec.structs import replace

pytest.importorskip("onnx")
pytest.importorskip("sklearn")

from detectors.card import MODELS_FILE, read, read_all
from detectors.image.nsfw.detector import MODEL_ID
from detectors.training.image_nsfw import cards


def test_the_card_is_that_of_the_weights() -> None:
    shipped = read(MODEL_ID)
    assert replace(shipped, canonical=(), quality=()) == cards.describe()


def test_writing_leaves_other_cards_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_bytes(MODELS_FILE.read_bytes())
    cards.write(path)
    assert {one.id: one for one in read_all(path)} == {one.id: one for one in read_all()}
    once = path.read_bytes()
    cards.write(path)
    assert path.read_bytes() == once
