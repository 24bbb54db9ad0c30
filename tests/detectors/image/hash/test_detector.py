from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from detectors.detector import Partial, Undecodable, signals_of
from detectors.image.hash import banks
from detectors.image.hash.bank import BankInvalid, Entry
from detectors.image.hash.detector import ImageHash
from detectors.image.hash.pdq import hashed
from detectors.image.picture import Refusal
from tests.detectors.image import pictures

KNOWN = pictures.photo(1, 300, 200)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    banks.add(tmp_path, "airdrops", [Entry(hashed(KNOWN).own, "case-1")], label="scam")
    return tmp_path


def test_a_known_picture_is_told(folder: Path) -> None:
    (found,) = signals_of(
        ImageHash(banks=folder).predict([pictures.picture(KNOWN, name="logo")])[0]
    )
    assert (found.label, found.score, found.part) == ("scam", 0.99, "logo")
    assert found.detector == "image.hash@1"
    assert found.evidence == {
        "bank": "airdrops",
        "entry": "case-1",
        "action": "hold",
        "distance": "0",
        "turned": "as it is",
    }


def test_turned_and_in_a_later_frame(folder: Path) -> None:
    turned = np.ascontiguousarray(np.rot90(KNOWN))
    part = pictures.picture(pictures.photo(9, 200, 300), turned)
    (found,) = signals_of(ImageHash(banks=folder).predict([part])[0])
    assert found.evidence is not None
    assert (found.evidence["frame"], found.evidence["turned"]) == ("1", "rotated 270")


def test_child_safety_escalates_and_shows_nothing(folder: Path) -> None:
    banks.add(folder, "safety", [Entry(hashed(KNOWN).own, "x")], label="child_safety")
    answer = ImageHash(banks=folder).predict([pictures.picture(KNOWN)])[0]
    (found,) = (one for one in signals_of(answer) if one.label == "child_safety")
    assert found.score == 1.0
    assert found.evidence == {"bank": "safety", "entry": "x", "action": "escalate"}


def test_others_are_not(folder: Path) -> None:
    detector = ImageHash(banks=folder)
    others = [pictures.picture(pictures.photo(n, 300, 200)) for n in range(2, 12)]
    blank = pictures.picture(np.full((90, 90, 3), 255, np.uint8))
    assert detector.predict([*others, blank]) == [()] * 11
    assert ImageHash().predict([pictures.picture(KNOWN)]) == [()]


def test_laws(folder: Path) -> None:
    detector = ImageHash(banks=folder)
    good, bad = pictures.picture(KNOWN), Refusal("truncated", "cut")
    together = detector.predict([good, bad, good])
    assert together == [detector.predict([one])[0] for one in (good, bad, good)]
    assert together[1] == Undecodable("truncated: cut")
    assert detector.predict([]) == []
    assert {one.label for one in signals_of(together[0])} <= set(detector.card.labels)


def test_a_picture_not_seen_whole_is_partial(folder: Path) -> None:
    for part in (
        replace(pictures.picture(KNOWN), is_truncated=True),
        replace(pictures.picture(KNOWN), is_partial=True),
    ):
        answer = ImageHash(banks=folder).predict([part])[0]
        assert isinstance(answer, Partial)
        assert len(answer.signals) == 1


def test_a_replaced_bank_is_taken_up(folder: Path) -> None:
    now_s = 0.0
    other = pictures.photo(4, 300, 200)
    detector = ImageHash(banks=folder, clock=lambda: now_s)
    assert detector.predict([pictures.picture(other)]) == [()]
    banks.add(folder, "airdrops", [Entry(hashed(other).own, "case-2")])
    now_s = 60.0
    assert len(signals_of(detector.predict([pictures.picture(other)])[0])) == 1
    (folder / "broken.bank").write_text("no bank", encoding="utf-8")
    now_s = 120.0
    assert len(signals_of(detector.predict([pictures.picture(other)])[0])) == 1


def test_a_bank_that_cannot_be_read_ends_the_start(folder: Path) -> None:
    (folder / "broken.bank").write_text("no bank", encoding="utf-8")
    with pytest.raises(BankInvalid, match=r"broken\.bank"):
        ImageHash(banks=folder)
