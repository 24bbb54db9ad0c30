"""Videos of a few seconds: words that appear, shapes that move, a chart that grows."""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Final

import av
import numpy as np
from PIL import Image, ImageDraw

from streams.demo.make_media.painting import Fonts, Line, ground, write
from streams.demo.make_media.pictures import chart
from streams.demo.make_media.speech import RATE_HZ, Speaker, encode, sound_stream
from streams.demo.make_media.words import Chart, Clip

FRAMES_PER_S: Final = 12
SECONDS: Final = 4
WIDTH: Final = 480
HEIGHT: Final = 320
_CODERS: Final = {"mp4": "libx264", "webm": "libvpx-vp9"}
_OPTIONS: Final = {
    "mp4": {"crf": "28", "preset": "slow", "threads": "1"},
    "webm": {"crf": "38", "b": "0", "cpu-used": "4", "threads": "1"},
}


def write_clip(fonts: Fonts, speaker: Speaker, given: Clip, path: Path) -> None:
    """Writes a clip, as long as its speech or `SECONDS`."""
    speech = speaker.spoken(given.lang, given.text, given.voice) if given.text else None
    seconds = SECONDS if speech is None else math.ceil(len(speech) / RATE_HZ)
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as out:
        coder = out.add_stream(_CODERS[given.form], rate=FRAMES_PER_S, options=_OPTIONS[given.form])
        if not isinstance(coder, av.VideoStream):
            message = f"{_CODERS[given.form]} codes no video"
            raise TypeError(message)
        coder.width, coder.height, coder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        coder.time_base = Fraction(1, FRAMES_PER_S)
        sound = None if speech is None else sound_stream(out)
        for number, seen in enumerate(_frames(fonts, given, seconds * FRAMES_PER_S)):
            frame = av.VideoFrame.from_ndarray(np.asarray(seen), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
            for packet in coder.encode(frame):
                out.mux(packet)
        for packet in coder.encode(None):
            out.mux(packet)
        if sound is not None and speech is not None:
            encode(out, sound, speech)


def _frames(fonts: Fonts, given: Clip, n_frames: int) -> Iterator[Image.Image]:
    for number in range(n_frames):
        share = number / n_frames
        if given.kind == "words":
            yield _words(fonts, given, share)
        elif given.kind == "chart":
            drawn = Chart(given.name, given.lang, given.lines[0], (), given.shows)
            yield chart(fonts, drawn, share=share).resize((WIDTH, HEIGHT))
        else:
            yield _shapes(given, share)


def _words(fonts: Fonts, given: Clip, share: float) -> Image.Image:
    """Lines that appear one after another within the first half, and then stay."""
    seen = ground(WIDTH, HEIGHT, (30, 20, 80), (110, 20, 60))
    drawn = ImageDraw.Draw(seen)
    n_lines = min(len(given.lines), 1 + int(2 * share * len(given.lines)))
    for number, text in enumerate(given.lines[:n_lines]):
        colour = (255, 220, 90) if number == 0 else (255, 255, 255)
        write(fonts, drawn, Line(text, given.lang, 40, colour), WIDTH // 2, 56 + 70 * number)
    return seen


def _shapes(given: Clip, share: float) -> Image.Image:
    """Balls that go round."""
    rng = Random(given.name)  # noqa: S311 - a picture
    seen = ground(WIDTH, HEIGHT, (200, 225, 240), (250, 235, 210))
    drawn = ImageDraw.Draw(seen)
    for _ in range(5):
        angle = rng.uniform(0, 6.3) + 2 * math.pi * share * rng.choice((-1, 1))
        x = WIDTH / 2 + rng.uniform(60, 170) * math.cos(angle)
        y = HEIGHT / 2 + rng.uniform(40, 100) * math.sin(angle)
        r = rng.randint(16, 42)
        shade = (rng.randint(40, 230), rng.randint(40, 230), rng.randint(40, 230))
        drawn.ellipse((x - r, y - r, x + r, y + r), fill=shade)
    return seen
