"""Which frames of a clip are kept: by shot, without repeats, within a budget."""

from collections.abc import Callable
from itertools import pairwise
from math import sqrt
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from detectors.image.picture import Pixels

Grey = npt.NDArray[np.uint8]
Thumb = npt.NDArray[np.int16]

THUMB_PX: Final = (32, 18)
CUT_HISTOGRAM: Final = 0.3
"""Share of a thumbnail's cells that change their shade of sixteen at a cut, ..."""
CUT_CHANGE: Final = 15.0
"""... and the mean change of shade, of 255; ..."""
CUT_ANYHOW: Final = 45.0
"""... or this alone. Quick motion changes shades in places, hardly which shades there are."""
MIN_SHOT_MS: Final = 200
"""A flash is no shot."""
SAME_STEP: Final = 12
"""Shades that a cell may change, of 255, ..."""
SAME_SHARE: Final = 0.012
"""... and the share of cells that may change more in a picture that is still the same: six cells,
less than a line of writing. A hash by differences would do for photographs, but flips on flat
ground, and sees no line of small print."""
CHANGED_SHARE: Final = 0.25
"""So many other cells make a frame worth looking at between two turns."""
MIN_INTERVAL_MS: Final = 200
UNKNOWN_INTERVAL_MS: Final = 500
"""Between two turns, where it is not known how long the clip is."""
STILL_MS: Final = 400
"""What stands still for so long can be read, and a shot of so long be seen."""
MAX_NOTED: Final = 1_000
"""Shots and stills that are remembered, to tell at the end whether each is among what is kept."""
_N_SHADES: Final = 16


class Kept(Struct, frozen=True, eq=False):
    """A frame that stays."""

    at_ms: int
    thumb: Thumb
    pixels: Pixels


class _Run(Struct, eq=False):
    """What was decoded in one go."""

    start_ms: int
    first: Thumb
    last: Thumb


class Noted(Struct, frozen=True, eq=False):
    """Something that should be seen: a shot's first frame, or a picture that stood still."""

    start_ms: int
    end_ms: int
    thumb: Thumb


