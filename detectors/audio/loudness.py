"""How loud a recording is, and bringing it to the loudness of speech."""

from typing import Final

import numpy as np
import numpy.typing as npt

from detectors.audio.recording import RATE_HZ, Samples

TARGET_DB: Final = -23.0
"""Loudness that recordings are brought to; EBU R 128's figure, here without its ear weighting."""
SILENCE_DB: Final = -70.0
"""Below, nothing is to be heard: BS.1770's absolute gate."""
FLOOR_DB: Final = -100.0
MAX_GAIN_DB: Final = 45.0
_GATE_DB: Final = -10.0
_BLOCK: Final = RATE_HZ * 4 // 10
_PEAK: Final = 0.99


def loudness(samples: Samples) -> float:
    """Gives the level in dB below full scale of blocks of 400 ms that are not pauses.

    Gated in two steps as in BS.1770: blocks below -70 dB go, then those 10 dB below the mean of
    what is left. Without its weighting by frequency.
    """
    if not samples.size:
        return FLOOR_DB
    blocks = np.array_split(samples, max(1, samples.size // _BLOCK))
    power = np.array([np.mean(np.square(block, dtype=np.float64)) for block in blocks])
    heard = power[_db(power) > SILENCE_DB]
    if not heard.size:
        return float(_db(power).max())
    loud = heard[heard > heard.mean() * 10 ** (_GATE_DB / 10)]
    return float(_db(loud.mean(keepdims=True))[0])


def _db(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(10 * np.log10(np.maximum(power, 1e-10)), np.float64)


def levelled(samples: Samples, loudness_db: float) -> Samples:
    """Gives the samples at the loudness of speech; peaks that would pass full scale are cut."""
    gain = 10 ** (min(TARGET_DB - loudness_db, MAX_GAIN_DB) / 20)
    return np.asarray(np.clip(samples * np.float32(gain), -_PEAK, _PEAK), np.float32)
