"""Pictures to measure `image.brand` with: disguised copies, and pictures of anything else."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from msgspec import Struct

from detectors.evaluation.posters import photo
from detectors.training.image_brand import logos
from detectors.training.image_brand.disguises import DISGUISES, Kit, flat
from detectors.training.image_brand.drawn import Bytes, Rng, blended, fitted, scenery, words
from detectors.training.image_brand.logos import Logo, Split

SEED: Final = 31
N_DRAWN: Final = 300
_WHITE: Final = np.array([255, 255, 255])


class Trial(Struct, frozen=True, eq=False):
    """A picture, RGB: of what kind, and what it is of. `brand` is None where it is no copy."""

    kind: str
    name: str
    pixels: Bytes
    brand: str | None = None


class Pictures(Struct, frozen=True):
    """Everything there is to draw trials from, of all splits."""

    coins: tuple[Logo, ...]
    others: tuple[Logo, ...]
    frames: tuple[tuple[str, Bytes], ...]

    def of(self, split: Split) -> tuple[Logo, ...]:
        """Gives the coins of a split."""
        return tuple(one for one in self.coins if one.split == split)


def read(data: Path, packages: Path) -> Pictures:
    """Reads all that is not only for training. Raises OSError."""
    sources = (
        logos.marks(data, packages),
        logos.signs(packages),
        logos.emoji(packages, "twitter"),
        logos.clip_art(packages),
    )
    others = tuple(one for source in sources for one in source if one.split != "train")
    return Pictures(tuple(logos.coins(data)), others, tuple(logos.frames(data)))


def _jpeg(seen: Bytes, quality: int) -> Bytes:
    _, content = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def _small(logo: Bytes, rng: Rng) -> Bytes:
    side = int(rng.integers(24, 41))
    return np.asarray(
        cv2.resize(flat(logo, _WHITE), (side, side), interpolation=cv2.INTER_AREA), np.uint8
    )


def _blurred(logo: Bytes, rng: Rng) -> Bytes:
    return np.asarray(
        cv2.GaussianBlur(flat(logo, _WHITE), (0, 0), float(rng.uniform(2, 4))), np.uint8
    )


def _noisy(logo: Bytes, rng: Rng) -> Bytes:
    grain = rng.normal(0, 25, (*logo.shape[:2], 3))
    return np.asarray(np.clip(flat(logo, _WHITE) + grain, 0, 255), np.uint8)


def _on_ground(logo: Bytes, rng: Rng) -> Bytes:
    ground = fitted(scenery(rng), len(logo))
    under = np.dstack([ground, np.full(ground.shape[:2], 255, np.uint8)])
    small = cv2.copyMakeBorder(logo, 24, 24, 24, 24, cv2.BORDER_CONSTANT)
    return np.ascontiguousarray(blended(under, fitted(np.asarray(small), len(logo)))[..., :3])


def _in_corner(logo: Bytes, rng: Rng) -> Bytes:
    """A third of the side of a wide white picture, with a line of words beside it."""
    seen = np.full((240, 360, 3), 255, np.uint8)
    left, top = int(rng.integers(5, 220)), int(rng.integers(5, 60))
    seen[top : top + len(logo), left : left + len(logo)] = flat(logo, _WHITE)
    place = int(rng.integers(10, 120)), 225
    cv2.putText(seen, "the new coin", place, cv2.FONT_HERSHEY_DUPLEX, 0.9, (40, 40, 40), 2)
    return seen


FINISHES: Final[dict[str, Callable[[Bytes, Rng], Bytes]]] = {
    "24 to 40 pixels": _small,
    "blurred": _blurred,
    "JPEG quality 20": lambda logo, _: _jpeg(flat(logo, _WHITE), 20),
    "grain": _noisy,
    "on a soft or graded ground": _on_ground,
    "a third of a wide picture, words below": _in_corner,
}
"""Disguises of the whole picture."""
KINDS: Final = (*DISGUISES, *FINISHES)


def copies(coins: Sequence[Logo], kit: Kit, kinds: Sequence[str] = KINDS) -> Iterator[Trial]:
    """Gives each logo under each disguise; where that is not the file's, on white, as JPEG."""
    for kind in kinds:
        for coin in coins:
            rng = _rng(kind, coin.name)
            if kind in FINISHES:
                seen = FINISHES[kind](coin.image, rng)
            else:
                image = coin.image
                for change in DISGUISES[kind]:
                    image = change(image, rng, kit)
                seen = _jpeg(flat(image, _WHITE), 85)
            yield Trial(kind, coin.name, seen, coin.name)


def unrelated(pictures: Pictures, split: Split) -> Iterator[Trial]:
    """Gives pictures of a split that show no coin's logo."""
    clip_art = []
    for one in pictures.others:
        if one.split == split:
            yield Trial(one.source, one.name, flat(one.image, _WHITE))
        if one.split == split and one.source == "clipart":
            clip_art.append(one)
    for name, seen in pictures.frames:
        digest = hashlib.sha256(name.rpartition("-")[0].encode()).digest()
        if (digest[0] % 2 == 0) == (split == "test"):
            yield Trial("frame", name, seen)
    for number in range(N_DRAWN):
        rng = _rng(split, f"drawn {number}")
        yield Trial("drawn", str(number), photo(rng, 320, 240))
        if clip_art:
            yield Trial("meme", str(number), _meme(clip_art[number % len(clip_art)].image, rng))


def as_they_are(coins: Sequence[Logo]) -> Iterator[Trial]:
    """Gives coins' logos, of which none is a copy."""
    for one in coins:
        yield Trial("coin", one.name, flat(one.image, _WHITE))


def kit_of(pictures: Pictures, split: Split) -> Kit:
    """Gives the stickers of a split: emoji that no training saw."""
    chosen = [
        one.image for one in pictures.others if one.source == "twemoji" and one.split == split
    ]
    return Kit(chosen)


def _meme(image: Bytes, rng: Rng) -> Bytes:
    """Clip art between two words, on a ground."""
    ground = fitted(scenery(rng), len(image))
    seen = np.dstack([ground, np.full(ground.shape[:2], 255, np.uint8)])
    small = cv2.copyMakeBorder(image, 20, 20, 20, 20, cv2.BORDER_CONSTANT)
    seen = blended(seen, fitted(np.asarray(small, np.uint8), len(image)))
    for y in (22, 122):
        seen = blended(seen, words(rng, y))
    return _jpeg(np.ascontiguousarray(seen[..., :3]), 70)


def _rng(*parts: str) -> Rng:
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return np.random.default_rng((SEED, int.from_bytes(digest[:8], "big")))
