"""Posters, codes, memes, charts, cards and sceneries."""

import math
from random import Random
from typing import Final

import segno
from PIL import Image, ImageDraw

from streams.demo.make_media.painting import Colour, Drawn, Fonts, Line, ground, write, written
from streams.demo.make_media.words import Card, Chart, Code, Meme, Poster

WIDTH: Final = 640
HEIGHT: Final = 800
_INK: Final[Colour] = (24, 28, 36)
_PAPER: Final[Colour] = (250, 250, 246)
_LOOKS: Final[tuple[tuple[Colour, Colour, Colour], ...]] = (
    ((20, 30, 70), (70, 20, 90), (255, 215, 70)),
    ((190, 20, 30), (120, 10, 30), (255, 240, 160)),
    ((10, 80, 70), (5, 30, 50), (130, 255, 190)),
    ((250, 170, 40), (235, 90, 40), (60, 15, 0)),
    ((245, 245, 235), (205, 225, 240), (160, 20, 60)),
    ((30, 90, 180), (20, 40, 110), (255, 230, 90)),
)
"""Above, below, and the colour of the headline."""


def poster(fonts: Fonts, given: Poster) -> Image.Image:
    """Gives a scam poster."""
    top, bottom, bright = _LOOKS[given.look]
    seen = ground(WIDTH, HEIGHT, top, bottom)
    drawn = ImageDraw.Draw(seen)
    _coins(drawn, Random(given.name), bright)  # noqa: S311 - a picture
    middle = WIDTH // 2
    write(fonts, drawn, Line(given.head, given.lang, 60, bright, given.rtl), middle, 110)
    plain = _INK if sum(top) > 450 else _PAPER  # noqa: PLR2004
    lines = [Line(one, given.lang, 36, plain, given.rtl) for one in given.body]
    written(fonts, drawn, lines, middle, 420, step=72)
    drawn.rounded_rectangle((60, 680, WIDTH - 60, 752), 20, fill=bright)
    foot = _INK if sum(bright) > 380 else _PAPER  # noqa: PLR2004
    write(fonts, drawn, Line(given.foot, "en", 32, foot), middle, 716)
    return seen


