"""Harmless pictures, from all that is at hand: what a detector of pictures must let pass."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.evaluation.patterns import PATTERNS, pattern
from detectors.evaluation.posters import HEIGHT_PX, WIDTH_PX, Look, photo, poster
from detectors.image.decode import decode
from detectors.image.picture import Frame, Header, Picture, Refusal

Pixels = npt.NDArray[np.uint8]

DEMO: Final = Path(__file__).parents[2] / "streams" / "demo" / "media"
"""Made by code, harmless to look at."""
SEED: Final = 11
N_POSTERS: Final = 60
N_SKINS: Final = 210
FRAMES_A_CLIP: Final = 2
SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
SKIN_TONES: Final = (
    (255, 224, 196),
    (240, 200, 170),
    (224, 172, 140),
    (198, 134, 102),
    (160, 102, 72),
    (110, 66, 44),
    (72, 44, 32),
)
MIN_SIDE_PX: Final = 32
"""Smaller files are parts of pages, not pictures."""


class Candidate(Struct, frozen=True, eq=False):
    """A picture that is made or decoded when asked for; None: it is none, or too small."""

    source: str
    name: str
    picture: Callable[[], Picture | None]


def all_of(data: Path, photos: Path | None) -> Iterator[Candidate]:
    """Gives all pictures, by source.

    Args:
        data: The folder of data sets.
        photos: A folder with a folder for each further source; pictures anywhere below.
    """
    for source in ("crypto_icons", "openclipart_subset"):
        yield from _files(source, data / source)
    yield from _clips("fight_surveillance_video, frames", data / "fight_surveillance_video")
    yield from _files("the demo's pictures", DEMO)
    yield from _clips("the demo's clips, frames", DEMO)
    for number in range(N_POSTERS):
        yield _made("posters by code", f"poster{number}", partial(_poster, number))
    for number in range(N_POSTERS):
        yield _made("soft shapes by code", f"photo{number}", partial(_soft, number))
    for number in range(N_SKINS):
        yield _made("skin colours by code", f"skin{number}", partial(skin, number))
    for name in PATTERNS:
        yield _made("patterns by code", name, partial(pattern, name, 640, 480))
    if photos is not None:
        for folder in sorted(photos.iterdir()):
            yield from _files(folder.name, folder)


def _made(source: str, name: str, draw: Callable[[], Pixels]) -> Candidate:
    return Candidate(source, name, lambda: drawn(name, draw()))


def drawn(name: str, pixels: Pixels) -> Picture:
    """Gives pixels made by code as if they came from a file."""
    height_px, width_px = pixels.shape[:2]
    header = Header(format="png", width_px=width_px, height_px=height_px, mode="RGB", n_frames=1)
    return Picture(
        name=name,
        header=header,
        width_px=width_px,
        height_px=height_px,
        frames=(Frame(0, pixels),),
    )


def skin(number: int) -> Pixels:
    """Gives shapes in the colours of skin, with soft shade and grain, on any ground."""
    rng = np.random.default_rng((SEED, 3, number))
    width_px, height_px = (int(one) for one in rng.integers(240, 900, 2))
    tone = np.array(SKIN_TONES[number % len(SKIN_TONES)], np.float32)
    seen = photo(rng, width_px, height_px).astype(np.float32)
    if number % 2:
        seen[:] = tone * 0.9
    for _ in range(int(rng.integers(1, 8))):
        mask = np.zeros((height_px, width_px), np.uint8)
        middle = int(rng.integers(0, width_px)), int(rng.integers(0, height_px))
        axes = int(rng.integers(20, width_px // 2)), int(rng.integers(20, height_px // 2))
        cv2.ellipse(mask, middle, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
        share = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(1, 20)))[..., None] / 255.0
        seen = seen * (1 - share) + tone * float(rng.uniform(0.6, 1.1)) * share
    shade = cv2.resize(
        rng.normal(1.0, 0.12, (5, 5)).astype(np.float32),
        (width_px, height_px),
        interpolation=cv2.INTER_CUBIC,
    )
    grain = rng.normal(0, float(rng.uniform(0, 8)), seen.shape)
    return np.asarray(np.clip(seen * shade[..., None] + grain, 0, 255), np.uint8)


def _poster(number: int) -> Pixels:
    rng = np.random.default_rng((SEED, 1, number))
    look = Look(rotation_deg=float(rng.uniform(0, 360)), tilt_deg=float(rng.uniform(0, 30)))
    return poster(f"https://claim-reward.example/{number}", look, rng)


def _soft(number: int) -> Pixels:
    return photo(np.random.default_rng((SEED, 2, number)), WIDTH_PX, HEIGHT_PX)


def _files(source: str, folder: Path) -> Iterator[Candidate]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            name = str(path.relative_to(folder))
            yield Candidate(source, name, partial(_decoded, path, name))


def _decoded(path: Path, name: str) -> Picture | None:
    found = decode(path.read_bytes(), name=name)
    if isinstance(found, Refusal) or min(found.width_px, found.height_px) < MIN_SIDE_PX:
        return None
    return found


def _clips(source: str, folder: Path) -> Iterator[Candidate]:
    for path in sorted(one for one in folder.rglob("*") if one.suffix in {".mp4", ".webm"}):
        for number in range(FRAMES_A_CLIP):
            name = f"{path.stem}@{number}"
            yield Candidate(source, name, partial(_still, path, number, name))


def _still(path: Path, number: int, name: str) -> Picture | None:
    """A frame of a clip: one in the middle of each equal part."""
    clip = cv2.VideoCapture(str(path))
    n_frames = int(clip.get(cv2.CAP_PROP_FRAME_COUNT))
    clip.set(cv2.CAP_PROP_POS_FRAMES, (2 * number + 1) * n_frames // (2 * FRAMES_A_CLIP))
    is_read, seen = clip.read()
    clip.release()
    if not is_read:
        return None
    return drawn(name, np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2RGB), np.uint8))
