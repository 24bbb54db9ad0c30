"""A decoded and sampled clip, and why a file is none."""

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.image.picture import Picture
from schemas.signals import TimeRange

Greys = npt.NDArray[np.uint8]
"""uint8 [frames, height, width], luma; upright."""

Format = Literal["mov", "matroska", "avi"]
"""What is opened, by the first bytes: MP4 and QuickTime, Matroska and WebM, AVI."""

Reason = Literal[
    "empty",
    "too_many_bytes",
    "not_a_video",
    "format_refused",
    "header_corrupt",
    "too_many_streams",
    "no_video",
    "codec_refused",
    "zero_size",
    "too_many_pixels",
    "no_frames",
    "frames_corrupt",
    "out_of_time",
    "out_of_memory",
]
"""Why a file gives no clip."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class Refusal(Struct, frozen=True):
    """A file that gives no clip; `detail` is for people, and not from the file's content."""

    reason: Reason
    detail: str


class Limits(Struct, frozen=True, kw_only=True):
    """What a file may cost."""

    max_bytes: int = 200_000_000
    max_streams: int = 32
    max_pixels: int = 10_000_000
    """By the header, and for each frame: 4096 x 2304 is decoded, 8K is not."""
    max_frames: int = 4_000
    """Frames decoded at most."""
    decoded_pixels: int = 2_000_000_000
    """Pixels decoded at most: 72 s of 720p at 30 frames a second. A clip that costs more is looked
    at in bursts spread over the whole of it."""
    n_bursts: int = 24
    burst_ms: int = 2_200
    """Length of a burst: the two seconds that `video.violence` reads, and a little."""
    n_frames: int = 24
    """Frames that are kept as pictures."""
    kept_pixels: int = 1_000_000
    """A kept frame of more is made smaller, at the same proportions."""
    max_decode_s: float = 20.0
    """After this long no further frame is decoded."""
    threads: int = 1
    """Of the decoder. With more, what is concealed of damaged frames may differ between runs."""


class Sample(Struct, frozen=True, kw_only=True, eq=False):
    """A frame that stands for a stretch of the clip."""

    at_ms: int
    time_range: TimeRange
    """Up to the next kept frame; frames left out in between look like this one, or the budget had
    no room for them."""
    shot: int
    """Number of its shot, from 0; counted over what was decoded."""
    picture: Picture
    """Of one frame; its name is the clip's. Its header calls it `bmp`, stored upright."""


class Burst(Struct, frozen=True, kw_only=True, eq=False):
    """Successive small grey frames, 80 ms apart or the clip's own step, for measuring motion."""

    times_ms: tuple[int, ...]
    frames: Greys
    cuts: tuple[int, ...] = ()
    """Numbers of the frames that begin a shot, but for the first."""

    @property
    def time_range(self) -> TimeRange:
        """From the first frame to the last."""
        return TimeRange(start_ms=self.times_ms[0], end_ms=self.times_ms[-1])


class Clip(Struct, frozen=True, kw_only=True, eq=False):
    """A decoded file. Times are milliseconds from its first frame."""

    name: str
    """The media part's name."""
    format: Format
    codec: str
    width_px: int
    height_px: int
    """As shown: turned upright."""
    duration_ms: int
    """What the file claims where frames bear it out, else up to the last frame."""
    frames: tuple[Sample, ...]
    """At least one, in order of time."""
    bursts: tuple[Burst, ...]
    """In order of time; one that holds all where the clip was decoded whole."""
    n_frames_decoded: int
    n_left_out: int = 0
    """Shots, and pictures that stood still, of which the budget has no frame."""
    is_partial: bool = False
    """Not all of the clip was decoded: it is long, or a limit was reached, or there are further
    video streams."""
    is_truncated: bool = False
    """The file ends early or is damaged: what could be decoded was."""

    @property
    def unread(self) -> str:
        """What of the clip was not decoded, in words; empty where all was."""
        causes = []
        if self.is_truncated:
            causes.append("the file is damaged: not all of it could be read")
        if self.is_partial:
            causes.append("only parts of the clip were read")
        return "; ".join(causes)

    @property
    def unseen(self) -> str:
        """What of the clip is not among its frames, in words; empty where nothing is missing."""
        causes = [self.unread] if self.unread else []
        if self.n_left_out:
            causes.append(f"{self.n_left_out} shots or slides are past the frames looked at")
        return "; ".join(causes)
