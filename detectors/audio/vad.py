"""Where someone speaks: Silero's model of voice activity over a recording."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors import card as cards
from detectors.audio.recording import RATE_HZ, Recording, Samples
from detectors.card import ModelCard
from detectors.session import ModelMismatch, opened, verified

MODEL_ID: Final = "audio.vad@1"
ROOT: Final = Path(__file__).parents[1]

FRAME: Final = 512
"""Samples a frame, 32 ms; the model sees 64 more before it."""
_CONTEXT: Final = 64
_MAX_FRAMES: Final = 512
"""Frames in one call: bounds memory, and is Silero's own figure."""
_STATE: Final = (1, 1, 128)
_INPUTS: Final = ["input", "h", "c"]
_OUTPUTS: Final = ["speech_probs", "hn", "cn"]

_ON: Final = 0.5
_OFF: Final = 0.35
"""Speech begins at the first and lasts until below the second: Silero's defaults."""
_MIN_SPEECH: Final = RATE_HZ // 4
_MIN_PAUSE: Final = RATE_HZ * 3 // 10
_PAD: Final = RATE_HZ * 3 // 10
"""Kept before and after: words begin softly and end in breath."""


class Speech(Struct, frozen=True):
    """Samples `start` to `end` of a recording, in which someone speaks; within one stretch."""

    start: int
    end: int
    probability: float
    """Mean over its frames."""


class AudioVad:
    """Finds speech in recordings."""

    card: ModelCard

    def __init__(self) -> None:
        """Loads the model. Raises ModelMismatch."""
        self.card = cards.read(MODEL_ID)
        self._session = opened(verified(ROOT, self.card.files["model"]))
        names = [one.name for one in self._session.get_inputs()]
        if names != _INPUTS or [one.name for one in self._session.get_outputs()] != _OUTPUTS:
            message = f"{MODEL_ID}: a graph of {names}"
            raise ModelMismatch(message)

    def speech(self, recording: Recording) -> tuple[Speech, ...]:
        """Gives the stretches of speech in order, padded, short pauses within them included."""
        if recording.is_silent:
            return ()
        found: list[Speech] = []
        for stretch in recording.stretches:
            samples = recording.samples[stretch.start : stretch.end]
            found += [
                Speech(one.start + stretch.start, one.end + stretch.start, one.probability)
                for one in spoken(self.probabilities(samples), len(samples))
            ]
        return tuple(found)

    def probabilities(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Gives how likely each frame of 32 ms holds speech; the last one may be part empty."""
        h, c = np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)
        context = np.zeros(_CONTEXT, np.float32)
        found: list[npt.NDArray[np.float32]] = []
        for start in range(0, len(samples), FRAME * _MAX_FRAMES):
            block = samples[start : start + FRAME * _MAX_FRAMES]
            frames = np.zeros((-(-len(block) // FRAME), FRAME), np.float32)
            frames.reshape(-1)[: len(block)] = block
            before = np.concatenate((context[None], frames[:-1, -_CONTEXT:]))
            context = frames[-1, -_CONTEXT:].copy()
            given = {"input": np.concatenate((before, frames), axis=1), "h": h, "c": c}
            probabilities, h, c = self._session.run(_OUTPUTS, given)
            found.append(probabilities)
        return np.concatenate(found) if found else np.zeros(0, np.float32)


def spoken(probabilities: npt.NDArray[np.float32], n_samples: int) -> list[Speech]:
    """Gives stretches of speech by the probability of each frame: on, off, merged, padded."""
    runs = _merged(_runs(probabilities))
    found: list[Speech] = []
    for start, end in runs:
        if (end - start) * FRAME < _MIN_SPEECH:
            continue
        after = found[-1].end if found else 0
        found.append(
            Speech(
                max(after, start * FRAME - _PAD),
                min(n_samples, end * FRAME + _PAD),
                float(probabilities[start:end].mean()),
            )
        )
    return found


def _runs(probabilities: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """Frames from one at least `_ON` to before one under `_OFF`."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for frame, probability in enumerate(probabilities.tolist()):
        if start is None and probability >= _ON:
            start = frame
        elif start is not None and probability < _OFF:
            found.append((start, frame))
            start = None
    if start is not None:
        found.append((start, len(probabilities)))
    return found


def _merged(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Joins runs that a short pause parts."""
    found: list[tuple[int, int]] = []
    for start, end in runs:
        if found and (start - found[-1][1]) * FRAME < _MIN_PAUSE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found
