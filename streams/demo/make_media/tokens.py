"""Logos of tokens: look-alikes made from CC0 logos of coins, and logos of nobody's."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from streams.demo.make_media.painting import Colour, Drawn, Fonts, Line, write
from streams.demo.make_media.words import Token

SIDE: Final = 256
_WHITE: Final[Colour] = (255, 255, 255)
_DARK: Final[Colour] = (30, 24, 60)
_GOLD: Final[Colour] = (250, 200, 60)


def lookalike(fonts: Fonts, icons: Path, given: Token) -> Image.Image:
    """Gives a coin's logo under a disguise. Raises OSError where there is no such icon."""
    with Image.open(icons / f"{given.icon}.png") as opened:
        logo = opened.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    logo = _coloured(logo, given.turn_deg)
    if given.disguise == "mirror":
        logo = ImageOps.mirror(logo)
    seen = Image.new("RGB", (SIDE, SIDE), _WHITE)
    side, left, top = _place(given.disguise)
    small = logo.resize((side, side), Image.Resampling.LANCZOS)
    if given.disguise == "frame":
        ImageDraw.Draw(seen).rounded_rectangle((4, 4, 251, 251), 36, fill=_DARK)
    seen.paste(small, (left, top), small)
    _adorn(fonts, ImageDraw.Draw(seen), given.disguise)
    return seen


def _place(disguise: str) -> tuple[int, int, int]:
    places = {"hat": (196, 30, 56), "frame": (196, 30, 30), "word": (190, 33, 6)}
    return places.get(disguise, (SIDE, 0, 0))


def _coloured(logo: Image.Image, turn_deg: int) -> Image.Image:
    """All colours turned round the wheel."""
    hue, depth, light = logo.convert("RGB").convert("HSV").split()
    turned = hue.point([(level + turn_deg * 256 // 360) % 256 for level in range(256)])
    seen = Image.merge("HSV", (turned, depth, light)).convert("RGB")
    seen.putalpha(logo.getchannel("A"))
    return seen


def _adorn(fonts: Fonts, drawn: Drawn, disguise: str) -> None:
    if disguise == "hat":
        drawn.polygon(((78, 82), (178, 82), (134, 6)), fill=(230, 40, 110))
        drawn.ellipse((122, 0, 146, 24), fill=_GOLD)
    elif disguise == "stars":
        for x, y, reach in ((40, 44, 26), (214, 60, 20), (200, 206, 28), (60, 210, 16)):
            _star(drawn, x, y, reach, _GOLD)
    elif disguise == "word":
        write(fonts, drawn, Line("2.0", "en", 52, (200, 20, 40)), SIDE // 2, 226)


def _star(drawn: Drawn, x: int, y: int, reach: int, colour: Colour) -> None:
    corners = []
    for number in range(8):
        angle = number * math.pi / 4
        length = reach if number % 2 == 0 else reach / 4
        corners.append((x + length * math.sin(angle), y - length * math.cos(angle)))
    drawn.polygon(corners, fill=colour)


def _otter(drawn: Drawn) -> None:
    drawn.ellipse((8, 8, 248, 248), fill=(70, 150, 190))
    drawn.ellipse((60, 60, 196, 206), fill=(120, 82, 56))
    drawn.ellipse((86, 126, 170, 200), fill=(226, 200, 170))
    for x in (96, 160):
        drawn.ellipse((x - 9, 100, x + 9, 118), fill=_DARK)
    drawn.ellipse((112, 134, 144, 156), fill=_DARK)


def _crab(drawn: Drawn) -> None:
    drawn.rounded_rectangle((6, 6, 250, 250), 50, fill=(250, 225, 180))
    drawn.ellipse((62, 100, 194, 196), fill=(220, 80, 60))
    for x in (36, 176):
        drawn.pieslice((x, 50, x + 48, 104), 300, 240, fill=(220, 80, 60))
    for x in (106, 150):
        drawn.line((x, 104, x, 80), fill=_DARK, width=5)
        drawn.ellipse((x - 10, 64, x + 10, 84), fill=_WHITE, outline=_DARK, width=4)


def _boat(drawn: Drawn) -> None:
    drawn.ellipse((8, 8, 248, 248), fill=(40, 60, 120))
    drawn.polygon(((52, 150), (204, 150), (172, 200), (84, 200)), fill=_WHITE)
    drawn.polygon(((124, 52), (124, 142), (64, 142)), fill=(240, 170, 60))
    drawn.polygon(((134, 72), (134, 142), (188, 142)), fill=(240, 120, 90))


def _lantern(drawn: Drawn) -> None:
    drawn.ellipse((8, 8, 248, 248), fill=(24, 34, 50))
    drawn.ellipse((46, 96, 186, 190), fill=(90, 70, 150))
    drawn.polygon(((176, 142), (226, 104), (226, 182)), fill=(90, 70, 150))
    drawn.arc((40, 34, 130, 130), 170, 330, fill=(180, 180, 200), width=6)
    drawn.ellipse((26, 70, 62, 106), fill=(255, 240, 140))
    drawn.ellipse((74, 122, 92, 140), fill=_WHITE)


ORIGINALS: Final[dict[str, tuple[str, Callable[[Drawn], None]]]] = {
    "token-otter": ("the logo of an invented coin: an otter", _otter),
    "token-crab": ("the logo of an invented coin: a crab", _crab),
    "token-boat": ("the logo of an invented coin: a paper boat", _boat),
    "token-lantern": ("the logo of an invented coin: a lantern fish", _lantern),
}


def original(name: str) -> Image.Image:
    """Gives a logo of nobody's."""
    seen = Image.new("RGB", (SIDE, SIDE), _WHITE)
    ORIGINALS[name][1](ImageDraw.Draw(seen))
    return seen
