"""How what moves in a clip moves: numbers on two seconds of small grey frames.

First the place where most happens is sought, then the flow within it is measured. So a fight in the
corner of a wide picture is seen as large as one that fills it; over the whole picture the same
numbers order fights clearly worse.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.video.clip import Greys
from detectors.video.sampling import Grey

Floats = npt.NDArray[np.float32]

CROP_PX: Final = 112
MIN_FRAMES: Final = 6
MIN_STEP_S: Final = 0.01
SIZES: Final = (0.3, 0.45, 0.65, 1.0)
"""Sides of the place, of the shorter side of the picture; the smallest that holds enough."""
ENOUGH: Final = 0.7
"""Share of all change."""
MAPS: Final = (
    "flow_mean",
    "flow_50",
    "flow_75",
    "flow_90",
    "flow_95",
    "flow_99",
    "flow_997",
    "slow_share",
    "quick_share",
    "fast_share",
    "spread_across",
    "spread_along",
    "directions",
    "divergence",
    "curl",
    "jerk_99",
    "jerk",
    "concentration",
    "largest",
    "pieces",
    "change_mean",
    "change_90",
    "change_99",
    "drift",
)
"""What is measured from each frame to the next, within the place."""
OVER_TIME: Final = ("mean", "deviation", "high", "restless")
"""How that is summed up: mean, standard deviation, ninth decile, mean step."""
OVERALL: Final = ("side", "share", "all_change", "all_share", "all_deviation", "all_jump")
"""Of the whole picture: the place's side and share of change, then how much changes everywhere."""
NAMES: Final = (*(f"{name}_{how}" for how in OVER_TIME for name in MAPS), *OVERALL)
"""The numbers in order; natural logarithms all."""

_SMALL_PX: Final = 80
_NOISE: Final = 6.0
_PERCENTS: Final = (50, 75, 90, 95, 99, 99.7)
_SPEEDS: Final = (0.05, 0.15, 0.4)
"""Sides of the place a second."""
_MOVING: Final = 0.08
_LEAST: Final = 1e-4
_N_DIRECTIONS: Final = 8
_BLOCKS: Final = (8, 6)
_PIECE_SHARE: Final = 0.002


class Region(Struct, frozen=True):
    """A square of a picture: places and side as shares of height and width."""

    top: float
    left: float
    height: float
    width: float
    share: float
    """Of all change that lies within."""


class Stretch(Struct, frozen=True, eq=False):
    """Successive frames, at least `MIN_FRAMES`; no cut before the first, nor at every frame."""

    frames: Greys
    times_ms: tuple[int, ...]
    cuts: tuple[int, ...] = ()
    """Numbers of the frames that do not follow on the one before."""

    @property
    def pairs(self) -> list[int]:
        """Numbers of the frames that follow on the one before."""
        return [n for n in range(1, len(self.frames)) if n not in self.cuts]


