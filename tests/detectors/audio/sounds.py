"""Sounds and files of them, made in memory."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

Floats = npt.NDArray[np.float32]

CLIPS = Path(__file__).parent / "clips"
"""Spoken by Kokoro and Festival, made by `python -m detectors.evaluation.speech`; opus."""


def clip(name: str) -> bytes:
    return (CLIPS / f"{name}.ogg").read_bytes()


def tone(seconds: float, rate_hz: int = 16_000, hz: float = 440.0, level: float = 0.3) -> Floats:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def noise(seconds: float, rate_hz: int = 16_000, level: float = 0.1) -> Floats:
    rng = np.random.default_rng(5)
    return (level * rng.standard_normal(round(seconds * rate_hz))).astype(np.float32)


def header(
    n_bytes: int, *, rate_hz: int = 16_000, channels: int = 1, bits: int = 16, tag: int = 1
) -> bytes:
    """The 44 bytes of a WAV file."""
    block = channels * bits // 8
    return (
        b"RIFF" + struct.pack("<I", 36 + n_bytes & 0xFFFFFFFF) + b"WAVEfmt "
        + struct.pack(
            "<IHHIIHH", 16, tag, channels, rate_hz, rate_hz * block & 0xFFFFFFFF, block, bits
        )
        + b"data" + struct.pack("<I", n_bytes)
    )  # fmt: skip


def wav(samples: Floats, rate_hz: int = 16_000) -> bytes:
    """Sixteen bits; [n] or [n, channels]."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    content = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return header(len(content), rate_hz=rate_hz, channels=channels) + content


def wav_floats(samples: Floats, rate_hz: int = 16_000) -> bytes:
    content = samples.astype("<f4").tobytes()
    return header(len(content), rate_hz=rate_hz, bits=32, tag=3) + content


def silent_video(seconds: float = 1.0) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        add_video(file, seconds)
    return out.getvalue()


def add_video(file: OutputContainer, seconds: float) -> None:
    """Five black frames a second."""
    video = file.add_stream("mpeg4", rate=5)
    assert isinstance(video, VideoStream)
    video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
    for _ in range(round(seconds * 5)):
        file.mux(video.encode(av.VideoFrame(32, 32, "yuv420p")))
    file.mux(video.encode(None))


def encoded(
    samples: Floats,
    container: str,
    codec: str,
    *,
    rate_hz: int = 16_000,
    is_stereo: bool = False,
    has_video: bool = False,
) -> bytes:
    """A file of samples at 16 kHz in a container, by PyAV."""
    out = io.BytesIO()
    layout = "stereo" if is_stereo else "mono"
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout=layout)
        assert isinstance(stream, AudioStream)
        if codec == "vorbis":
            stream.codec_context.options = {"strict": "experimental"}
        if has_video:
            add_video(file, len(samples) / 16_000)
        values = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(values[None], format="s16", layout="mono")
        frame.sample_rate = 16_000
        resampler = av.AudioResampler(stream.format.name, layout, rate_hz, stream.frame_size or 0)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return out.getvalue()


def two_tracks(seconds: float = 1.0) -> bytes:
    """A recording with a silent sound track, and another with a tone."""
    out = io.BytesIO()
    n = round(16_000 * seconds)
    with av.open(out, "w", format="mp4") as file:
        tracks = [file.add_stream("aac", rate=16_000, layout="mono") for _ in range(2)]
        for stream, samples in zip(tracks, (np.zeros(n, np.float32), tone(seconds)), strict=True):
            assert isinstance(stream, AudioStream)
            frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            frame.sample_rate = 16_000
            file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    return out.getvalue()