def code(fonts: Fonts, given: Code) -> Image.Image:
    """Gives a poster with a QR code in its middle."""
    is_bad = bool(given.labels)
    top, bottom, bright = _LOOKS[0 if is_bad else 4]
    seen = ground(WIDTH, HEIGHT, top, bottom)
    drawn = ImageDraw.Draw(seen)
    made = segno.make_qr(given.payload, error="m", boost_error=False)
    squares = [list(row) for row in made.matrix_iter(border=4)]
    size = 400 // len(squares)
    side = size * len(squares)
    left, above = (WIDTH - side) // 2, 200
    drawn.rectangle((left, above, left + side, above + side), fill=(255, 255, 255))
    for row, dots in enumerate(squares):
        for column, is_dark in enumerate(dots):
            if is_dark:
                x, y = left + column * size, above + row * size
                drawn.rectangle((x, y, x + size - 1, y + size - 1), fill=(0, 0, 0))
    write(fonts, drawn, Line(given.head, given.lang, 54, bright), WIDTH // 2, 110)
    plain = _PAPER if is_bad else _INK
    write(fonts, drawn, Line(given.foot, given.lang, 34, plain), WIDTH // 2, 690)
    return seen


def meme(fonts: Fonts, given: Meme) -> Image.Image:
    """Gives a cat between two lines."""
    seen = ground(WIDTH, 560, (250, 225, 190), (170, 205, 225))
    drawn = ImageDraw.Draw(seen)
    _cat(drawn, Random(given.name))  # noqa: S311 - a picture
    write(fonts, drawn, Line(given.head, given.lang, 50, _INK), WIDTH // 2, 60)
    write(fonts, drawn, Line(given.foot, given.lang, 50, _INK), WIDTH // 2, 505)
    return seen


def chart(fonts: Fonts, given: Chart, *, share: float = 1.0) -> Image.Image:
    """Gives a chart; of its line so great a share, from the left."""
    seen = Image.new("RGB", (WIDTH, 400), (18, 24, 34))
    drawn = ImageDraw.Draw(seen)
    for y in range(80, 320, 48):
        drawn.line((30, y, WIDTH - 30, y), fill=(44, 54, 70))
    rng = Random(given.name)  # noqa: S311 - a picture
    level, points = 200.0, []
    for x in range(30, WIDTH - 29, 10):
        level = min(300.0, max(90.0, level + rng.uniform(-16, 15)))
        points.append((x, level))
    kept = points[: max(2, round(share * len(points)))]
    drawn.line(kept, fill=(80, 210, 160), width=4, joint="curve")
    write(fonts, drawn, Line(given.head, given.lang, 30, _PAPER), WIDTH // 2, 40)
    lines = [Line(one, given.lang, 22, (150, 165, 185)) for one in given.rows]
    written(fonts, drawn, lines, WIDTH // 2, 340, step=32)
    return seen


def card(fonts: Fonts, given: Card) -> Image.Image:
    """Gives a screenshot: a head and rows in bubbles."""
    height = 130 + 84 * len(given.rows)
    seen = Image.new("RGB", (WIDTH, height), (236, 240, 244))
    drawn = ImageDraw.Draw(seen)
    drawn.rectangle((0, 0, WIDTH, 90), fill=(60, 110, 150))
    write(fonts, drawn, Line(given.head, given.lang, 38, _PAPER, given.rtl), WIDTH // 2, 46)
    for number, row in enumerate(given.rows):
        y = 110 + 84 * number
        drawn.rounded_rectangle((40, y, WIDTH - 40, y + 66), 18, fill=(255, 255, 255))
        write(fonts, drawn, Line(row, given.lang, 30, _INK, given.rtl), WIDTH // 2, y + 33)
    return seen


def scenery(name: str) -> Image.Image:
    """Gives hills, a sun and a sea, without a word."""
    rng = Random(name)  # noqa: S311 - a picture
    sky = tuple(rng.randint(100, 235) for _ in range(3))
    seen = ground(WIDTH, 420, (sky[0], sky[1], 220), (250, 215, sky[2]))
    drawn = ImageDraw.Draw(seen)
    x, y = rng.randint(120, 520), rng.randint(80, 160)
    drawn.ellipse((x - 45, y - 45, x + 45, y + 45), fill=(255, 236, 150))
    for layer in range(3):
        base, shade = 230 + 45 * layer, 150 - 40 * layer
        phase, wave = rng.uniform(0, 6), rng.uniform(60, 120)
        line = [(at, base + 28 * math.sin(at / wave + phase)) for at in range(0, WIDTH + 8, 8)]
        corners = [*line, (WIDTH, 420), (0, 420)]
        drawn.polygon(corners, fill=(shade // 2, shade, shade // 2 + 30))
    return seen


def _coins(drawn: Drawn, rng: Random, bright: Colour) -> None:
    for _ in range(7):
        x, y, r = rng.randint(40, WIDTH - 40), rng.randint(190, 360), rng.randint(16, 40)
        drawn.ellipse((x - r, y - r, x + r, y + r), fill=bright, outline=_INK, width=3)
        drawn.ellipse((x - r // 2, y - r // 2, x + r // 2, y + r // 2), outline=_INK, width=2)


def _cat(drawn: Drawn, rng: Random) -> None:
    fur = (rng.randint(90, 220), rng.randint(90, 170), rng.randint(60, 130))
    drawn.polygon(((220, 210), (235, 105), (310, 175)), fill=fur)
    drawn.polygon(((420, 210), (405, 105), (330, 175)), fill=fur)
    drawn.ellipse((200, 150, 440, 420), fill=fur)
    for x in (270, 370):
        drawn.ellipse((x - 26, 240, x + 26, 292), fill=(245, 250, 210))
        drawn.ellipse((x - 9, 246, x + 9, 288), fill=_INK)
    drawn.polygon(((306, 312), (334, 312), (320, 330)), fill=(230, 120, 130))
    for side in (-1, 1):
        for slope in (-14, 2, 18):
            drawn.line((320 + side * 40, 332, 320 + side * 150, 328 + slope), fill=_INK, width=3)
