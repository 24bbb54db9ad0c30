"""Frames of any rate, layout and sample format into one channel at 16 kHz, bit by bit."""

from typing import Final

import numpy as np
import numpy.typing as npt
import soxr
from av.audio.frame import AudioFrame
from msgspec import Struct

from detectors.audio.recording import RATE_HZ, Limits, Samples, Stretch

Floats = npt.NDArray[np.float32]

_MAX_STRETCHES: Final = 64
_GAP_MS: Final = 500
"""A frame that comes so much later than the one before began a stretch of its own."""
_MAX_LEVEL: Final = 8.0
"""Floats beyond are taken for damage."""
_FULL_SCALE: Final = 0.999
_OPPOSED: Final = 0.49
"""Where the mean of two channels has less than this share of the louder one's amplitude, they
cancel, and the louder one is taken. One silent channel gives a half."""


class Frames(Struct, frozen=True):
    """A stretch as gathered: the two halves of its channels, float32 [n, 2] at 16 kHz."""

    start_ms: int
    pieces: tuple[Floats, ...]


class RefusedFrame(ValueError):
    """A frame whose rate or channels are beyond the limits, whatever the header said."""


class Gatherer:
    """Takes frames in order; keeps two channels at 16 kHz of them, and counts clipped samples."""

    def __init__(self, limits: Limits) -> None:
        """Begins with nothing."""
        self._limits = limits
        self._done: list[Frames] = []
        self._pieces: list[Floats] = []
        self._start_ms = 0
        self._resampler: soxr.ResampleStream | None = None
        self._rate_hz = 0
        self._n_read = 0
        self._n_clipped = 0
        self._n_seen = 0

    @property
    def read_ms(self) -> int:
        """How much the current stretch holds."""
        return self._n_read * 1000 // self._rate_hz if self._rate_hz else 0

    @property
    def end_ms(self) -> int:
        """Where in the file the current stretch ends so far."""
        return self._start_ms + self.read_ms

    @property
    def is_clipped(self) -> bool:
        """Whether more than one sample in a thousand stands at full scale beside another."""
        return self._n_clipped * 1000 > self._n_seen

    def add(self, frame: AudioFrame, at_ms: int | None) -> None:
        """Takes a frame that begins `at_ms`, or where the one before ended. Raises RefusedFrame."""
        self._require_bounded(frame)
        is_late = at_ms is not None and at_ms > self.end_ms + _GAP_MS
        if self._resampler is None or frame.sample_rate != self._rate_hz or is_late:
            end_ms = self.end_ms
            self.end()
            self._begin(frame.sample_rate, end_ms if at_ms is None else at_ms)
        halves = self._halved(_floats(frame))
        self._n_read += len(halves)
        if self._resampler is not None:
            self._pieces.append(self._resampler.resample_chunk(halves))

    def _require_bounded(self, frame: AudioFrame) -> None:
        rate_hz, n_channels = frame.sample_rate, frame.layout.nb_channels
        has_rate = self._limits.min_rate_hz <= rate_hz <= self._limits.max_rate_hz
        if not has_rate or not 1 <= n_channels <= self._limits.max_channels:
            message = f"{rate_hz} Hz, {n_channels} channels"
            raise RefusedFrame(message)

    def _begin(self, rate_hz: int, start_ms: int) -> None:
        self._rate_hz, self._n_read = rate_hz, 0
        self._start_ms = max(0, start_ms)
        self._resampler = soxr.ResampleStream(rate_hz, RATE_HZ, 2, dtype="float32")

    def _halved(self, samples: Floats) -> Floats:
        """Folds [channels, n] into [n, 2]: the even channels and the odd ones, each averaged."""
        is_full = np.abs(samples) >= _FULL_SCALE
        self._n_clipped += int(np.count_nonzero(is_full[:, 1:] & is_full[:, :-1]))
        self._n_seen += samples.size
        even = samples[::2].mean(axis=0)
        odd = samples[1::2].mean(axis=0) if len(samples) > 1 else even
        return np.ascontiguousarray(np.stack((even, odd), axis=1), dtype=np.float32)

    def end(self) -> None:
        """Closes the current stretch, if there is one."""
        if self._resampler is None:
            return
        rest = self._resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True)
        self._pieces.append(rest)
        self._resampler = None
        self._n_read = 0
        joined = tuple(self._pieces)
        self._pieces = []
        if len(self._done) >= _MAX_STRETCHES:
            last = self._done[-1]
            self._done[-1] = Frames(last.start_ms, (*last.pieces, *joined))
        elif any(len(one) for one in joined):
            self._done.append(Frames(self._start_ms, joined))

    def gathered(self) -> tuple[Samples, tuple[Stretch, ...]]:
        """Gives one channel of all that was taken, and its stretches."""
        self.end()
        if not self._done:
            return np.zeros(0, np.float32), ()
        stretches, start = [], 0
        for frames in self._done:
            end = start + sum(len(piece) for piece in frames.pieces)
            stretches.append(Stretch(start=start, end=end, start_ms=frames.start_ms))
            start = end
        both = np.concatenate([piece for frames in self._done for piece in frames.pieces])
        self._done.clear()
        both -= both.mean(axis=0, dtype=np.float64).astype(np.float32)
        return _one_channel(both), tuple(stretches)


def _floats(frame: AudioFrame) -> Floats:
    """Gives a frame's samples, float32 [channels, n], full scale 1; what is no number is 0."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype == np.uint8:
        return np.asarray((raw.astype(np.float32) - 128) / 128, np.float32)
    if raw.dtype.kind == "i":
        half_bits = 8 * raw.dtype.itemsize - 1
        return np.asarray(raw.astype(np.float32) / np.float32(2**half_bits), np.float32)
    found = np.nan_to_num(raw.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(found, -_MAX_LEVEL, _MAX_LEVEL), np.float32)


def _one_channel(both: Floats) -> Samples:
    """Averages [n, 2], or takes the louder column where the two cancel each other."""
    mean = np.asarray(both.mean(axis=1), np.float32)
    levels = [_rms(both[:, 0]), _rms(both[:, 1])]
    if _rms(mean) < _OPPOSED * max(levels):
        return np.ascontiguousarray(both[:, int(np.argmax(levels))])
    return mean


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.dot(samples, samples) / len(samples)))
