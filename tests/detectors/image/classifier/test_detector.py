from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from detectors.detector import Partial, Undecodable, signals_of
from detectors.image.classifier.detector import Classifier, calibrated
from detectors.image.classifier.folder import load
from detectors.image.picture import Picture, Refusal
from tests.detectors.image import pictures
from tests.detectors.image.classifier import graphs


def plain(*colours: tuple[int, int, int], name: str = "media") -> Picture:
    frames = [np.full((40, 50, 3), colour, np.uint8) for colour in colours]
    return pictures.picture(*frames, name=name)


RED, GREEN, DARK = (255, 0, 0), (0, 255, 0), (10, 10, 10)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return load(graphs.written(tmp_path_factory.mktemp("one")))


def test_a_signal_names_class_and_probability(classifier: Classifier) -> None:
    (answer,) = classifier.predict([plain((204, 0, 0), name="media1")])
    (found,) = signals_of(answer)
    assert (found.label, found.score, found.part) == ("violence", 0.8, "media1")
    assert found.detector == classifier.card.id == "image.red@1"
    assert found.evidence == {"class": "red", "probability": "0.800"}


def test_of_an_animation_the_highest_frame(classifier: Classifier) -> None:
    (answer,) = classifier.predict([plain(GREEN, RED, GREEN)])
    (found,) = signals_of(answer)
    assert found.score == 1.0
    assert found.evidence is not None
    assert found.evidence["frame"] == "1"


def test_a_batch_answers_as_one_by_one(classifier: Classifier) -> None:
    parts: list[Picture | Refusal] = [
        pictures.picture(pictures.photo(seed, 90 + seed, 200)) for seed in range(5)
    ]
    parts.insert(2, Refusal("empty", "no bytes"))
    batch = classifier.predict(parts)
    assert batch == [classifier.predict([part])[0] for part in parts]
    assert batch[2] == Undecodable("empty: no bytes")
    assert classifier.predict([]) == []


def test_what_was_not_seen_is_said(classifier: Classifier) -> None:
    (answer,) = classifier.predict([replace(plain(RED), is_truncated=True)])
    assert isinstance(answer, Partial)
    assert signals_of(answer)[0].score == 1.0


def test_what_is_no_number_spoils_its_own_slot(tmp_path: Path) -> None:
    path = graphs.written(tmp_path, graph=graphs.ROOT)
    graphs.changed(path, "height_px = 32", 'height_px = 32\nlayout = "nhwc"')
    found = load(path).predict([plain(RED), plain((255, 255, 255)), plain(DARK)])
    assert [isinstance(one, Undecodable) for one in found] == [True, False, True]


def test_softmax_adds_classes_up(tmp_path: Path) -> None:
    path = graphs.written(tmp_path, graph=graphs.CHANNELS_LAST)
    graphs.changed(path, "height_px = 32", 'height_px = 32\nlayout = "nhwc"\ndivide_by = 10.0')
    graphs.changed(path, "[network]", '[network]\nactivation = "softmax"\ntemperature = 5.0')
    graphs.changed(path, 'classes = ["red"]', 'classes = ["red", "green"]')
    (answer,) = load(path).predict([plain((100, 100, 100))])
    (found,) = signals_of(answer)
    assert found.score == pytest.approx(2 / 3, abs=1e-4)
    assert found.evidence == {"class": "red", "probability": "0.333"}


def test_sigmoid_takes_the_highest(tmp_path: Path) -> None:
    path = graphs.written(tmp_path)
    graphs.changed(path, "height_px = 32", "height_px = 32\ndivide_by = 100.0")
    graphs.changed(path, "[network]", '[network]\nactivation = "sigmoid"')
    graphs.changed(path, 'classes = ["red"]', 'classes = ["red", "green"]')
    (answer,) = load(path).predict([plain((0, 100, 200))])
    (found,) = signals_of(answer)
    assert found.score == pytest.approx(0.7311, abs=1e-4)
    assert found.evidence is not None
    assert found.evidence["class"] == "green"


def test_calibration() -> None:
    assert calibrated(0.5, 1.0, 0.0) == 0.5
    assert calibrated(0.5, 2.0, -1.0) == pytest.approx(0.2689, abs=1e-4)
    assert 0 <= calibrated(0.0, 2.0, -40.0) < calibrated(1.0, 2.0, 40.0) <= 1