def described(stretch: Stretch, region: Region | None = None) -> Floats:
    """Gives the numbers of a stretch of frames, float32 [len(NAMES)].

    Args:
        stretch: With `MIN_FRAMES` - 1 pairs at least.
        region: Where to look instead of where most happens.
    """
    changes = _changes(stretch)
    place = find_region(changes) if region is None else region
    with _one_thread():
        measured = _measured(cropped(stretch.frames, place), stretch)
    over_time = [
        measured.mean(0),
        measured.std(0),
        np.percentile(measured, 90, axis=0),
        np.abs(np.diff(measured, axis=0)).mean(0),
    ]
    by_frame = changes.mean((1, 2))
    overall = [
        place.height,
        place.share,
        by_frame.mean(),
        (changes > 0).mean(),
        by_frame.std(),
        by_frame.max() - np.median(by_frame),
    ]
    numbers = np.concatenate([*over_time, np.asarray(overall)])
    return np.asarray(np.log(np.maximum(numbers, _LEAST)), np.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keeps OpenCV to one thread: it computes a flow in as many strips, each by itself."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def changed_region(stretch: Stretch) -> Region:
    """Gives the square in which most changes."""
    return find_region(_changes(stretch))


def find_region(changes: Floats) -> Region:
    """Gives the smallest square that holds `ENOUGH` of all change, else the whole height."""
    energy = cv2.GaussianBlur(np.asarray(changes.mean(0), np.float32), (0, 0), 2)
    height, width = energy.shape
    total = float(energy.sum()) + 1e-3
    summed = np.pad(np.asarray(energy, np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    found = Region(0.0, 0.0, 1.0, 1.0, 1.0)
    for size in SIZES:
        side = min(height, width, max(8, int(size * min(height, width))))
        sums = (
            summed[side:, side:]
            - summed[:-side, side:]
            - summed[side:, :-side]
            + summed[:-side, :-side]
        )
        top, left = np.unravel_index(int(sums.argmax()), sums.shape)
        share = float(sums[top, left]) / total
        found = Region(float(top) / height, float(left) / width, side / height, side / width, share)
        if share > ENOUGH:
            break
    return found


def cropped(frames: Greys, region: Region) -> list[Grey]:
    """Gives a square of each frame, `CROP_PX` a side."""
    height, width = frames.shape[1:]
    top, left = int(region.top * height), int(region.left * width)
    bottom = max(top + 1, round((region.top + region.height) * height))
    right = max(left + 1, round((region.left + region.width) * width))
    return [
        np.asarray(
            cv2.resize(
                frame[top:bottom, left:right], (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA
            ),
            np.uint8,
        )
        for frame in frames
    ]


def _changes(stretch: Stretch) -> Floats:
    """How much each place changes from frame to frame, brightness and noise aside."""
    frames = stretch.frames
    height, width = frames.shape[1:]
    size = (_SMALL_PX, max(8, round(_SMALL_PX * height / width)))
    small = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in frames])
    shades = small.astype(np.float32)
    shades -= np.median(shades, axis=(1, 2), keepdims=True)
    steps = np.diff(shades, axis=0)[[n - 1 for n in stretch.pairs]]
    return np.maximum(np.abs(steps) - _NOISE, 0)


def _measured(crops: list[Grey], stretch: Stretch) -> npt.NDArray[np.float64]:
    """The numbers of `MAPS` for each pair of frames, [pairs, maps]."""
    before: Floats | None = None
    rows = []
    flows = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    for n in stretch.pairs:
        one, other = crops[n - 1], crops[n]
        step_s = max(MIN_STEP_S, (stretch.times_ms[n] - stretch.times_ms[n - 1]) / 1000)
        if n - 1 in stretch.cuts:
            before = None
        flow = np.asarray(
            flows.calc(one, other, np.zeros((CROP_PX, CROP_PX, 2), np.float32)), np.float32
        )
        drift = np.median(flow.reshape(-1, 2), axis=0)
        flow = np.asarray((flow - drift) / (CROP_PX * step_s), np.float32)
        drift = drift / (CROP_PX * step_s)
        change = np.abs(one.astype(np.int16) - other).astype(np.float32) / 255
        rows.append(
            [
                *_speeds(flow),
                *_turning(flow),
                *_jerks(flow, before),
                *_pieces(np.hypot(flow[..., 0], flow[..., 1])),
                float(change.mean()),
                *np.percentile(change, (90, 99)).tolist(),
                float(np.hypot(*drift)),
            ]
        )
        before = flow
    return np.asarray(rows, np.float64)


def _speeds(flow: Floats) -> list[float]:
    """How fast, how much of it, how widely spread."""
    speed = np.hypot(flow[..., 0], flow[..., 1])
    across, along = speed.sum(0), speed.sum(1)
    return [
        float(speed.mean()),
        *np.percentile(speed, _PERCENTS).tolist(),
        *(float((speed > least).mean()) for least in _SPEEDS),
        _spread(across),
        _spread(along),
    ]


def _spread(weights: Floats) -> float:
    places = np.arange(len(weights)) / len(weights)
    total = float(weights.sum()) + 1e-6
    middle = float((weights * places).sum()) / total
    return float(np.sqrt(max(0.0, float((weights * (places - middle) ** 2).sum()) / total)))


def _turning(flow: Floats) -> list[float]:
    """In how many directions, and how unlike a solid body, what moves moves."""
    across, along = (np.ascontiguousarray(flow[..., n]) for n in (0, 1))
    speed = np.hypot(across, along)
    sector = np.floor((np.arctan2(along, across) / (2 * np.pi) + 0.5) * _N_DIRECTIONS)
    weights = np.bincount(
        sector.astype(np.intp).ravel() % _N_DIRECTIONS,
        weights=(speed * (speed > _SPEEDS[0])).ravel(),
        minlength=_N_DIRECTIONS,
    )
    shares = weights / (weights.sum() + 1e-6)
    entropy = -float((shares * np.log(shares + 1e-9)).sum())
    slopes = [
        np.asarray(cv2.Sobel(one, cv2.CV_32F, *way)) / 8
        for one, way in ((across, (1, 0)), (along, (0, 1)), (along, (1, 0)), (across, (0, 1)))
    ]
    is_moving = speed > _MOVING
    n_moving = float(is_moving.sum()) + 50
    divergence = float((np.abs(slopes[0] + slopes[1]) * is_moving).sum()) / n_moving
    curl = float((np.abs(slopes[2] - slopes[3]) * is_moving).sum()) / n_moving
    return [entropy, divergence, curl]


def _jerks(flow: Floats, before: Floats | None) -> list[float]:
    """How much the flow changes to the next; of the first pair nothing."""
    if before is None:
        return [0.0, 0.0]
    change = np.hypot(flow[..., 0] - before[..., 0], flow[..., 1] - before[..., 1])
    speed = float(np.hypot(flow[..., 0], flow[..., 1]).sum()) + 1e-3
    return [float(np.percentile(change, 99)), float(change.sum()) / speed]


def _pieces(speed: Floats) -> list[float]:
    """How the moving places hang together."""
    blocks = np.sort(np.asarray(cv2.resize(speed, _BLOCKS, interpolation=cv2.INTER_AREA)).ravel())
    _, _, stats, _ = cv2.connectedComponentsWithStats((speed > _MOVING).astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA] / speed.size
    return [
        float(blocks[-3:].sum()) / (float(blocks.sum()) + 1e-6),
        float(areas.max(initial=0.0)),
        float((areas > _PIECE_SHARE).sum()),
    ]
