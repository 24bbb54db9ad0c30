"""What disguises are made of, drawn by code: badges, hats, sparkles, words, grounds."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Rng = np.random.Generator
Colour = npt.NDArray[np.int64]
_SIDE: Final = 128
_MIDDLE: Final = _SIDE // 2
WORDS: Final = ("2.0", "AI", "X", "MOON", "MEME", "CEO", "INU", "PRO", "V2", "100x", "BABY", "GO")


def shade(rng: Rng, low: int = 0, high: int = 256) -> Colour:
    """Gives a colour, often black, white or a plain bright one."""
    drawn = rng.random()
    if drawn < 0.12:  # noqa: PLR2004
        return np.full(3, max(low, 0), np.int64)
    if drawn < 0.24:  # noqa: PLR2004
        return np.full(3, high - 1, np.int64)
    return rng.integers(low, high, 3)


def badge(rng: Rng, colour: Colour) -> Bytes:
    """Gives a badge: a disc, a square with or without round corners, a hexagon, a shield."""
    seen = np.zeros((_SIDE, _SIDE, 4), np.uint8)
    ink = (*(int(one) for one in colour), 255)
    kind = int(rng.integers(5))
    if kind == 0:
        cv2.circle(seen, (_MIDDLE, _MIDDLE), 63, ink, -1, cv2.LINE_AA)
    elif kind == 1:
        seen[:] = ink
    elif kind == 2:  # noqa: PLR2004
        cv2.rectangle(seen, (14, 14), (113, 113), ink, 28, cv2.LINE_AA)
        seen[14:114, 14:114] = ink
    elif kind == 3:  # noqa: PLR2004
        turns = np.radians(np.arange(6) * 60 + 30 * int(rng.integers(2)))
        corners = _MIDDLE + 63 * np.column_stack([np.cos(turns), np.sin(turns)])
        cv2.fillPoly(seen, [corners.astype(np.int32)], ink, cv2.LINE_AA)
    else:
        corners = np.array([(8, 6), (120, 6), (120, 70), (64, 126), (8, 70)])
        cv2.fillPoly(seen, [corners], ink, cv2.LINE_AA)
    return seen


def hat(rng: Rng) -> Bytes:
    """Gives something worn on the top: a party hat, a top hat, a crown, a halo."""
    seen = np.zeros((_SIDE, _SIDE, 4), np.uint8)
    ink = (*(int(one) for one in shade(rng)), 255)
    band = (*(int(one) for one in shade(rng)), 255)
    x = int(_MIDDLE + rng.integers(-14, 15))
    wide = int(rng.integers(20, 36))
    kind = int(rng.integers(4))
    if kind == 0:
        corners = np.array([(x - wide, 40), (x + wide, 40), (x + int(rng.integers(-9, 10)), 2)])
        cv2.fillPoly(seen, [corners], ink, cv2.LINE_AA)
        cv2.circle(seen, (x, 6), 6, band, -1, cv2.LINE_AA)
    elif kind == 1:
        cv2.rectangle(seen, (x - wide, 4), (x + wide, 36), ink, -1)
        cv2.rectangle(seen, (x - wide, 26), (x + wide, 34), band, -1)
        cv2.rectangle(seen, (x - wide - 14, 36), (x + wide + 14, 43), ink, -1)
    elif kind == 2:  # noqa: PLR2004
        points = [(x - wide, 40), (x - wide, 10), (x - wide // 2, 24), (x, 4), (x + wide // 2, 24)]
        points += [(x + wide, 10), (x + wide, 40)]
        cv2.fillPoly(seen, [np.array(points)], ink, cv2.LINE_AA)
    else:
        cv2.ellipse(seen, (x, 16), (wide + 6, 11), 0, 0, 360, ink, 5, cv2.LINE_AA)
    return seen


def sparkles(rng: Rng) -> Bytes:
    """Gives stars of four points and dots."""
    seen = np.zeros((_SIDE, _SIDE, 4), np.uint8)
    for _ in range(int(rng.integers(3, 9))):
        ink = (*(int(one) for one in shade(rng, 100, 256)), 255)
        x, y = (int(one) for one in rng.integers(6, _SIDE - 6, 2))
        reach = int(rng.integers(4, 15))
        if rng.integers(4) == 0:
            cv2.circle(seen, (x, y), reach // 2, ink, -1, cv2.LINE_AA)
            continue
        slim = max(1, reach // 5)
        points = [(0, -reach), (slim, -slim), (reach, 0), (slim, slim), (0, reach)]
        points += [(-slim, slim), (-reach, 0), (-slim, -slim)]
        cv2.fillPoly(seen, [np.array(points) + np.array((x, y))], ink, cv2.LINE_AA)
    return seen


def words(rng: Rng, y: int) -> Bytes:
    """Gives a word whose letters stand on height `y`."""
    seen = np.zeros((_SIDE, _SIDE, 4), np.uint8)
    text = WORDS[int(rng.integers(len(WORDS)))]
    font = cv2.FONT_HERSHEY_DUPLEX if rng.integers(2) else cv2.FONT_HERSHEY_TRIPLEX
    scale, width = float(rng.uniform(0.7, 1.3)), int(rng.integers(1, 4))
    (across, _), _ = cv2.getTextSize(text, font, scale, width)
    x = int(np.clip(rng.normal(_MIDDLE, 16) - across / 2, 0, max(0, _SIDE - across)))
    ink = shade(rng)
    if rng.integers(2):
        rim = (*(255 - int(one) for one in ink), 255)
        cv2.putText(seen, text, (x, y), font, scale, rim, width + 4, cv2.LINE_AA)
    cv2.putText(seen, text, (x, y), font, scale, (*map(int, ink), 255), width, cv2.LINE_AA)
    return seen


def scenery(rng: Rng) -> Bytes:
    """Gives a ground, RGB: a gradient, or soft shapes as a photograph out of focus has them."""
    if rng.integers(2):
        first, second = shade(rng).astype(np.float32), shade(rng).astype(np.float32)
        share = np.linspace(0, 1, _SIDE, dtype=np.float32)
        across, along = np.meshgrid(share, share)
        turn = float(rng.uniform(0, np.pi / 2))
        mixed = (np.cos(turn) * across + np.sin(turn) * along)[..., None] / 1.42
        return np.asarray(first * (1 - mixed) + second * mixed, np.uint8)
    side = int(rng.integers(3, 24))
    coarse = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    seen = cv2.resize(coarse, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(seen, np.uint8)


def fitted(seen: Bytes, side: int) -> Bytes:
    """Gives what was drawn at another size."""
    if len(seen) == side:
        return seen
    return np.asarray(cv2.resize(seen, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def blended(under: Bytes, over: Bytes) -> Bytes:
    """Lays one RGBA picture over another of the same size, in whole numbers, since often."""
    share = over[..., 3:].astype(np.uint16)
    share += share >> 7
    rest = 256 - share
    seen = np.empty_like(under)
    np.right_shift(
        over[..., :3] * share + under[..., :3] * rest, 8, out=seen[..., :3], casting="unsafe"
    )
    low = under[..., 3:]
    np.minimum(share + (low * rest >> 8), 255, out=seen[..., 3:], casting="unsafe")
    np.copyto(seen[..., :3], over[..., :3], where=low == 0)
    return seen
