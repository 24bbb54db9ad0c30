"""Clips made by code for tests: small, short, harmless."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from io import BytesIO

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

Shown = npt.NDArray[np.uint8]
Draw = Callable[[int], Shown]

WIDTH, HEIGHT = 160, 96


def moving(n: int) -> Shown:
    """A light square that goes to the right over grey stripes."""
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    picture[::8] = 110
    left = (4 * n) % (WIDTH - 40)
    picture[20:60, left : left + 40] = (220, 180, 90)
    return picture


def scene(number: int) -> Shown:
    """One of many pictures that look nothing like each other."""
    rng = np.random.default_rng(number)
    small = rng.integers(0, 256, (4, 6, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST), np.uint8)


def film(  # noqa: PLR0913 - a clip has many sides
    draw: Draw = moving,
    n: int = 25,
    *,
    form: str = "mp4",
    codec: str = "libx264",
    rate: int = 25,
    times_ms: Sequence[int] | None = None,
    rotation: int = 0,
    has_audio: bool = False,
    n_videos: int = 1,
    options: dict[str, str] | None = None,
) -> bytes:
    """A clip's file. `times_ms` are the frames' own times, for a varying rate."""
    out = BytesIO()
    with av.open(out, "w", format=form) as container:
        streams = [_added(container, codec, rate) for _ in range(n_videos)]
        for stream in streams:
            height, width = draw(0).shape[:2]
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.codec_context.thread_count = 1
            preset: dict[str, object] = {"preset": "ultrafast"} if codec == "libx264" else {}
            stream.options = {**options} if options else preset
            if times_ms is not None:
                stream.codec_context.time_base = Fraction(1, 1000)
            if rotation:
                stream.set_display_rotation(rotation)
        if n == 0:
            container.start_encoding()
        sound = container.add_stream("aac", rate=16_000, layout="mono") if has_audio else None
        for number in range(n):
            for stream in streams:
                frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
                if times_ms is not None:
                    frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
        if sound is not None:
            _hush(container, sound)
    return out.getvalue()


def _added(container: OutputContainer, codec: str, rate: int) -> VideoStream:
    stream = container.add_stream(codec, rate=rate)
    assert isinstance(stream, VideoStream)
    return stream


def _hush(container: OutputContainer, sound: AudioStream) -> None:
    """Fills a stream with a second of silence."""
    silence = np.zeros((1, 16_000), np.float32)
    frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
    frame.rate = 16_000
    container.mux(sound.encode(frame))
    container.mux(sound.encode(None))


def sound_only(*, has_cover: bool = False, title: str = "") -> bytes:
    """A recording in a video's container, perhaps with a cover."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        container.metadata["title"] = title
        if has_cover:
            cover = _added(container, "mjpeg", 1)
            cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
            cover.disposition = Disposition.attached_pic
            cover.codec_context.thread_count = 1
        sound = container.add_stream("aac", rate=16_000, layout="mono")
        if has_cover:
            container.mux(cover.encode(av.VideoFrame.from_ndarray(scene(1), format="rgb24")))
            container.mux(cover.encode(None))
        _hush(container, sound)
    return out.getvalue()
