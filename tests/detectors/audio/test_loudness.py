import numpy as np
import pytest

from detectors.audio.loudness import FLOOR_DB, TARGET_DB, levelled, loudness
from tests.detectors.audio.sounds import tone


def test_a_sine() -> None:
    assert loudness(tone(4.0, level=1.0)) == pytest.approx(-3.01, abs=0.01)
    assert loudness(tone(4.0, level=0.1)) == pytest.approx(-23.01, abs=0.01)


def test_pauses_do_not_count() -> None:
    pause = np.zeros(64_000, np.float32)
    assert loudness(np.concatenate((tone(4.0), pause))) == pytest.approx(loudness(tone(4.0)), 0.01)


def test_nothing() -> None:
    assert loudness(np.zeros(0, np.float32)) == FLOOR_DB
    assert loudness(np.zeros(9_000, np.float32)) == FLOOR_DB


def test_levelled() -> None:
    quiet = tone(4.0, level=0.01)
    assert loudness(levelled(quiet, loudness(quiet))) == pytest.approx(TARGET_DB, abs=0.1)
    faint = tone(4.0, level=0.0005)
    assert loudness(levelled(faint, loudness(faint))) == pytest.approx(-24.0, abs=0.2)
    assert np.abs(levelled(np.ones(100, np.float32), -60)).max() < 1
