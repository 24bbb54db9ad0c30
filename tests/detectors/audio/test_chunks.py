import numpy as np
import pytest

from detectors.audio.chunks import MAX_CHUNK, cut, placed
from detectors.audio.recording import RATE_HZ, Recording, Stretch
from detectors.audio.vad import Speech

MINUTE = 60 * RATE_HZ


def of(*stretches: Stretch) -> Recording:
    n_samples = stretches[-1].end
    return Recording(
        name="voice",
        format="wav",
        samples=np.arange(n_samples, dtype=np.float32),
        stretches=stretches,
        duration_ms=n_samples // 16,
        loudness=-23,
    )


def seconds(start: float, end: float) -> Speech:
    return Speech(round(start * RATE_HZ), round(end * RATE_HZ), 0.9)


WHOLE = of(Stretch(start=0, end=5 * MINUTE, start_ms=0))


def test_no_speech_no_chunk() -> None:
    assert cut(WHOLE, ()) == []


def test_speech_is_packed_and_pauses_are_cut_short() -> None:
    (chunk,) = cut(WHOLE, (seconds(1, 3), seconds(100, 104)))
    assert len(chunk.samples) == 6.2 * RATE_HZ
    assert chunk.samples[0] == RATE_HZ
    assert chunk.n_spoken == 6 * RATE_HZ
    assert chunk.probability == pytest.approx(0.9)


def test_places_lead_back_into_the_file() -> None:
    (chunk,) = cut(WHOLE, (seconds(1, 3), seconds(100, 104)))
    first = placed(WHOLE, chunk, 0.0, 2.0)
    assert (first.start_ms, first.end_ms) == (1_000, 3_000)
    second = placed(WHOLE, chunk, 2.2, 6.2)
    assert (second.start_ms, second.end_ms) == (100_000, 104_000)
    across = placed(WHOLE, chunk, 1.0, 3.2)
    assert (across.start_ms, across.end_ms) == (2_000, 101_000)
    beyond = placed(WHOLE, chunk, 6.0, 30.0)
    assert (beyond.start_ms, beyond.end_ms) == (103_800, 104_000)


def test_places_in_windows_of_a_long_file() -> None:
    recording = of(
        Stretch(start=0, end=10 * RATE_HZ, start_ms=0),
        Stretch(start=10 * RATE_HZ, end=20 * RATE_HZ, start_ms=3_600_000),
    )
    (chunk,) = cut(recording, (seconds(2, 4), seconds(11, 13)))
    found = placed(recording, chunk, 2.2, 4.2)
    assert (found.start_ms, found.end_ms) == (3_601_000, 3_603_000)


def test_a_chunk_holds_no_more_than_the_model_takes() -> None:
    speech = tuple(seconds(start, start + 9) for start in range(0, 100, 10))
    chunks = cut(WHOLE, speech)
    assert all(len(chunk.samples) <= MAX_CHUNK for chunk in chunks)
    assert sum(chunk.n_spoken for chunk in chunks) == 90 * RATE_HZ


def test_speech_without_a_pause_is_cut_into_equal_parts() -> None:
    chunks = cut(WHOLE, (seconds(0, 70),))
    assert all(len(chunk.samples) <= MAX_CHUNK for chunk in chunks)
    assert sum(chunk.n_spoken for chunk in chunks) == 70 * RATE_HZ
    starts = [placed(WHOLE, chunk, 0.0, 1.0).start_ms for chunk in chunks]
    assert starts == sorted(starts)
