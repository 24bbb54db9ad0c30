"""Logos and other pictures to learn from and to measure with, split so that no logo is in two.

From `--data`: crypto_icons (CC0) and, for measuring, frames of fight_surveillance_video. From
`--packages`, a folder of unpacked npm packages (`npm pack NAME`, then `tar xzf`), each as
`NAME/package`: `simple-icons-font` 16.31.0 (CC0), `mdi-font` (`@mdi/font` 7.4.47, Apache-2.0),
`emoji-datasource-google` 16.0.0 (Noto, Apache-2.0), `emoji-datasource-twitter` 16.0.0 (Twemoji,
CC BY 4.0: for measuring only); and `openclipart`, what Debian's openclipart-png holds (public
domain).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from detectors.training.image_brand.drawn import Bytes

SIDE_PX: Final = 128
_SMALL_BYTES: Final = 40_000
Split = Literal["train", "calibration", "test"]
_SHARES: Final[dict[str, tuple[int, int]]] = {
    "coin": (60, 80),
    "mark": (75, 87),
    "sign": (50, 75),
    "emoji": (100, 100),
    "twemoji": (0, 50),
    "clipart": (30, 60),
}
"""Per source: hundredths up to which a picture trains, and up to which it calibrates."""
_VARIANT: Final = re.compile(
    r"-(outline|off|variant|box|circle|multiple|plus|minus|remove|check|alert|lock|cog|edit|"
    r"arrow|left|right|up|down|settings|clock|sync|search|star|heart|\d+)\b"
)
_MONEY: Final = re.compile(
    r"bitcoin|ethereum|litecoin|currency|coin|crypto|binance|tether|ripple|xrp|monero|alpha-|"
    r"numeric-|chess|cards"
)


class Logo(Struct, frozen=True, eq=False):
    """A picture with a name of its own: uint8 RGBA [SIDE_PX, SIDE_PX, 4]."""

    name: str
    source: str
    split: Split
    image: Bytes


def split_of(source: str, key: str) -> Split:
    """Gives the split of a picture by the hash of its key."""
    train, calibration = _SHARES[source]
    drawn = int(hashlib.sha256(f"{source}/{key}".encode()).hexdigest(), 16) % 100
    if drawn < train:
        return "train"
    return "calibration" if drawn < calibration else "test"


def coins(data: Path) -> Iterator[Logo]:
    """Gives the logos of coins; those of one family of names are in one split."""
    folder = data / "crypto_icons"
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    names = {one["symbol"].lower(): one["name"] for one in listed}
    for path in sorted((folder / "128" / "color").glob("*.png")):
        family = _family(names.get(path.stem, path.stem))
        yield Logo(path.stem, "coin", split_of("coin", family), read(path))


def marks(data: Path, packages: Path) -> Iterator[Logo]:
    """Gives brands' marks in one colour, but those of coins."""
    listed = json.loads((data / "crypto_icons" / "manifest.json").read_text(encoding="utf-8"))
    ours = {_plain(one["name"]) for one in listed} | {_plain(one["symbol"]) for one in listed}
    folder = packages / "simple-icons-font" / "package" / "font"
    font = ImageFont.truetype(str(folder / "SimpleIcons.ttf"), 104)
    for one in json.loads((folder / "simple-icons.json").read_text(encoding="utf-8")):
        slug = str(one["slug"])
        if slug in ours or _plain(one["title"]) in ours or _MONEY.search(slug):
            continue
        colour = tuple(bytes.fromhex(one["hex"]))
        yield Logo(slug, "mark", split_of("mark", slug), _glyph(font, one["code"], colour, slug))


def signs(packages: Path) -> Iterator[Logo]:
    """Gives signs of user interfaces, but variants of one another and signs of money."""
    folder = packages / "mdi-font" / "package"
    css = (folder / "css" / "materialdesignicons.css").read_text(encoding="utf-8")
    font = ImageFont.truetype(str(folder / "fonts" / "materialdesignicons-webfont.ttf"), 104)
    for name, code in re.findall(r"\.mdi-([\w-]+)::before \{\s+content: \"\\(\w+)\"", css):
        if _VARIANT.search(name) or _MONEY.search(name):
            continue
        digest = hashlib.sha256(name.encode()).digest()
        yield Logo(
            name, "sign", split_of("sign", name), _glyph(font, code, tuple(digest[:3]), name)
        )


