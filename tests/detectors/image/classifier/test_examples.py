"""The model that was added by a card and a file alone."""

from pathlib import Path
from shutil import copytree

import pytest

from detectors.detector import signals_of
from detectors.evaluation.harmless import drawn
from detectors.evaluation.patterns import pattern
from detectors.image import classifier
from detectors.image.classifier.folder import ClassifierUnreadable, load_folder
from detectors.image.decode import decode

EXAMPLES = Path(classifier.__file__).parent / "examples"


def test_it_is_loaded_and_its_picture_checked() -> None:
    (found,) = load_folder(EXAMPLES)
    assert found.card.id == "image.clipart_weapon@1"
    assert found.card.labels == ("violence",)
    assert len(found.card.canonical) == 1
    assert found.card.known_failures


def test_it_tells_a_drawn_sword_from_a_pattern() -> None:
    (found,) = load_folder(EXAMPLES)
    sword = decode((EXAMPLES / "clipart_weapon.png").read_bytes(), name="sword")
    answers = found.predict([sword, drawn("ramp", pattern("ramp", 200, 200))])
    scores = [signals_of(one)[0].score for one in answers]
    assert scores[0] >= found.card.thresholds["violence"] > scores[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mean = [0.5, 0.5, 0.5]", "mean = [0.0, 0.0, 0.0]"),
        ('classes = ["other", "weapon"]', 'classes = ["weapon", "other"]'),
    ],
)
def test_a_card_that_prepares_pixels_wrongly_is_found(
    tmp_path: Path, before: str, after: str
) -> None:
    folder = Path(copytree(EXAMPLES, tmp_path / "classifiers"))
    card = folder / "clipart_weapon.toml"
    text = card.read_text(encoding="utf-8")
    assert before in text
    card.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ClassifierUnreadable, match=r"clipart_weapon\.png scores"):
        load_folder(folder)
