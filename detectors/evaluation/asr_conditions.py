"""Clips as they arrive: over a telephone, in noise, compressed, too quiet, clipped."""

import io
from collections.abc import Callable
from typing import Final

import av
import numpy as np
import numpy.typing as npt
import soxr
from av.audio.stream import AudioStream

Floats = npt.NDArray[np.float32]

_PHONE_HZ: Final = 8_000
_NOISE_DB: Final = 10.0
_QUIET_DB: Final = -45.0
_CLIP_DB: Final = 24.0
_OPUS_HZ: Final = 48_000


def _file(samples: Floats, rate_hz: int, container: str, codec: str, bit_rate: int = 0) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout="mono")
        if not isinstance(stream, AudioStream):
            message = f"{codec} is no codec of sound"
            raise TypeError(message)
        if bit_rate:
            stream.bit_rate = bit_rate
        values = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(values[None], format="s16", layout="mono")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(stream.format.name, "mono", rate_hz, stream.frame_size or 0)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return out.getvalue()


def clean(samples: Floats, rate_hz: int) -> bytes:
    """WAV, 16 bits, as spoken."""
    return _file(samples, rate_hz, "wav", "pcm_s16le")


def phone(samples: Floats, rate_hz: int) -> bytes:
    """WAV, 8 kHz, mu-law."""
    narrow = np.asarray(soxr.resample(samples, rate_hz, _PHONE_HZ), np.float32)
    return _file(narrow, _PHONE_HZ, "wav", "pcm_mulaw")


def noisy(samples: Floats, rate_hz: int) -> bytes:
    """Pink noise 10 dB below the speech."""
    rng = np.random.default_rng(11)
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    pink = np.fft.irfft(spectrum, len(samples))
    level = np.sqrt(np.mean(samples**2) / np.mean(pink**2)) * 10 ** (-_NOISE_DB / 20)
    return clean(np.asarray(samples + level * pink, np.float32), rate_hz)


def opus(samples: Floats, rate_hz: int) -> bytes:
    """Ogg Opus, 16 kbit/s, as a voice note is sent."""
    wide = np.asarray(soxr.resample(samples, rate_hz, _OPUS_HZ), np.float32)
    return _file(wide, _OPUS_HZ, "ogg", "libopus", 16_000)


def quiet(samples: Floats, rate_hz: int) -> bytes:
    """45 dB quieter: nine bits of sixteen are left."""
    return clean(samples * np.float32(10 ** (_QUIET_DB / 20)), rate_hz)


def clipped(samples: Floats, rate_hz: int) -> bytes:
    """24 dB louder than full scale allows."""
    return clean(np.clip(samples * np.float32(10 ** (_CLIP_DB / 20)), -1, 1), rate_hz)


CONDITIONS: Final[dict[str, Callable[[Floats, int], bytes]]] = {
    "as spoken": clean,
    "telephone, 8 kHz mu-law": phone,
    "pink noise at 10 dB": noisy,
    "opus, 16 kbit/s": opus,
    "45 dB quieter": quiet,
    "clipped by 24 dB": clipped,
}


def wordless() -> dict[str, Floats]:
    """Gives sounds without a word, 10 s each at 16 kHz: a recogniser should say nothing."""
    rng = np.random.default_rng(12)
    times = np.arange(160_000) / 16_000
    white = rng.standard_normal(len(times))
    tune = np.select(
        [(times * 2).astype(int) % 4 == n for n in range(4)], [262.0, 330.0, 392.0, 523.0]
    )
    phase = 2 * np.pi * np.cumsum(tune) / 16_000
    beat = (times * 2) % 1
    sounds = {
        "silence": np.zeros(len(times)),
        "faint hiss": white * 1e-3,
        "white noise": white * 0.1,
        "noise that swells": white * 0.2 * np.sin(2 * np.pi * 0.3 * times) ** 2,
        "mains hum": sum(np.sin(2 * np.pi * 50 * n * times) / n for n in (1, 2, 3, 5)) * 0.2,
        "a tone": 0.3 * np.sin(2 * np.pi * 440 * times),
        "a sweep": 0.3 * np.sin(2 * np.pi * (100 + 150 * times) * times),
        "a tune": 0.2 * np.sign(np.sin(phase)) * np.exp(-3 * beat),
        "chords": sum(0.1 * np.sin(phase * ratio) for ratio in (1, 1.25, 1.5, 2)),
        "drums": white * 0.5 * np.exp(-20 * beat),
        "clicks": 0.8 * (np.arange(len(times)) % 8_000 == 0),
        "ringing": 0.3 * np.sin(2 * np.pi * 425 * times) * (times % 5 < 1),
    }  # fmt: skip
    return {name: np.asarray(one, np.float32) for name, one in sounds.items()}