def emoji(packages: Path, maker: str) -> Iterator[Logo]:
    """Gives emoji without skin tones: Google's (`google`) train, Twitter's measure."""
    folder = packages / f"emoji-datasource-{maker}" / "package" / "img" / maker / "64"
    source = "emoji" if maker == "google" else "twemoji"
    for path in sorted(folder.glob("*.png")):
        if not re.search("1f3f[b-f]", path.stem):
            yield Logo(path.stem, source, split_of(source, path.stem), read(path))


def clip_art(packages: Path) -> Iterator[Logo]:
    """Gives clip art: every fourth small file, since large ones take a second each to read."""
    small = [
        path
        for path in sorted((packages / "openclipart").rglob("*.png"))
        if path.stat().st_size < _SMALL_BYTES
    ]
    for path in small[::4]:
        try:
            image = read(path)
        except (OSError, ValueError, Image.DecompressionBombError):
            continue  # a few files are none
        yield Logo(path.stem, "clipart", split_of("clipart", path.stem), image)


def read(path: Path) -> Bytes:
    """Gives a file's picture, RGBA, fitted into a transparent square.

    Raises OSError, ValueError, Image.DecompressionBombError.
    """
    with Image.open(path) as opened:
        seen = opened.convert("RGBA")
        seen.thumbnail((SIDE_PX, SIDE_PX))
    if max(seen.size) < SIDE_PX:
        scale = SIDE_PX / max(seen.size)
        seen = seen.resize((max(1, round(seen.width * scale)), max(1, round(seen.height * scale))))
    square = Image.new("RGBA", (SIDE_PX, SIDE_PX))
    square.paste(seen, ((SIDE_PX - seen.width) // 2, (SIDE_PX - seen.height) // 2))
    return np.asarray(square, np.uint8)


def frames(data: Path, n_frames: int = 2) -> Iterator[tuple[str, Bytes]]:
    """Gives frames of surveillance clips, RGB: pictures that are no drawings."""
    for path in sorted((data / "fight_surveillance_video").rglob("*.mp4")):
        video = cv2.VideoCapture(str(path))
        total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
        for number in range(n_frames):
            video.set(cv2.CAP_PROP_POS_FRAMES, (number + 0.5) * total / n_frames)
            is_read, seen = video.read()
            if is_read:
                yield f"{path.stem}-{number}", np.ascontiguousarray(seen[..., ::-1])
        video.release()


def _family(name: str) -> str:
    """Coins whose names begin alike, and all that have Bitcoin or Ether in it, are kin."""
    plain = name.lower()
    for stem in ("bitcoin", "ether", "eos", "dollar", "usd"):
        if stem in plain:
            return stem
    return re.split(r"[\s-]", plain)[0]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _glyph(font: ImageFont.FreeTypeFont, code: str, colour: tuple[int, ...], name: str) -> Bytes:
    """A font's sign: bare, or in white on a badge of its colour, by its name's hash."""
    mask = Image.new("L", (SIDE_PX, SIDE_PX))
    middle = SIDE_PX // 2
    ImageDraw.Draw(mask).text((middle, middle), chr(int(code, 16)), 255, font, anchor="mm")
    drawn = hashlib.sha256(name.encode()).digest()[4]
    share = (1.0, 0.62, 0.62, 0.7)[drawn % 4]
    symbol = cv2.resize(np.asarray(mask), None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    seen = np.zeros((SIDE_PX, SIDE_PX, 4), np.uint8)
    if share == 1.0:
        seen[..., :3] = colour
        seen[..., 3] = symbol
        return seen
    if drawn % 4 == 3:  # noqa: PLR2004 - a square badge
        seen[:] = (*colour, 255)
    else:
        cv2.circle(seen, (middle, middle), middle - 1, (*colour, 255), -1, cv2.LINE_AA)
    is_light = sum(colour) > 600  # noqa: PLR2004
    ink = np.array((20, 20, 20) if is_light else (255, 255, 255))
    start = (SIDE_PX - len(symbol)) // 2
    place = seen[start : start + len(symbol), start : start + len(symbol), :3]
    over = symbol[..., None] / 255.0
    place[:] = place * (1 - over) + ink * over
    return seen
