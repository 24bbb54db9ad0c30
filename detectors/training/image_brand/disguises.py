"""Disguises of logos: what a copy has done to it before it is a token's picture.

A logo is uint8 RGBA, square, of any side; distances are in 128ths of it. `DISGUISES` are measured
one by one; training mixes the same means at random (`disguised`). Everything comes from the
generator that is given.
"""

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.training.image_brand.drawn import (
    Bytes,
    Rng,
    badge,
    blended,
    fitted,
    hat,
    scenery,
    shade,
    sparkles,
    words,
)

UNITS: Final = 128
"""Distances are in so many parts of a side."""
_MIN_SHARE: Final = 0.02
"""A symbol that covers less of its badge is none: the logo is then changed as a whole."""


class Kit(Struct, frozen=True):
    """What is pasted on logos."""

    stickers: Sequence[Bytes] = ()
    """Emoji and the like, RGBA."""


Change = Callable[[Bytes, Rng, Kit], Bytes]


def hue_shifted(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """All colours turned round the wheel, and as much more or less of them."""
    wheel = cv2.cvtColor(logo[..., :3].copy(), cv2.COLOR_RGB2HSV).astype(np.float32)
    wheel[..., 0] = (wheel[..., 0] + rng.uniform(15, 165)) % 180
    wheel[..., 1] = np.clip(wheel[..., 1] * rng.uniform(0.6, 1.4), 0, 255)
    turned = cv2.cvtColor(wheel.astype(np.uint8), cv2.COLOR_HSV2RGB)
    return np.dstack([turned, logo[..., 3]])


def two_tone(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Dark and light become two other colours, at random the other way round."""
    luma = cv2.cvtColor(logo[..., :3].copy(), cv2.COLOR_RGB2GRAY)
    seen = luma[logo[..., 3] > 0]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 255.0)
    share = np.clip((np.arange(256) - low) / max(high - low, 1), 0, 1)[:, None]
    first, second = _apart(rng)
    table = np.asarray(first * (1 - share) + second * share, np.uint8)
    return np.dstack([table[luma], logo[..., 3]])


def grey(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Without colour."""
    luma = cv2.cvtColor(logo[..., :3].copy(), cv2.COLOR_RGB2GRAY)
    return np.dstack([luma, luma, luma, logo[..., 3]])


def inverted(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """As a negative."""
    return np.dstack([255 - logo[..., :3], logo[..., 3]])


def rebadged(logo: Bytes, rng: Rng, kit: Kit) -> Bytes:
    """The symbol alone, in another colour and size, on a badge of another shape and colour."""
    mask = symbol(logo)
    if mask is None:
        return two_tone(logo, rng, kit)
    under, over = _apart(rng)
    scale = rng.uniform(0.6, 1.05)
    side = len(logo)
    rest = side / 2 * (1 - scale)
    move = np.array([[scale, 0, rest], [0, scale, rest]])
    mask = np.asarray(cv2.warpAffine(mask, move, (side, side)), np.uint8)
    base = fitted(badge(rng, under), side)
    return blended(base, np.dstack([np.full((*mask.shape, 3), over, np.uint8), mask]))


def bare(logo: Bytes, rng: Rng, kit: Kit) -> Bytes:
    """The symbol alone, without its badge."""
    mask = symbol(logo)
    if mask is None:
        return two_tone(logo, rng, kit)
    return np.dstack([np.full((*mask.shape, 3), shade(rng, 0, 190), np.uint8), mask])


def symbol(logo: Bytes) -> Bytes | None:
    """Gives the mask of what stands on a badge; None where there is no badge of one colour."""
    inside = logo[..., 3] > 200  # noqa: PLR2004
    coarse = logo[..., :3].astype(np.int32) >> 4
    keys = (coarse[..., 0] << 8 | coarse[..., 1] << 4 | coarse[..., 2])[inside]
    if keys.size == 0:
        return None
    counts = np.bincount(keys)
    key = int(counts.argmax())
    same = inside & ((coarse[..., 0] << 8 | coarse[..., 1] << 4 | coarse[..., 2]) == key)
    colour = np.asarray(logo[same][:, :3].mean(axis=0), np.uint8)
    if same.mean() < 0.25 or inside.mean() < 0.6:  # noqa: PLR2004
        return None
    apart = cv2.absdiff(logo[..., :3].copy(), np.broadcast_to(colour, logo[..., :3].shape).copy())
    most = apart.max(axis=2)
    scale = 1.1 / max(float(most[inside].max()), 40.0)
    mask = np.minimum(most * np.float32(scale), np.float32(1)) * logo[..., 3]
    return np.asarray(mask, np.uint8) if mask.mean() > 255 * _MIN_SHARE else None


def mirrored(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Left and right exchanged."""
    return np.ascontiguousarray(logo[:, ::-1])


def turned(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Rotated by up to 40 degrees."""
    return _moved(logo, angle_deg=float(rng.choice((-1, 1)) * rng.uniform(10, 40)))


def quarter_turned(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Rotated by 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(logo, int(rng.integers(1, 4))))


def stretched(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Wider than high, or higher than wide, by up to two fifths, and slanted."""
    scale = float(rng.uniform(0.62, 0.85))
    across, along = (scale, 1.0) if rng.integers(2) else (1.0, scale)
    return _moved(logo, across=across, along=along, slant=float(rng.uniform(-0.15, 0.15)))


def cropped(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Closer: up to a sixth of each side is cut off."""
    scale = float(rng.uniform(1.1, 1.45))
    dx, dy = (float(one) for one in rng.uniform(-6, 6, 2))
    return _moved(logo, across=scale, along=scale, dx=dx, dy=dy)


def bordered(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Smaller, within a ring or frame."""
    scale = float(rng.uniform(0.6, 0.85))
    small = _moved(logo, across=scale, along=scale)
    frame = np.zeros((UNITS, UNITS, 4), np.uint8)
    colour = (*(int(one) for one in shade(rng)), 255)
    width = int(rng.integers(3, 9))
    if rng.integers(2):
        cv2.circle(frame, (64, 64), 60 - width // 2, colour, width, cv2.LINE_AA)
    else:
        cv2.rectangle(frame, (width, width), (127 - width, 127 - width), colour, width)
    if rng.integers(2):
        small = blended(fitted(badge(rng, shade(rng)), len(logo)), small)
    return blended(small, fitted(frame, len(logo)))


def in_circle(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """On a coin: a disc behind it, and all cut to the disc."""
    scale = float(rng.uniform(0.55, 0.95))
    coin = np.zeros((UNITS, UNITS, 4), np.uint8)
    cv2.circle(coin, (64, 64), 62, (*(int(one) for one in shade(rng)), 255), -1, cv2.LINE_AA)
    disc = fitted(coin, len(logo))
    laid = blended(disc, _moved(logo, across=scale, along=scale))
    laid[..., 3] = np.minimum(laid[..., 3], disc[..., 3])
    return laid


def with_hat(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """Under a hat, a crown or a halo."""
    small = _moved(logo, across=0.8, along=0.8, dy=12)
    return blended(small, fitted(hat(rng), len(logo)))


def with_sparkles(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """With stars and dots strewn over it."""
    return blended(logo, fitted(sparkles(rng), len(logo)))


def with_words(logo: Bytes, rng: Rng, _: Kit) -> Bytes:
    """With a word or a number on it or below it."""
    if rng.integers(2):
        small = _moved(logo, across=0.75, along=0.75, dy=-14)
        return blended(small, fitted(words(rng, 112), len(logo)))
    return blended(logo, fitted(words(rng, int(rng.integers(30, 110))), len(logo)))


def with_sticker(logo: Bytes, rng: Rng, kit: Kit) -> Bytes:
    """With an emoji over up to a sixth of it."""
    if not kit.stickers:
        return with_sparkles(logo, rng, kit)
    sticker = kit.stickers[int(rng.integers(len(kit.stickers)))]
    side = int(rng.integers(30, 54)) * len(logo) // UNITS
    small = cv2.resize(sticker, (side, side), interpolation=cv2.INTER_AREA)
    over = np.zeros_like(logo)
    left, top = (int(one) for one in rng.integers(0, len(logo) - side, 2))
    over[top : top + side, left : left + side] = small
    return blended(logo, over)


DISGUISES: Final[dict[str, tuple[Change, ...]]] = {
    "none": (),
    "hue shifted": (hue_shifted,),
    "two other colours": (two_tone,),
    "grey": (grey,),
    "negative": (inverted,),
    "symbol on another badge": (rebadged,),
    "symbol without its badge": (bare,),
    "mirrored": (mirrored,),
    "rotated, up to 40 degrees": (turned,),
    "rotated, 90 to 270 degrees": (quarter_turned,),
    "stretched and slanted": (stretched,),
    "cropped": (cropped,),
    "ring or frame around": (bordered,),
    "on a coin": (in_circle,),
    "a hat on": (with_hat,),
    "sparkles": (with_sparkles,),
    "a word added": (with_words,),
    "an emoji pasted": (with_sticker,),
    "other colours, a hat": (two_tone, with_hat),
    "another badge, a word": (rebadged, with_words),
    "hue, rotated, emoji": (hue_shifted, turned, with_sticker),
    "other colours, frame, sparkles": (two_tone, bordered, with_sparkles),
}
"""What is measured, by name: changes of the logo, in order."""

_COLOURS: Final = (hue_shifted, two_tone, grey, inverted, rebadged, bare)
_SHAPES: Final = (turned, stretched, cropped, mirrored, quarter_turned)
_EXTRAS: Final = (bordered, in_circle, with_hat, with_sparkles, with_words, with_sticker)


def disguised(logo: Bytes, rng: Rng, kit: Kit) -> Bytes:
    """Gives a copy under disguises drawn at random: a colour, a shape and up to two extras."""
    if rng.random() < 0.65:  # noqa: PLR2004
        logo = _drawn(_COLOURS, rng)(logo, rng, kit)
    if rng.random() < 0.6:  # noqa: PLR2004
        logo = _drawn(_SHAPES, rng)(logo, rng, kit)
    for _ in range(int(rng.choice((0, 1, 2), p=(0.3, 0.5, 0.2)))):
        logo = _drawn(_EXTRAS, rng)(logo, rng, kit)
    return logo


def pictured(logo: Bytes, rng: Rng, *, is_plain: bool = False) -> Bytes:
    """Gives the file's picture, RGB: on a ground, with margins, then blur, size, JPEG.

    `is_plain`: on white, as it is.
    """
    if is_plain:
        return flat(logo, np.array([255, 255, 255]))
    scale = float(rng.choice((1.0, rng.uniform(0.55, 1.0))))
    slack = (1 - scale) * 50
    dx, dy = (float(one) for one in rng.uniform(-slack, slack, 2))
    placed = _moved(logo, across=scale, along=scale, dx=dx, dy=dy)
    drawn = rng.random()
    if drawn < 0.45:  # noqa: PLR2004
        seen = flat(placed, np.array([255, 255, 255]))
    elif drawn < 0.7:  # noqa: PLR2004
        seen = flat(placed, shade(rng))
    else:
        ground = fitted(scenery(rng), len(logo))
        seen = blended(np.dstack([ground, np.full(ground.shape[:2], 255, np.uint8)]), placed)
        seen = seen[..., :3]
    return degraded(np.ascontiguousarray(seen), rng)


def degraded(seen: Bytes, rng: Rng) -> Bytes:
    """Gives the picture as saved, sent and saved again."""
    if rng.random() < 0.3:  # noqa: PLR2004
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), float(rng.uniform(0.5, 2.5))), np.uint8)
    if rng.random() < 0.35:  # noqa: PLR2004
        side = min(len(seen), int(rng.integers(24, 96)))
        seen = np.asarray(cv2.resize(seen, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.3:  # noqa: PLR2004
        level = float(rng.uniform(0.7, 1.3))
        seen = np.asarray(cv2.convertScaleAbs(seen, alpha=level, beta=rng.uniform(-25, 25)))
    if rng.random() < 0.5:  # noqa: PLR2004
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))]
        _, content = cv2.imencode(".jpg", seen, quality)
        seen = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)
    return seen


def flat(logo: Bytes, colour: npt.NDArray[np.int64]) -> Bytes:
    """Gives a logo on one colour, RGB."""
    ground = np.full_like(logo, 255)
    ground[..., :3] = colour
    return np.ascontiguousarray(blended(ground, logo)[..., :3])


def _drawn(changes: Sequence[Change], rng: Rng) -> Change:
    return changes[int(rng.integers(len(changes)))]


def _apart(rng: Rng) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Two colours, of which one is plainly lighter."""
    while True:
        first, second = shade(rng), shade(rng, 0, 256)
        if abs(float(first.mean()) - float(second.mean())) > 70:  # noqa: PLR2004
            return (first, second) if rng.integers(2) else (second, first)


def _moved(
    logo: Bytes,
    *,
    across: float = 1.0,
    along: float = 1.0,
    slant: float = 0.0,
    angle_deg: float = 0.0,
    dx: float = 0.0,
    dy: float = 0.0,
) -> Bytes:
    """Scaled, slanted, rotated about the middle, then moved; what is new is transparent."""
    angle = np.radians(angle_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[across, slant], [0, along]])
    side = len(logo)
    middle = np.array([side / 2, side / 2])
    offset = middle - matrix @ middle + np.array([dx, dy]) * side / UNITS
    both = np.column_stack([matrix, offset])
    shown = np.asarray(cv2.warpAffine(logo, both, (side, side), flags=cv2.INTER_LINEAR), np.uint8)
    if np.abs(np.linalg.det(matrix)) <= 1:
        # Colours at edges as they are inside: what is transparent has none.
        filled = cv2.warpAffine(
            logo[..., :3].copy(), both, (side, side), borderMode=cv2.BORDER_REPLICATE
        )
        shown[..., :3] = filled
    return shown
