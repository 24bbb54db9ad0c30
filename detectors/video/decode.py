"""Bytes into a sampled clip or a named reason: never an exception, in bounded memory and time."""

import time
from collections.abc import Callable
from typing import Final

import av

from detectors.image.picture import Frame, Header, Picture
from detectors.video.clip import Clip, Limits, Refusal, Sample
from detectors.video.container import Opened, open_container
from detectors.video.reading import LATE_MS, Reading, Stretch
from detectors.video.sampling import Kept
from schemas.signals import TimeRange

MIN_BURSTS: Final = 8
_DEFAULT: Final = Limits()


def open_clip(
    content: bytes,
    *,
    name: str,
    limits: Limits = _DEFAULT,
    clock: Callable[[], float] = time.monotonic,
) -> Clip | Refusal:
    """Gives the clip in a file, sampled, or why there is none.

    Depends on nothing but its arguments, so it can run in a process of its own. Blocks for
    `limits.max_decode_s` and the time of one packet at most, unless the container's tables
    are made to be slow. A clip that costs more than the limits is looked at in bursts spread evenly
    over it. A damaged file gives what of it can be decoded.

    Args:
        content: The file.
        name: The media part's name.
        limits: What the file may cost.
        clock: Seconds, for the time allowed.
    """
    try:
        opened = open_container(content, limits)
        if isinstance(opened, Refusal):
            return opened
        with opened.container:
            return _read(opened, name, limits, clock)
    except MemoryError:
        return Refusal("out_of_memory", "while decoding")
    except Exception as error:  # noqa: BLE001 - whatever PyAV raises on hostile bytes
        return Refusal("header_corrupt", type(error).__name__)


def _read(opened: Opened, name: str, limits: Limits, clock: Callable[[], float]) -> Clip | Refusal:
    reading = Reading(opened, limits, clock)
    stretches = plan(opened, limits)
    if stretches:
        _read_bursts(reading, stretches)
    is_whole = not reading.sampler.kept() and not reading.is_over
    if is_whole:
        reading.read_from_start(_budget(opened, limits))
    kept = reading.sampler.kept()
    if not kept or reading.size_px is None:
        return _refused(reading)
    claimed_ms = opened.duration_ms
    last_ms = reading.last_ms + round(opened.step_ms)
    is_cut = is_whole and reading.is_at_end and (claimed_ms or 0) > last_ms + LATE_MS
    duration_ms = last_ms
    if claimed_ms is not None and not is_cut:
        duration_ms = max(last_ms, claimed_ms)
    cuts_ms = reading.sampler.cuts_ms()
    return Clip(
        name=name,
        format=opened.format,
        codec=opened.stream.codec_context.name,
        width_px=reading.size_px[0],
        height_px=reading.size_px[1],
        duration_ms=duration_ms,
        frames=_samples(kept, cuts_ms, duration_ms, reading.size_px, name),
        bursts=tuple(sorted(reading.bursts, key=lambda one: one.times_ms[0])),
        n_frames_decoded=reading.n_decoded,
        n_left_out=reading.sampler.n_left_out(),
        is_partial=not is_whole or not reading.is_at_end or opened.n_videos > 1,
        is_truncated=reading.is_damaged or is_cut,
    )


def plan(opened: Opened, limits: Limits) -> list[Stretch]:
    """Gives the bursts in which to look at a clip, none where it is to be decoded whole.

    They are spread evenly, and come in an order that has the whole clip covered however early time
    is up.
    """
    duration_ms = opened.duration_ms
    budget = _budget(opened, limits)
    if duration_ms is None or duration_ms / opened.step_ms <= budget:
        return []
    n_affordable = int(budget * opened.step_ms / limits.burst_ms)
    n_bursts = min(limits.n_bursts, max(MIN_BURSTS, n_affordable))
    n_frames = max(1, budget // n_bursts)
    return [
        Stretch(start_ms, start_ms + limits.burst_ms, n_frames)
        for start_ms in (
            max(0, int((n + 0.5) / n_bursts * duration_ms) - limits.burst_ms // 2)
            for n in halving(n_bursts)
        )
    ]


def halving(n: int) -> list[int]:
    """Gives the numbers below `n` in an order of which every beginning is spread out."""
    n_bits = max(1, (n - 1).bit_length())
    turned = [int(f"{one:0{n_bits}b}"[::-1], 2) for one in range(1 << n_bits)]
    return [one for one in turned if one < n]


def _budget(opened: Opened, limits: Limits) -> int:
    n_pixels = opened.stream.width * opened.stream.height
    return max(1, min(limits.max_frames, limits.decoded_pixels // n_pixels))


def _read_bursts(reading: Reading, stretches: list[Stretch]) -> None:
    for stretch in stretches:
        if reading.is_over:
            return
        try:
            reading.read(stretch)
        except (av.FFmpegError, OverflowError):
            reading.is_damaged = True


def _refused(reading: Reading) -> Refusal:
    if reading.is_late:
        return Refusal("out_of_time", "no frame was decoded in time")
    if reading.is_damaged:
        return Refusal("frames_corrupt", "no frame could be decoded")
    return Refusal("no_frames", "a video stream without frames")


def _samples(
    kept: list[Kept],
    cuts_ms: list[int],
    duration_ms: int,
    size_px: tuple[int, int],
    name: str,
) -> tuple[Sample, ...]:
    ends_ms = [*(one.at_ms for one in kept[1:]), duration_ms]
    starts_ms = [0, *ends_ms[:-1]]
    return tuple(
        Sample(
            at_ms=one.at_ms,
            time_range=TimeRange(start_ms=start_ms, end_ms=max(start_ms, end_ms)),
            shot=sum(cut_ms <= one.at_ms for cut_ms in cuts_ms),
            picture=_picture(one, size_px, name),
        )
        for one, start_ms, end_ms in zip(kept, starts_ms, ends_ms, strict=True)
    )


def _picture(one: Kept, size_px: tuple[int, int], name: str) -> Picture:
    width_px, height_px = size_px
    header = Header(format="bmp", width_px=width_px, height_px=height_px, mode="RGB", n_frames=1)
    return Picture(
        name=name,
        header=header,
        width_px=width_px,
        height_px=height_px,
        frames=(Frame(0, one.pixels),),
    )