class Sampler:
    """Keeps the frames that show most of what a clip shows; told of frames run by run.

    At most one frame more than the budget is held. Within a run times must rise; runs may come in
    any order.
    """

    def __init__(self, *, n_frames: int, duration_ms: int | None) -> None:
        """Takes the budget, and how long the clip is, where known."""
        self._n_frames = n_frames
        self._interval_ms = UNKNOWN_INTERVAL_MS
        if duration_ms is not None:
            self._interval_ms = max(MIN_INTERVAL_MS, duration_ms // (2 * n_frames))
        self._kept: list[Kept] = []
        self._newest: Kept | None = None
        self._looked_ms = 0
        self._runs: list[_Run] = []
        self._cuts_ms: list[int] = []
        self._is_between_runs = True
        self._shot = self._still = Noted(0, 0, np.zeros(THUMB_PX[::-1], np.int16))
        self._shots: list[Noted] = []
        self._stills: list[Noted] = []

    def end_run(self) -> None:
        """Says that what comes next does not follow on what came last."""
        self._note_shot()
        self._is_between_runs = True

    def offer(self, at_ms: int, grey: Grey, render: Callable[[], Pixels]) -> bool:
        """Takes the next frame, and says whether it begins a shot or a run.

        Args:
            at_ms: Its time.
            grey: Itself, small.
            render: Gives its pixels; asked only if it is kept.
        """
        thumb = thumbnail(grey)
        is_first = self._is_between_runs
        is_cut = is_first or self._is_cut(at_ms, thumb)
        if is_first:
            self._runs.append(_Run(at_ms, thumb, thumb))
            self._is_between_runs = False
        elif is_cut:
            self._cuts_ms.append(at_ms)
        self._runs[-1].last = thumb
        if is_cut:
            self._note_shot()
            self._shot = Noted(at_ms, at_ms, thumb)
        self._shot = replace(self._shot, end_ms=at_ms)
        is_still = self._stands_still(at_ms, thumb, is_cut=is_cut)
        if is_cut or is_still or self._is_due(at_ms, thumb):
            self._looked_ms = at_ms
            if not any(is_same(thumb, one.thumb) for one in self._nearest(at_ms)):
                self._keep(Kept(at_ms, thumb, render()))
        return is_cut

    def kept(self) -> list[Kept]:
        """Gives what is kept, in order of time."""
        return list(self._kept)

    def n_left_out(self) -> int:
        """Gives how many shots and stills were seen of which nothing is kept.

        Such as last less than `STILL_MS` do not count.
        """
        self._note_shot()
        stills = [one for one in self._stills if not self._has(one.thumb)]
        shots = [
            one
            for one in self._shots
            if not any(one.start_ms <= kept.at_ms <= one.end_ms for kept in self._kept)
            and not self._has(one.thumb)
            and not any(one.start_ms <= still.start_ms <= one.end_ms for still in stills)
        ]
        return len(stills) + len(shots)

    def cuts_ms(self) -> list[int]:
        """Gives the times at which a shot begins, but for the first, in order.

        Where runs have a gap between them, a shot that begins in the gap is taken to begin with the
        later run.
        """
        runs = sorted(self._runs, key=lambda one: one.start_ms)
        between = [
            later.start_ms for run, later in pairwise(runs) if is_other_shot(run.last, later.first)
        ]
        return sorted([*self._cuts_ms, *between])

    def _is_cut(self, at_ms: int, thumb: Thumb) -> bool:
        begun_ms = max(self._runs[-1].start_ms, self._cuts_ms[-1] if self._cuts_ms else 0)
        is_long = at_ms - begun_ms >= MIN_SHOT_MS
        return is_long and is_other_shot(self._runs[-1].last, thumb)

    def _note_shot(self) -> None:
        """Remembers the shot that ends."""
        shot = self._shot
        if shot.end_ms - shot.start_ms >= STILL_MS and len(self._shots) < MAX_NOTED:
            self._shots.append(shot)
        self._shot = replace(shot, start_ms=shot.end_ms)

    def _stands_still(self, at_ms: int, thumb: Thumb, *, is_cut: bool) -> bool:
        """Whether the picture has stood still for long enough just now; remembers it then."""
        still = self._still
        if is_cut or not is_same(thumb, still.thumb):
            self._still = Noted(at_ms, at_ms, thumb)
            return False
        self._still = replace(still, end_ms=at_ms)
        was_long = still.end_ms - still.start_ms >= STILL_MS
        if was_long or at_ms - still.start_ms < STILL_MS or len(self._stills) >= MAX_NOTED:
            return False
        self._stills.append(self._still)
        return True

    def _has(self, thumb: Thumb) -> bool:
        """Whether a frame that shows the same is kept."""
        return any(is_same(thumb, one.thumb) for one in self._kept)

    def _is_due(self, at_ms: int, thumb: Thumb) -> bool:
        waited_ms = at_ms - self._looked_ms
        if waited_ms < 0 or waited_ms >= self._interval_ms:
            return True
        if self._newest is None or waited_ms < self._interval_ms / 4:
            return False
        return changed_share(thumb, self._newest.thumb) >= CHANGED_SHARE

    def _nearest(self, at_ms: int) -> list[Kept]:
        """The kept frames before and after a time."""
        n_before = sum(one.at_ms <= at_ms for one in self._kept)
        return self._kept[max(0, n_before - 1) : n_before + 1]

    def _keep(self, found: Kept) -> None:
        self._newest = found
        self._kept.append(found)
        self._kept.sort(key=lambda one: one.at_ms)
        if len(self._kept) > self._n_frames:
            losses = [self._loss(n) for n in range(len(self._kept))]
            del self._kept[losses.index(min(losses))]

    def _loss(self, n: int) -> float:
        """What is lost with a kept frame: its change from the likest neighbour, and its time."""
        around = self._kept[max(0, n - 1) : n + 2]
        one = self._kept[n]
        change = min(
            float(np.abs(one.thumb - other.thumb).mean()) for other in around if other is not one
        )
        span_ms = around[-1].at_ms - around[0].at_ms
        return (1 + change) * sqrt(1 + span_ms * (3 - len(around) + 1))


def thumbnail(grey: Grey) -> Thumb:
    """Gives a frame in 32 x 18 shades."""
    return np.asarray(cv2.resize(grey, THUMB_PX, interpolation=cv2.INTER_AREA), np.int16)


def changed_share(one: Thumb, other: Thumb) -> float:
    """Gives the share of cells that are of clearly another shade."""
    return float((np.abs(one - other) > SAME_STEP).mean())


def is_same(one: Thumb, other: Thumb) -> bool:
    """Whether two frames show the same."""
    return changed_share(one, other) < SAME_SHARE


def is_other_shot(one: Thumb, other: Thumb) -> bool:
    """Whether there is a cut between two frames that follow each other."""
    change = float(np.abs(one - other).mean())
    if change < CUT_CHANGE:
        return False
    return change > CUT_ANYHOW or _moved(one, other) > CUT_HISTOGRAM


def _moved(one: Thumb, other: Thumb) -> float:
    before, after = (
        np.bincount(thumb.ravel() // _N_SHADES, minlength=_N_SHADES) for thumb in (one, other)
    )
    return float(np.abs(before - after).sum() / (2 * one.size))
