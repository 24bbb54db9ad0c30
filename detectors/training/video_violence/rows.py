"""Numbers of clips' windows: what the model is fitted to and measured on."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.training.video_violence import harmless
from detectors.training.video_violence.clips import sources
from detectors.video.clip import Clip
from detectors.video.decode import open_clip
from detectors.video.motion import Floats, Region, Stretch, changed_region, described
from detectors.video.violence import windows

N_VIEWS: Final = 4
"""The place where most happens, and three near it."""
N_DRAWN: Final = 10
TRAINING_SEED: Final = 1
EVALUATION_SEED: Final = 2
SHIFT: Final = 0.1
"""How far a view is moved: standard deviation, of its side."""
MIN_VIEW_FRAMES: Final = 16

_LOG = logging.getLogger(__name__)


class Rows(Struct, frozen=True, kw_only=True, eq=False):
    """Windows of clips."""

    numbers: Floats
    """float32 [windows, views, numbers]; the first view is what the detector sees."""
    clips: npt.NDArray[np.str_]
    """Id of each window's clip."""
    origins: npt.NDArray[np.str_]
    """What may not be split: the clip's source."""
    is_fight: npt.NDArray[np.bool_]

    def taken(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Rows":
        """Gives some of the windows."""
        return Rows(
            numbers=self.numbers[chosen],
            clips=self.clips[chosen],
            origins=self.origins[chosen],
            is_fight=self.is_fight[chosen],
        )


class Corpus(Struct, frozen=True, kw_only=True, eq=False):
    """All rows: of the data set, drawn for training, and drawn for evaluation."""

    filmed: Rows
    drawn: Rows
    held_back: Rows


def corpus(data: Path, cache: Path | None = None) -> Corpus:
    """Gives the rows of everything, from the cache if there is one.

    Five minutes of one core. Raises OSError where the data set is not there.
    """
    if cache is not None and cache.exists():
        return _read(cache)
    every = {**harmless.KNOWN, **harmless.UNKNOWN}
    found = Corpus(
        filmed=_filmed(data),
        drawn=_drawn(harmless.KNOWN, TRAINING_SEED, N_VIEWS),
        held_back=_drawn(every, EVALUATION_SEED, 1),
    )
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        _write(cache, found)
    return found


def views(stretch: Stretch, n: int, rng: np.random.Generator) -> Floats:
    """Gives the numbers of a stretch, and of others near it in place and time: [n, numbers]."""
    place = changed_region(stretch)
    rows = [described(stretch, place)]
    for _ in range(n - 1):
        first = int(rng.integers(0, max(1, len(stretch.frames) - MIN_VIEW_FRAMES)))
        later = Stretch(
            stretch.frames[first:],
            stretch.times_ms[first:],
            tuple(cut - first for cut in stretch.cuts if cut > first),
        )
        part = later if len(later.pairs) >= MIN_VIEW_FRAMES // 2 else stretch
        rows.append(described(part, _near(place, rng)))
    return np.stack(rows)


def _near(place: Region, rng: np.random.Generator) -> Region:
    scale = float(rng.uniform(0.8, 1.25))
    height, width = min(1.0, place.height * scale), min(1.0, place.width * scale)
    top = place.top + float(rng.normal(0, SHIFT)) * height
    left = place.left + float(rng.normal(0, SHIFT)) * width
    return Region(
        min(max(0.0, top), 1 - height), min(max(0.0, left), 1 - width), height, width, place.share
    )


Labelled = tuple[str, str, bool, Clip]
"""Id, origin, whether it is a fight."""


def _filmed(data: Path) -> Rows:
    def opened() -> Iterator[Labelled]:
        for source in sources(data):
            clip = open_clip(source.path.read_bytes(), name=source.id)
            if isinstance(clip, Clip):
                yield source.id, source.origin, source.is_fight, clip
            else:
                _LOG.warning("%s: %s", source.id, clip.reason)

    return _rows(opened(), N_VIEWS)


def _drawn(
    kinds: dict[str, Callable[[np.random.Generator], harmless.Draw]], seed: int, n_views: int
) -> Rows:
    def opened() -> Iterator[Labelled]:
        for number, (kind, content) in enumerate(harmless.clips(kinds, N_DRAWN, seed)):
            clip = open_clip(content, name=kind)
            if isinstance(clip, Clip):
                yield f"{kind}-{number}", kind, False, clip

    return _rows(opened(), n_views)


def _rows(labelled: Iterator[Labelled], n_views: int) -> Rows:
    numbers, ids, origins, fights = [], [], [], []
    for count, (name, origin, is_fight, clip) in enumerate(labelled, start=1):
        rng = np.random.default_rng(count)
        for window in windows(clip):
            numbers.append(views(window.stretch, n_views, rng))
            ids.append(name)
            origins.append(origin)
            fights.append(is_fight)
        if count % 50 == 0:
            _LOG.info("%d clips, %d windows", count, len(numbers))
    return Rows(
        numbers=np.stack(numbers),
        clips=np.array(ids),
        origins=np.array(origins),
        is_fight=np.array(fights),
    )


def _write(path: Path, found: Corpus) -> None:
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for part in ("filmed", "drawn", "held_back"):
        rows: Rows = getattr(found, part)
        for name in ("numbers", "clips", "origins", "is_fight"):
            arrays[f"{part}_{name}"] = getattr(rows, name)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _read(path: Path) -> Corpus:
    with np.load(path, allow_pickle=False) as stored:
        filmed, drawn, held_back = (
            Rows(
                numbers=stored[f"{part}_numbers"],
                clips=stored[f"{part}_clips"],
                origins=stored[f"{part}_origins"],
                is_fight=stored[f"{part}_is_fight"],
            )
            for part in ("filmed", "drawn", "held_back")
        )
    return Corpus(filmed=filmed, drawn=drawn, held_back=held_back)
