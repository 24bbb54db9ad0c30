"""One pass through a clip: the frames decoded, sampled, and kept small for their motion."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from msgspec import Struct

from detectors.image import pixels
from detectors.image.picture import Limits as PictureLimits
from detectors.image.picture import Pixels
from detectors.image.structure import jpeg_blocks
from detectors.video.clip import Burst, Limits
from detectors.video.container import MAX_DURATION_MS, Opened
from detectors.video.sampling import Grey, Sampler

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

MOTION_STEP_MS: Final = 80
MOTION_SIDE_PX: Final = 320
"""Longer side of a frame kept for its motion."""
MAX_MOTION_FRAMES: Final = 1_000
"""57 kB each at 16:9."""
MIN_BURST_FRAMES: Final = 6
MAX_GAP_MS: Final = 400
"""Frames further apart do not show a motion."""
MAX_BAD_PACKETS: Final = 200
MAX_JPEG_BLOCKS: Final = 10_000
MAX_JPEG_SCANS: Final = 50
"""Of a frame of Motion JPEG, which has one as a rule."""
MAX_EMPTY_PACKETS: Final = 4_000
"""Packets in a row that may give no frame."""
LATE_MS: Final = 1_500
"""A clip whose last frame is so long before the claimed end was cut."""


class Stretch(Struct, frozen=True):
    """What to decode in one go: a part of the clip, and at most so many frames."""

    start_ms: int
    end_ms: int
    n_frames: int


class Reading:
    """Decodes stretches of an opened clip. Used by one thread."""

    def __init__(self, opened: Opened, limits: Limits, clock: Callable[[], float]) -> None:
        """Takes the clip; the time allowed runs from here."""
        self.sampler = Sampler(n_frames=limits.n_frames, duration_ms=opened.duration_ms)
        self.bursts: list[Burst] = []
        self.size_px: tuple[int, int] | None = None
        self.n_decoded = 0
        self.last_ms = 0
        self.is_damaged = False
        self.is_late = False
        self.is_at_end = False
        self._opened = opened
        self._limits = limits
        self._clock = clock
        self._deadline_s = clock() + limits.max_decode_s
        self._covered: list[tuple[int, int]] = []
        self._greys: list[Grey] = []
        self._times_ms: list[int] = []
        self._cuts: list[int] = []
        self._n_bad = 0
        self._n_motion = 0

    @property
    def is_over(self) -> bool:
        """Whether no further frame may be decoded."""
        return self.is_late or self._n_bad > MAX_BAD_PACKETS

    def read_from_start(self, n_frames: int) -> None:
        """Decodes from where the container stands, to its end or for so many frames."""
        self._read(self._timed(None), Stretch(0, MAX_DURATION_MS, n_frames), has_sought=False)

    def read(self, stretch: Stretch) -> None:
        """Decodes from the keyframe before a stretch, as long as the stretch is.

        Where another stretch has been there already, it passes on to its own begin. Raises
        av.FFmpegError where the container cannot seek.
        """
        stream = self._opened.stream
        begin = stream.start_time or 0
        offset = round(stretch.start_ms / 1000 / stream.time_base) if stream.time_base else 0
        self._opened.container.seek(begin + offset, stream=stream)
        self._read(self._timed(begin), stretch, has_sought=True)

    def _read(
        self, timed: Iterator[tuple[int, VideoFrame]], stretch: Stretch, *, has_sought: bool
    ) -> None:
        self.sampler.end_run()
        first_ms: int | None = None
        end_ms, next_ms = stretch.end_ms, 0
        for n, (at_ms, frame) in enumerate(timed, start=1):
            if not (has_sought and at_ms < stretch.start_ms and self._was_at(at_ms)):
                if first_ms is None:
                    first_ms = at_ms
                    end_ms = at_ms + stretch.end_ms - stretch.start_ms
                if at_ms > end_ms or (has_sought and self._was_at(at_ms)):
                    break
                self.last_ms = max(self.last_ms, at_ms)
                if at_ms >= next_ms:
                    next_ms = max(next_ms + MOTION_STEP_MS, at_ms + MOTION_STEP_MS // 2)
                    self._take(at_ms, frame)
            if n >= stretch.n_frames:
                break
        else:
            self.is_at_end = not self.is_over
        self._end_burst()
        if first_ms is not None:
            self._covered.append((first_ms, self.last_ms if not has_sought else end_ms))

    def _was_at(self, at_ms: int) -> bool:
        return any(start_ms <= at_ms <= end_ms for start_ms, end_ms in self._covered)

    def _take(self, at_ms: int, frame: VideoFrame) -> None:
        grey = small_grey(frame)
        if self.size_px is None:
            turns = _turns(frame)
            size = frame.width, frame.height
            self.size_px = (size[1], size[0]) if turns % 2 else size
        is_begin = self.sampler.offer(at_ms, grey, lambda: rendered(frame, self._limits))
        is_apart = bool(self._times_ms) and at_ms - self._times_ms[-1] > MAX_GAP_MS
        if is_apart or (self._greys and self._greys[-1].shape != grey.shape):
            self._end_burst()
        if is_begin and self._greys:
            self._cuts.append(len(self._greys))
        if self._n_motion < MAX_MOTION_FRAMES:
            self._n_motion += 1
            self._greys.append(grey)
            self._times_ms.append(at_ms)

    def _end_burst(self) -> None:
        if len(self._greys) >= MIN_BURST_FRAMES:
            times_ms, cuts = tuple(self._times_ms), tuple(self._cuts)
            self.bursts.append(Burst(times_ms=times_ms, frames=np.stack(self._greys), cuts=cuts))
        self._greys, self._times_ms, self._cuts = [], [], []

    def _timed(self, begin: int | None) -> Iterator[tuple[int, VideoFrame]]:
        """Frames with times that rise: what a file says where it can be, else step by step.

        `begin` is the timestamp that counts as zero; None is the first frame's.
        """
        latest_ms = self._opened.duration_ms or MAX_DURATION_MS
        last_ms: float | None = None
        for frame in self._frames():
            said = frame.pts
            if begin is None and said is not None:
                begin = said
            at_ms = None
            if said is not None and begin is not None and frame.time_base:
                at_ms = float(1000 * (said - begin) * frame.time_base)
            if at_ms is None or not 0 <= at_ms <= latest_ms + LATE_MS:
                at_ms = 0.0 if last_ms is None else last_ms + self._opened.step_ms
            elif last_ms is not None and at_ms <= last_ms:
                at_ms = last_ms + self._opened.step_ms
            last_ms = min(at_ms, float(MAX_DURATION_MS))
            yield int(last_ms), frame

    def _frames(self) -> Iterator[VideoFrame]:
        """Decodes; a damaged packet costs only itself."""
        n_empty = 0
        packets = self._opened.container.demux(self._opened.stream)
        while True:
            try:
                packet = next(packets)
                frames = [] if self._is_too_complex(packet) else packet.decode()
            except StopIteration:
                return
            except (av.FFmpegError, EOFError):
                self.is_damaged = True
                self._n_bad += 1
                frames = []
            n_empty = 0 if frames else n_empty + 1
            if self._is_spent() or n_empty > MAX_EMPTY_PACKETS:
                return
            for frame in frames:
                self.n_decoded += 1
                self.is_damaged |= frame.is_corrupt
                yield frame

    def _is_too_complex(self, packet: "Packet[VideoStream]") -> bool:
        """Whether a frame is a JPEG of so many scans that it alone would take all the time."""
        if self._opened.stream.codec_context.name != "mjpeg":
            return False
        n_blocks, n_scans = jpeg_blocks(bytes(packet), MAX_JPEG_BLOCKS)
        if n_blocks <= MAX_JPEG_BLOCKS and n_scans <= MAX_JPEG_SCANS:
            return False
        self.is_damaged = True
        self._n_bad += 1
        return True

    def _is_spent(self) -> bool:
        self.is_late |= self._clock() > self._deadline_s
        return self.is_over


def small_grey(frame: VideoFrame) -> Grey:
    """Gives a frame's luma, upright, the longer side `MOTION_SIDE_PX` at most."""
    scale = min(1.0, MOTION_SIDE_PX / max(frame.width, frame.height))
    width, height = (max(1, round(scale * side)) for side in (frame.width, frame.height))
    small = frame.reformat(
        width=width, height=height, format="gray", interpolation="AREA", threads=1
    )
    return _upright(np.asarray(small.to_ndarray(), np.uint8), _turns(frame))


def rendered(frame: VideoFrame, limits: Limits) -> Pixels:
    """Gives a frame's colours, upright, made smaller to what is kept."""
    kept = PictureLimits(kept_pixels=limits.kept_pixels)
    width, height = pixels.kept_size(frame.width, frame.height, kept)
    small = frame.reformat(
        width=width, height=height, format="rgb24", interpolation="AREA", threads=1
    )
    return _upright(np.asarray(small.to_ndarray(), np.uint8), _turns(frame))


def _turns(frame: VideoFrame) -> int:
    """Quarters to turn counter-clockwise."""
    return round(frame.rotation / 90) % 4


def _upright(shown: Pixels, n_turns: int) -> Pixels:
    turned = {
        1: cv2.ROTATE_90_COUNTERCLOCKWISE,
        2: cv2.ROTATE_180,
        3: cv2.ROTATE_90_CLOCKWISE,
    }
    if n_turns == 0:
        return np.ascontiguousarray(shown)
    return np.ascontiguousarray(np.asarray(cv2.rotate(shown, turned[n_turns]), np.uint8))
