"""Speech by the voices that speech recognition is measured with, and its coding by PyAV."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer

from detectors.evaluation.speech import Kokoro, Spoken, festival

RATE_HZ: Final = 48_000
_BITS_PER_S: Final = 20_000
Samples = npt.NDArray[np.int16]


class Speaker:
    """Speaks: Russian by Festival, other languages by Kokoro."""

    def __init__(self, voices: Path) -> None:
        """Loads Kokoro; `voices` is the folder of its voices. Raises VoiceMissing."""
        self._kokoro = Kokoro(voices, threads=1)

    def spoken(self, lang: str, text: str, number: int) -> Samples:
        """Gives speech, mono, at `RATE_HZ`, by one of the language's voices.

        Raises VoiceMissing.
        """
        one = Spoken("", lang, "harmless", text)
        made = festival(one) if lang == "ru" else self._kokoro.say(one, number)
        samples, rate_hz = made
        places = np.arange(len(samples) * RATE_HZ // rate_hz) * rate_hz / RATE_HZ
        drawn = np.interp(places, np.arange(len(samples)), samples)
        return np.asarray(np.round(np.clip(drawn, -1, 1) * 32767), np.int16)


def write_voice(samples: Samples, path: Path) -> None:
    """Writes a voice note: Opus in Ogg."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as out:
        add_sound(out, samples)


def add_sound(out: OutputContainer, samples: Samples) -> None:
    """Codes speech into a file, as its only or its last stream."""
    coder = sound_stream(out)
    encode(out, coder, samples)


def sound_stream(out: OutputContainer) -> av.AudioStream:
    """Adds a stream for speech."""
    coder = out.add_stream("libopus", rate=RATE_HZ, options={"application": "voip"})
    coder.bit_rate = _BITS_PER_S
    coder.layout = "mono"
    return coder


def encode(out: OutputContainer, coder: av.AudioStream, samples: Samples) -> None:
    """Codes speech."""
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate = RATE_HZ
    frame.pts = 0
    frame.time_base = Fraction(1, RATE_HZ)
    for packet in (*coder.encode(frame), *coder.encode(None)):
        out.mux(packet)
