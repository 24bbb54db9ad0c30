"""The detector `video.violence@1`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from msgspec import Struct

from detectors.card import ModelCard, read
from detectors.detector import Answer
from detectors.session import ModelMismatch, verified
from detectors.video.answers import Opened, answered, undecodable
from detectors.video.clip import Burst, Clip, Refusal
from detectors.video.motion import (
    MIN_FRAMES,
    NAMES,
    Floats,
    Region,
    Stretch,
    changed_region,
    described,
)
from schemas.signals import Signal, TimeRange

MODEL: Final = "video.violence@1"
WEIGHTS: Final = Path(__file__).parent.parent
WINDOW_MS: Final = 2_000
HOP_MS: Final = 1_000
MAX_WINDOWS: Final = 32
"""Of one clip, evenly spread: a window takes about as long to measure as a second of 720p to
decode."""
MAX_SIGNALS: Final = 4
TOO_SHORT: Final = "too few frames that follow each other to show a motion"


class Window(Struct, frozen=True, eq=False):
    """About two seconds of a burst."""

    burst: Burst
    start: int
    end: int
    """Frames `start` (included) to `end` (excluded) of the burst."""

    @property
    def time_range(self) -> TimeRange:
        """From the first frame to the last."""
        times_ms = self.burst.times_ms
        return TimeRange(start_ms=times_ms[self.start], end_ms=times_ms[self.end - 1])

    @property
    def stretch(self) -> Stretch:
        """The frames."""
        burst = self.burst
        return Stretch(
            burst.frames[self.start : self.end],
            burst.times_ms[self.start : self.end],
            tuple(n - self.start for n in burst.cuts if self.start < n < self.end),
        )


class Seen(Struct, frozen=True, eq=False):
    """A window's score, and where in the picture most happens."""

    window: Window
    score: float
    region: Region


class VideoViolence:
    """Finds fights by how people move. Safe across threads."""

    def __init__(self, threads: int = 1, *, card: ModelCard | None = None) -> None:
        """Loads the model.

        Args:
            threads: Of the ONNX session; measuring the motion is done on one.
            card: The model's card, if not the one in `models.toml`.

        Raises:
            ModelMismatch: if the file or its graph is not the one on the card.
        """
        self.card = read(MODEL) if card is None else card
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        path = verified(WEIGHTS, self.card.files["model"])
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        (given,) = self._session.get_inputs()
        if given.name != "numbers" or given.shape[-1] != len(NAMES):
            message = f"{self.card.id}: a graph of {given.name} {given.shape}"
            raise ModelMismatch(message)

    def predict(self, parts: Sequence[Opened], /) -> list[Answer]:
        """Gives the stretches of each clip that look like a fight, highest score first.

        Where none reaches the threshold, the one signal is that of the highest window. Evidence:
        `box` (left, top, width, height in the clip's pixels) where most happens, and how many
        `windows` reach the threshold. Partial where not all of a clip was read.
        """
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part) for part in parts
        ]

    def scores(self, numbers: Floats) -> Floats:
        """Gives the score of each row of `motion.NAMES`, float32 [rows]."""
        (found,) = self._session.run(["score"], {"numbers": numbers})
        return np.asarray(np.clip(found, 0, 1), np.float32).reshape(-1)

    def seen(self, clip: Clip) -> list[Seen]:
        """Gives the score of each window of a clip, in order of time."""
        chosen = windows(clip)
        places, rows = [], []
        for one in chosen:
            stretch = one.stretch
            places.append(changed_region(stretch))
            rows.append(described(stretch, places[-1]))
        if not rows:
            return []
        scores = self.scores(np.stack(rows)).tolist()
        return [
            Seen(one, score, place)
            for one, score, place in zip(chosen, scores, places, strict=True)
        ]

    def _answer(self, clip: Clip) -> Answer:
        seen = self.seen(clip)
        if not seen:
            return answered(clip, (), TOO_SHORT)
        threshold = self.card.thresholds.get("violence", 0.5)
        groups = grouped([one for one in seen if one.score >= threshold])
        if not groups:
            groups = [[max(seen, key=lambda one: one.score)]]
        signals = [self._signal(clip, group, threshold) for group in groups]
        signals.sort(key=lambda one: -one.score)
        return answered(clip, signals[:MAX_SIGNALS])

    def _signal(self, clip: Clip, group: Sequence[Seen], threshold: float) -> Signal:
        best = max(group, key=lambda one: one.score)
        place = best.region
        box = (
            round(place.left * clip.width_px),
            round(place.top * clip.height_px),
            round(place.width * clip.width_px),
            round(place.height * clip.height_px),
        )
        n_found = sum(one.score >= threshold for one in group)
        ranges = [one.window.time_range for one in group]
        return Signal(
            label="violence",
            score=round(best.score, 4),
            detector=self.card.id,
            part=clip.name,
            time_range=TimeRange(
                start_ms=min(one.start_ms for one in ranges),
                end_ms=max(one.end_ms for one in ranges),
            ),
            evidence={"box": ",".join(map(str, box)), "windows": str(n_found)},
        )


def windows(clip: Clip) -> list[Window]:
    """Gives at most `MAX_WINDOWS` windows of a clip, evenly spread, in order of time."""
    found = [window for burst in clip.bursts for window in _of_burst(burst)]
    n_taken = min(len(found), MAX_WINDOWS)
    return [found[n * len(found) // n_taken] for n in range(n_taken)]


def grouped(found: Sequence[Seen]) -> list[list[Seen]]:
    """Gives windows in order of time in groups of those that overlap or follow within a hop."""
    groups: list[list[Seen]] = []
    for one in found:
        start_ms = one.window.time_range.start_ms
        if groups and start_ms <= groups[-1][-1].window.time_range.end_ms + HOP_MS:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _of_burst(burst: Burst) -> list[Window]:
    """Windows of `WINDOW_MS` every `HOP_MS`; a shorter burst is one window, and so is the rest."""
    times_ms = burst.times_ms
    found = []
    start_ms = times_ms[0]
    while True:
        inside = [n for n, at_ms in enumerate(times_ms) if 0 <= at_ms - start_ms <= WINDOW_MS]
        if inside:
            window = Window(burst, inside[0], inside[-1] + 1)
            if len(window.stretch.pairs) >= MIN_FRAMES - 1:
                found.append(window)
        if start_ms + WINDOW_MS + HOP_MS / 2 > times_ms[-1]:
            return found
        start_ms += HOP_MS
