from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from msgspec.structs import replace

from detectors.card import Canonical, read
from detectors.detector import Partial, Undecodable, signals_of
from detectors.evaluation.harmless import drawn
from detectors.evaluation.patterns import PATTERNS, pattern
from detectors.image.nsfw.detector import MODEL_ID, ImageNsfw
from detectors.image.picture import Picture, Refusal
from tests.detectors.image import pictures

CARD = read(MODEL_ID)
DARK = np.zeros((1, 1, 3), np.uint8)


@pytest.fixture(scope="module")
def detector() -> ImageNsfw:
    return ImageNsfw(threads=1)


def several() -> list[Picture | Refusal]:
    parts: list[Picture | Refusal] = [drawn(name, pattern(name, 300, 200)) for name in PATTERNS[:4]]
    parts.insert(1, Refusal("truncated", "it ends early"))
    parts.append(pictures.picture(DARK, name="dark"))
    return parts


@pytest.mark.parametrize("canonical", CARD.canonical, ids=lambda one: one.picture)
def test_canonical_scores(detector: ImageNsfw, canonical: Canonical) -> None:
    (answer,) = detector.predict([drawn("media", pattern(canonical.picture, 320, 240))])
    (found,) = signals_of(answer)
    assert found.label == canonical.label
    assert found.score == pytest.approx(canonical.score, abs=0.01)


def test_the_card_has_five_canonical_scores() -> None:
    assert len(CARD.canonical) == 5
    assert CARD.labels == ("sexual",)


def test_a_batch_answers_as_one_by_one(detector: ImageNsfw) -> None:
    parts = several()
    assert detector.predict(parts) == [detector.predict([part])[0] for part in parts]
    assert detector.predict(parts[::-1]) == detector.predict(parts)[::-1]
    assert detector.predict([]) == []


def test_a_refused_file_fills_its_own_slot(detector: ImageNsfw) -> None:
    assert detector.predict(several())[1] == Undecodable("truncated: it ends early")


def test_signals_are_well_formed(detector: ImageNsfw) -> None:
    for part, answer in zip(several(), detector.predict(several()), strict=True):
        for found in signals_of(answer):
            assert isinstance(part, Picture)
            assert (found.label, found.detector, found.part) == ("sexual", MODEL_ID, part.name)
            assert 0 <= found.score < CARD.thresholds["sexual"]
            assert found.evidence is not None
            assert found.evidence.keys() >= {"mobilenet", "yahoo"}


def test_of_an_animation_the_highest_frame(detector: ImageNsfw) -> None:
    frames = [pattern(name, 200, 200) for name in ("checks", "sand", "ramp")]
    scores = [signals_of(detector.predict([drawn("x", one)])[0])[0].score for one in frames]
    (answer,) = detector.predict([pictures.picture(*frames)])
    (found,) = signals_of(answer)
    assert found.score == max(scores)
    assert found.evidence is not None
    assert found.evidence["frame"] == str(scores.index(max(scores)))


def test_what_was_not_seen_is_said(detector: ImageNsfw) -> None:
    part = replace(pictures.picture(pictures.photo(1)), is_partial=True)
    (answer,) = detector.predict([part])
    assert isinstance(answer, Partial)
    assert len(signals_of(answer)) == 1


def test_the_slow_network_is_asked_in_doubt_alone(detector: ImageNsfw) -> None:
    seen = pattern("ramp", 200, 200)
    first = detector.opinion(seen)
    always = ImageNsfw(card=replace(CARD, early_exit=0.0)).opinion(seen)
    never = ImageNsfw(card=replace(CARD, early_exit=1.01)).opinion(seen)
    assert always.inception is not None
    assert never.inception is None
    assert (first.inception is None) == (first.doubt < CARD.early_exit)
    assert always.doubt == never.doubt == first.doubt


def test_any_thread_may_ask(detector: ImageNsfw) -> None:
    parts = several()
    expected = detector.predict(parts)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(detector.predict, [parts] * 4))
    assert found == [expected] * 4
