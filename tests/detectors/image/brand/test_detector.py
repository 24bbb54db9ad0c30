from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from detectors.detector import Partial, Undecodable, signals_of
from detectors.image.brand.detector import ImageBrand
from detectors.image.brand.match import LISTED, Match, Scale
from detectors.image.picture import Refusal
from schemas.signals import Signal
from tests.detectors.image import pictures
from tests.detectors.image.brand import logo_pictures

THRESHOLD = ImageBrand().card.thresholds["impersonation"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "logos"
    made.mkdir()
    Image.fromarray(logo_pictures.wheel()).save(made / "Wheel Coin.png")
    Image.fromarray(logo_pictures.ladder()).save(made / "Ladder.png")
    return made


def told(detector: ImageBrand, *frames: logo_pictures.Pixels) -> Signal:
    (found,) = signals_of(detector.predict([pictures.picture(*frames, name="logo")])[0])
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda seen: seen,
        logo_pictures.mirrored,
        logo_pictures.with_margin,
        logo_pictures.recoloured,
    ],
)
def test_copies_of_an_operator_s_logos(folder: Path, change: object) -> None:
    assert callable(change)
    found = told(ImageBrand(logos=folder), change(logo_pictures.wheel()))
    assert (found.label, found.part, found.detector) == ("impersonation", "logo", "image.brand@1")
    assert found.score >= THRESHOLD
    assert found.evidence is not None
    assert found.evidence["brand"] == "Wheel Coin"
    assert found.evidence["how"] in {"hash", "embedding"}
    assert float(found.evidence["similarity"]) > 0.5


def test_the_likest_frame_counts(folder: Path) -> None:
    found = told(ImageBrand(logos=folder), pictures.scene(3), logo_pictures.ladder())
    assert found.evidence is not None
    assert (found.evidence["brand"], found.evidence["frame"]) == ("Ladder", "1")


def test_other_pictures_are_below_the_threshold(folder: Path) -> None:
    detector = ImageBrand(logos=folder)
    others = [pictures.picture(pictures.photo(n, 300, 200)) for n in range(12)]
    others.append(pictures.picture(np.full((90, 90, 3), 255, np.uint8)))
    for answer in detector.predict(others):
        assert all(one.score < THRESHOLD for one in signals_of(answer))


def test_laws(folder: Path) -> None:
    detector = ImageBrand(logos=folder)
    good, bad = pictures.picture(logo_pictures.ladder()), Refusal("truncated", "cut")
    together = detector.predict([good, bad, good])
    assert together == [detector.predict([one])[0] for one in (good, bad, good)]
    assert together[1] == Undecodable("truncated: cut")
    assert detector.predict([]) == []
    assert all(0 <= one.score <= 1 for one in signals_of(together[0]))
    damaged = replace(good, is_truncated=True)
    assert isinstance(detector.predict([damaged])[0], Partial)


def test_a_new_logo_is_taken_up(folder: Path) -> None:
    now_s = 0.0
    detector = ImageBrand(logos=folder, clock=lambda: now_s)
    before = detector.logos
    Image.fromarray(pictures.scene(5)).save(folder / "Third.png")
    now_s = 60.0
    assert before.brands == ("Ladder", "Wheel Coin")
    assert set(detector.logos.brands) - set(before.brands) == {"Third"}
    (folder / "Broken.png").write_bytes(b"no picture")
    now_s = 120.0
    assert len(detector.logos.brands) == 3


def test_logos_that_cannot_be_read_end_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no picture"):
        ImageBrand(logos=tmp_path)


def test_well_known_coins_are_protected_as_it_ships() -> None:
    brands = ImageBrand().logos.brands
    assert len(brands) >= 15
    assert {"Bitcoin (BTC)", "Ethereum (ETH)", "Tether (USDT)"} <= set(brands)


def test_scores() -> None:
    scale = Scale(slope=20.0, offset=-14.0, max_bits=20)
    told = scale.told(Match("A", 0.7, "B", 40))
    assert (told.brand, told.how, round(told.score, 6)) == ("A", "embedding", 0.5)
    told = scale.told(Match("A", 0.2, "B", 20))
    assert (told.brand, told.how, told.score) == ("B", "hash", LISTED)
    assert scale.cosine(0.5) == pytest.approx(0.7)
