"""What an animation shows, and for how long: which of its frames are worth looking at."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct
from PIL import Image

from detectors.image import pixels
from detectors.image.picture import Limits, Pixels

Thumb = npt.NDArray[np.int16]

SIDE_PX: Final = 64
SAME_STEP: Final = 12
"""Shades that a cell may change, of 255, ..."""
SAME_CELLS: Final = 8
"""... and how many of 4,096 cells may change more in a frame that still shows the same."""
STILL_MS: Final = 400
"""What is shown for so long, all turns together, can be read; what moves goes by faster."""
QUICK_MS: Final = 10
SLOWED_MS: Final = 100
"""Browsers show frames of 10 ms and less for so long."""
MAX_SHOWN_MS: Final = 3_600_000
N_COMPARED: Final = 64
"""Shows that a frame is compared with, the latest."""
MAX_WATCHED: Final = 2_000
"""Frames that are gone through."""
_SMALL: Final = Limits(kept_pixels=SIDE_PX * SIDE_PX)


class Show(Struct, eq=False):
    """Frames that look alike: the first of them, and how long they are shown together."""

    index: int
    shown_ms: int
    thumb: Thumb

    @property
    def is_still(self) -> bool:
        """Whether it is shown long enough to be read."""
        return self.shown_ms >= STILL_MS


def watch(shows: list[Show], index: int, image: Image.Image) -> bool:
    """Adds a frame to what was shown before; tells whether it shows anything new."""
    thumb, shown_ms = thumbnail(image), duration_ms(image)
    recent = shows[-N_COMPARED:]
    if recent:
        change = np.abs(np.stack([one.thumb for one in recent]) - thumb) > SAME_STEP
        n_changed = change.sum((1, 2))
        nearest = int(n_changed.argmin())
        if n_changed[nearest] <= SAME_CELLS:
            recent[nearest].shown_ms += shown_ms
            return False
    shows.append(Show(index, shown_ms, thumb))
    return True


def thumbnail(image: Image.Image) -> Thumb:
    """Gives a frame in 64 x 64 shades, transparency on white."""
    return _thumb(pixels.upright(image, 1, _SMALL))


def _thumb(small: Pixels) -> Thumb:
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.int16)


def duration_ms(image: Image.Image) -> int:
    """Gives how long a browser shows the frame at which an image stands."""
    said = image.info.get("duration", 0)
    ms = int(min(max(said, 0), MAX_SHOWN_MS)) if isinstance(said, int | float) else 0
    return ms if ms > QUICK_MS else SLOWED_MS


def chosen(shows: Sequence[Show], n_wanted: int) -> list[Show]:
    """Gives the first show, those that stand still, the longest first, then others evenly spaced.

    In order, at most `n_wanted`.
    """
    if len(shows) <= n_wanted:
        return list(shows)
    rest = sorted(range(1, len(shows)), key=lambda n: -shows[n].shown_ms)
    taken = {0, *[n for n in rest if shows[n].is_still][: n_wanted - 1]}
    others = [n for n in range(len(shows)) if n not in taken]
    n_free = n_wanted - len(taken)
    if len(taken) == 1:  # nothing stands still: the last one is as good as the first
        taken |= {(n + 1) * (len(shows) - 1) // n_free for n in range(n_free)}
    else:
        taken |= {others[(2 * n + 1) * len(others) // (2 * n_free)] for n in range(n_free)}
    return [shows[n] for n in sorted(taken)]


def leaves_out(shows: Sequence[Show], taken: Sequence[Show]) -> bool:
    """Whether anything that stands still is not among what was taken."""
    indices = {one.index for one in taken}
    return any(one.is_still and one.index not in indices for one in shows)
