"""What PP-OCRv6's recogniser sees in drawn lines, kept for training."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import onnxruntime as ort

from detectors.image.ocr.graphs import opened, with_output
from detectors.image.ocr.models import RECOGNISER, SEEN, located
from detectors.image.picture import Pixels
from detectors.training.image_ocr import lines, texts
from detectors.training.image_ocr.fonts import Fonts

FONT_LANGS: Final = {
    "uk": "ru",
    "bg": "ru",
    "be": "ru",
    "sr": "ru",
    "fa": "ar",
    "ur": "ar",
    "mr": "hi",
    "es": "en",
    "tr": "en",
    "zh": "zh-cn",
}
MAX_LETTERS: Final = 90


def write(out: Path, n: int, seed: int, known: Mapping[str, Sequence[str]], fonts: Fonts) -> None:
    """Draws `n` lines, and writes frames float16 [all, 384], lengths and targets as one file."""
    session = opened(with_output(located(RECOGNISER).read_bytes(), SEEN))
    rng = np.random.default_rng((seed, n))
    langs, shares = list(texts.MIX), np.array(list(texts.MIX.values()))
    frames = []
    targets: list[str] = []
    spoken: list[str] = []
    while len(targets) < n:
        lang = str(rng.choice(langs, p=shares / shares.sum()))
        text = texts.line(lang, known, rng)
        faces = fonts.by_lang[FONT_LANGS.get(lang, lang)], fonts.by_lang["en"]
        first, second = (one[int(rng.integers(len(one)))] for one in faces)
        if not text or len(text) > MAX_LETTERS:
            continue
        seen = lines.drawn(text, lang, (first, second), rng)
        if seen is None or seen.shape[0] < 6:  # noqa: PLR2004
            continue
        found = _frames(session, seen, rng)
        if len(found) > len(text):
            frames.append(found)
            targets.append(texts.cleaned(text))
            spoken.append(lang)
    np.savez(
        out,
        frames=np.concatenate(frames),
        lengths=np.array([len(one) for one in frames]),
        targets=np.array(targets),
        langs=np.array(spoken),
    )


def _frames(
    session: ort.InferenceSession, seen: Pixels, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.float16]]:
    height, width = seen.shape[:2]
    across = max(16, round(48 * width / height * float(np.exp(rng.normal(0, 0.06)))))
    line = cv2.resize(seen, (across, 48), interpolation=cv2.INTER_LINEAR)[..., ::-1]
    given = (line.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    maps = session.run([SEEN], {"x": given})[0]
    return np.ascontiguousarray(maps[0].mean(1).T.astype(np.float16))
