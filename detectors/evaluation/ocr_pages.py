"""Pictures with text in them, drawn by code: posters, chats, captions, notes; each from a seed."""

import math
from collections.abc import Sequence
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct
from PIL import Image

from detectors.evaluation import writing
from detectors.evaluation.posters import photo
from detectors.evaluation.writing import Face
from detectors.image.picture import Pixels

Kind = Literal["poster", "chat", "caption", "note"]
KINDS: Final[tuple[Kind, ...]] = ("poster", "chat", "caption", "note")
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "ur", "he"})
UNSPACED: Final = frozenset({"zh", "ja"})
_LINE: Final = 1.55
"""From line to line, in sizes of the letters."""
_DARK: Final = 110.0


class Look(Struct, frozen=True, kw_only=True):
    """How a text stands in its picture."""

    kind: Kind
    faces: tuple[Face, Face]
    width_px: int = 1000
    size_px: int = 34
    rotation_deg: float = 0.0
    noise: float = 0.0
    """Standard deviation of the grain, of 255."""
    jpeg: int = 85
    is_dark: bool = False
    contrast: float = 1.0
    """Of letters to their ground; 1 is all there is."""


class Page(Struct, frozen=True, eq=False):
    """A picture and the lines in it, in reading order."""

    pixels: Pixels
    lines: tuple[str, ...]


def wrapped(text: str, look: Look, lang: str, width_px: float) -> list[str]:
    """Gives the text in lines that fit."""
    glue = "" if lang in UNSPACED else " "
    pieces = _unspaced(text) if lang in UNSPACED else text.split()
    found: list[str] = []
    for piece in pieces:
        joined = f"{found[-1]}{glue}{piece}" if found else piece
        if found and writing.length_px(joined, look.faces, look.size_px) <= width_px:
            found[-1] = joined
        else:
            found.append(piece)
    return [line.strip() for line in found]


def _unspaced(text: str) -> list[str]:
    """Single letters; words of Latin letters and digits stay whole."""
    found: list[str] = []
    for letter in text:
        is_latin = letter.isascii() and not letter.isspace()
        goes_on = is_latin and bool(found) and found[-1].isascii() and not found[-1].isspace()
        if goes_on or (found and letter in "，。！？、：；）》”"):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def page(texts: Sequence[str], lang: str, look: Look, rng: np.random.Generator) -> Page | None:
    """Gives a picture of texts, one below the other; None where the faces lack a letter."""
    margin = look.width_px // 14
    inner = look.width_px - 2 * margin
    share = 0.7 if look.kind == "chat" else 1.0
    blocks = [wrapped(text, look, lang, inner * share - look.size_px) for text in texts]
    step = int(_LINE * look.size_px)
    heights = [step * len(block) + 2 * look.size_px for block in blocks]
    free = 2.5 if look.kind in {"poster", "caption"} else 1.0
    height = int(sum(heights) + 2 * margin * free)
    seen = _ground(look, height, rng)
    top = int(margin * free)
    for number, (block, tall) in enumerate(zip(blocks, heights, strict=True)):
        left = margin
        if look.kind == "chat" and number % 2:
            left = look.width_px - margin - int(inner * share)
        place = (left, top, int(inner * share), tall - look.size_px // 2)
        colour = _panel(seen, place, look, number, rng)
        for line_number, line in enumerate(block):
            base = top + look.size_px // 2 + step * line_number + int(1.1 * look.size_px)
            if not _write(seen, line, lang, look, (place[0], place[2], base), colour):
                return None
        top += tall
    return Page(_finished(seen, look, rng), tuple(line for block in blocks for line in block))


def _ground(look: Look, height: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    if look.kind in {"poster", "caption"}:
        return photo(rng, look.width_px, height).astype(np.float32)
    shade = (22, 26, 32) if look.is_dark else (236, 238, 242)
    return np.full((height, look.width_px, 3), shade, np.float32)


def _panel(
    seen: npt.NDArray[np.float32],
    place: tuple[int, int, int, int],
    look: Look,
    number: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """Lays what is behind a block of text, and gives the letters' colour."""
    left, top, width, height = place
    part = seen[top : top + height, left : left + width]
    if look.kind == "chat":
        shade = ((38, 60, 48), (44, 48, 56)) if look.is_dark else ((217, 253, 211), (255, 255, 255))
        part[:] = shade[number % 2]
    elif look.kind == "poster":
        laid = rng.uniform(0, 90, 3) if look.is_dark else rng.uniform(165, 255, 3)
        part[:] = part * 0.25 + np.asarray(laid, np.float32) * 0.75
    ground = part.mean((0, 1))
    if look.kind == "caption":
        return np.full(3, 255, np.float32)
    full = np.full(3, 255.0 if float(ground.mean()) < _DARK else 12.0)
    return np.asarray(ground + (full - ground) * look.contrast, np.float32)


def _write(
    seen: npt.NDArray[np.float32],
    line: str,
    lang: str,
    look: Look,
    place: tuple[int, int, int],
    colour: npt.NDArray[np.float32],
) -> bool:
    """Writes a line; captions are white with a black rim."""
    left, width, base = place
    is_right_to_left = lang in RIGHT_TO_LEFT
    size = look.size_px
    layers = [(np.zeros(3, np.float32), max(2, size // 12))] if look.kind == "caption" else []
    for shade, stroke in [*layers, (colour, 0)]:
        mask = writing.line(
            line, look.faces, size, is_right_to_left=is_right_to_left, stroke=stroke
        )
        if mask is None:
            return False
        at = left + size // 2 - size
        if is_right_to_left:
            at = left + width - size // 2 - (mask.width - 2 * size)
        elif look.kind in {"poster", "caption"}:
            at = left + (width - mask.width + size) // 2 - size // 2
        _inked(seen, mask, (at, base - int(2.5 * size)), shade)
    return True


def _inked(
    seen: npt.NDArray[np.float32],
    mask: Image.Image,
    place: tuple[int, int],
    colour: npt.NDArray[np.float32],
) -> None:
    left, top = place
    ink = np.asarray(mask, np.float32)[..., None] / 255
    ink = ink[max(0, -top) :, max(0, -left) :]
    left, top = max(0, left), max(0, top)
    part = seen[top : top + ink.shape[0], left : left + ink.shape[1]]
    ink = ink[: part.shape[0], : part.shape[1]]
    part[:] = part * (1 - ink) + colour * ink


def _finished(seen: npt.NDArray[np.float32], look: Look, rng: np.random.Generator) -> Pixels:
    """Turned, grained and saved as JPEG."""
    if look.rotation_deg:
        seen = _rotated(seen, look.rotation_deg)
    if look.noise:
        seen = seen + rng.normal(0, look.noise, seen.shape).astype(np.float32)
    whole = np.asarray(np.clip(seen, 0, 255), np.uint8)
    _, coded = cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, look.jpeg])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _rotated(seen: npt.NDArray[np.float32], angle_deg: float) -> npt.NDArray[np.float32]:
    """Turned about the middle, in a frame that holds all of it."""
    height, width = seen.shape[:2]
    cosine, sine = (
        abs(one) for one in (math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg)))
    )
    out = int(width * cosine + height * sine), int(width * sine + height * cosine)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    matrix[:, 2] += (out[0] - width) / 2, (out[1] - height) / 2
    edge = seen[0, 0].tolist()
    return np.asarray(cv2.warpAffine(seen, matrix, out, borderValue=edge), np.float32)
