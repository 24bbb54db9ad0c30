import numpy as np
import pytest

from detectors.audio.decode import decode
from detectors.audio.recording import RATE_HZ, Recording
from detectors.audio.vad import FRAME, AudioVad, spoken
from tests.detectors.audio.sounds import clip, noise, tone, wav


@pytest.fixture(scope="module")
def vad() -> AudioVad:
    return AudioVad()


def recording(content: bytes) -> Recording:
    found = decode(content, name="voice")
    assert isinstance(found, Recording)
    return found


def test_speech_is_found(vad: AudioVad) -> None:
    found = vad.speech(recording(clip("en-scam-1")))
    assert sum(one.end - one.start for one in found) > 5 * RATE_HZ
    assert all(one.probability > 0.5 for one in found)


def test_speech_is_found_in_the_middle_of_silence(vad: AudioVad) -> None:
    voice = recording(clip("en-scam-1")).samples
    silence = np.zeros(5 * RATE_HZ, np.float32)
    found = vad.speech(recording(wav(np.concatenate((silence, voice, silence)))))
    assert found[0].start == pytest.approx(5 * RATE_HZ, abs=RATE_HZ / 2)
    assert found[-1].end == pytest.approx(len(voice) + 5 * RATE_HZ, abs=RATE_HZ / 2)


@pytest.mark.parametrize(
    "samples", [np.zeros(3 * RATE_HZ, np.float32), tone(3.0), noise(3.0), noise(3.0, level=1e-4)]
)
def test_no_speech(vad: AudioVad, samples: np.ndarray) -> None:
    assert vad.speech(recording(wav(samples))) == ()


def test_frames_do_not_depend_on_blocks(vad: AudioVad) -> None:
    samples = np.tile(recording(clip("en-scam-1")).samples, 4)
    whole = vad.probabilities(samples)
    assert len(whole) == -(-len(samples) // FRAME)
    assert vad.probabilities(samples[: 20 * RATE_HZ])[:600] == pytest.approx(whole[:600], abs=1e-4)


def test_no_samples(vad: AudioVad) -> None:
    assert len(vad.probabilities(np.zeros(0, np.float32))) == 0


def test_short_pauses_are_bridged_and_clicks_dropped() -> None:
    frames = np.zeros(400, np.float32)
    frames[100:150] = 0.9
    frames[155:200] = 0.9  # after 160 ms
    frames[300:303] = 0.9  # 96 ms
    (found,) = spoken(frames, 400 * FRAME)
    assert found.start == 100 * FRAME - RATE_HZ * 3 // 10
    assert found.end == 200 * FRAME + RATE_HZ * 3 // 10


def test_speech_never_overlaps() -> None:
    frames = np.zeros(400, np.float32)
    frames[0:50] = 0.9
    frames[62:400] = 0.9  # after 384 ms, less than both pads
    first, second = spoken(frames, 400 * FRAME - 7)
    assert first.start == 0
    assert second.start == first.end
    assert second.end == 400 * FRAME - 7
