"""In which script a line is written, by what PP-OCRv6's convolutions saw of it."""

from io import BytesIO
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

Script = Literal["own", "cyrillic", "arabic", "devanagari", "vietnamese"]
"""`own`: one that PP-OCRv6 reads."""
SCRIPTS: Final[tuple[Script, ...]] = get_args(Script)

Floats = npt.NDArray[np.float32]


class Scripts:
    """A linear model over the mean and the highest of what was seen along a line."""

    def __init__(self, content: bytes) -> None:
        """Takes an .npz file with `weights`, float32 [768, scripts], and `bias`."""
        with np.load(BytesIO(content), allow_pickle=False) as held:
            self._weights: Floats = held["weights"].astype(np.float32)
            self._bias: Floats = held["bias"].astype(np.float32)

    def chances(self, frames: Floats) -> dict[Script, float]:
        """Gives each script's chance."""
        raw = pooled(frames) @ self._weights + self._bias
        shares = np.exp(raw - raw.max())
        return dict(zip(SCRIPTS, (shares / shares.sum()).tolist(), strict=True))

    def likeliest(self, frames: Floats) -> Script:
        """Gives the script with the highest chance."""
        chances = self.chances(frames)
        return max(chances, key=chances.__getitem__)


def pooled(frames: Floats) -> Floats:
    """Gives a line's features, float32 [768]."""
    return np.concatenate((frames.mean(0), frames.max(0))).astype(np.float32)
