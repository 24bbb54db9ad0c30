"""A decoded recording, and why a file is none."""

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Samples = npt.NDArray[np.float32]
"""float32 [n], mono, 16 kHz, within -1 and 1."""

RATE_HZ: Final = 16_000
"""Of every recording: what the models of speech take."""

Format = Literal["wav", "mp3", "ogg", "flac", "mp4", "aac", "amr", "matroska", "avi", "aiff", "caf"]
"""What is opened; known by the first bytes, never by a name or content type."""

Reason = Literal[
    "empty",
    "too_many_bytes",
    "not_audio",
    "format_refused",
    "header_corrupt",
    "no_audio",
    "codec_refused",
    "rate_refused",
    "channels_refused",
    "samples_corrupt",
    "zero_length",
    "out_of_memory",
]
"""Why a file gives no recording. `no_audio` is a sound container or video without a sound track,
`zero_length` a track without a sample."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class Refusal(Struct, frozen=True):
    """A file that gives no recording; `detail` is for people, and not from the file's content."""

    reason: Reason
    detail: str


class Limits(Struct, frozen=True, kw_only=True):
    """What a file may cost."""

    max_bytes: int = 100_000_000
    head_ms: int = 300_000
    """What is read of every file, from its beginning."""
    n_windows: int = 5
    """Of what lies behind, as many stretches are read, evenly spread, the last at the end."""
    window_ms: int = 30_000
    """Length of each."""
    min_rate_hz: int = 4_000
    max_rate_hz: int = 384_000
    max_channels: int = 8


class Stretch(Struct, frozen=True, kw_only=True):
    """Samples `start` to `end` of a recording, which follow on each other in the file."""

    start: int
    end: int
    start_ms: int
    """Where the first of them stands in the file."""


class Recording(Struct, frozen=True, kw_only=True, eq=False):
    """A decoded file: one channel, no constant offset, at the loudness of speech."""

    name: str
    """The media part's name."""
    format: Format
    samples: Samples
    """What was read, the stretches one after the other."""
    stretches: tuple[Stretch, ...]
    """At least one, in order; together all of `samples`."""
    duration_ms: int
    """Of the whole file, by its header where not all was read."""
    loudness: float
    """Of the louder parts, in dB below full scale, before the loudness was changed; -100 at
    least."""
    is_silent: bool = False
    """Nothing to hear; the samples are left as they are."""
    is_clipped: bool = False
    """The file's own samples stand at full scale in runs."""
    is_partial: bool = False
    """Parts that were not read lie between the stretches or behind them."""
    is_truncated: bool = False
    """The file ends early or is damaged."""
    n_unheard: int = 0
    """Further sound tracks, of which nothing was read."""

    @property
    def unread(self) -> str:
        """What of the file was not read, in words; empty where all was."""
        causes = []
        if self.is_partial:
            n_read_s = len(self.samples) // RATE_HZ
            causes.append(f"{n_read_s} s of {self.duration_ms // 1000} s were read")
        if self.is_truncated:
            causes.append("the file is damaged: not all of it could be read")
        if self.n_unheard:
            causes.append(f"further sound tracks, not read: {self.n_unheard}")
        return "; ".join(causes)
