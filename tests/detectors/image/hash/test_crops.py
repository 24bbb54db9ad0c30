from pathlib import Path

import numpy as np

from detectors.detector import signals_of
from detectors.image.hash import banks
from detectors.image.hash.bank import Entry
from detectors.image.hash.crops import CROPS, with_crops
from detectors.image.hash.detector import ImageHash
from detectors.image.hash.pdq import hashed
from tests.detectors.image import pictures

KNOWN = pictures.photo(1, 600, 400)
ENTRY = Entry(hashed(KNOWN).own, "case-1", "a note")


def test_a_crop_is_told_under_the_pictures_own_id(tmp_path: Path) -> None:
    banks.add(tmp_path, "known", with_crops(ENTRY, KNOWN), label="scam")
    cut = np.ascontiguousarray(KNOWN[:, 36:])
    (found,) = signals_of(ImageHash(banks=tmp_path).predict([pictures.picture(cut)])[0])
    assert found.evidence is not None
    assert found.evidence["entry"] == "case-1"


def test_crops_go_with_their_picture(tmp_path: Path) -> None:
    other = Entry(hashed(pictures.photo(2)).own, "case-10")
    banks.add(tmp_path, "known", [*with_crops(ENTRY, KNOWN), other], label="scam")
    assert banks.remove(tmp_path, "known", ["case-1"]) == 1 + len(CROPS)
    assert list(banks.read_bank(tmp_path, "known").entries) == ["case-10"]


def test_a_pixel_has_crops_too() -> None:
    assert len(with_crops(ENTRY, np.zeros((1, 1, 3), np.uint8))) == 1 + len(CROPS)
