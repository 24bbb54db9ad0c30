"""Fonts and lines of text in many scripts, laid on pictures."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Drawn = ImageDraw.ImageDraw
_FILES: Final = {
    "zh": "opentype/noto/NotoSansCJK-Bold.ttc",
    "ar": "truetype/noto/NotoSansArabic-Bold.ttf",
    "hi": "truetype/noto/NotoSansDevanagari-Bold.ttf",
}
_OTHERS: Final = "truetype/noto/NotoSans-Bold.ttf"
_CJK_SIMPLIFIED: Final = 2
"""Which font of the collection has the forms of simplified Chinese."""


class Fonts(Struct, frozen=True):
    """Noto fonts as Debian's fonts-noto-core and fonts-noto-cjk lay them."""

    folder: Path

    def of(self, lang: str, size: int) -> ImageFont.FreeTypeFont:
        """Gives the font for a language. Raises OSError where it is not installed."""
        return _font(self.folder / _FILES.get(lang, _OTHERS), size, lang == "zh")


@lru_cache(maxsize=64)
def _font(path: Path, size: int, is_cjk: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, index=_CJK_SIMPLIFIED if is_cjk else 0)


class Line(Struct, frozen=True):
    """A line of text and how it is written."""

    text: str
    lang: str
    size: int
    colour: Colour
    is_rtl: bool = False


def write(fonts: Fonts, drawn: Drawn, line: Line, x: int, y: int, *, anchor: str = "mm") -> None:
    """Writes a line about a point, made smaller until it fits into the picture."""
    size, width = line.size, drawn.im.size[0] - 40
    direction = "rtl" if line.is_rtl else "ltr"
    while size > 12 and _length(fonts, line, size, direction) > width:  # noqa: PLR2004
        size -= 2
    font = _font_for(fonts, line, size)
    drawn.text((x, y), line.text, fill=line.colour, font=font, anchor=anchor, direction=direction)


def written(
    fonts: Fonts, drawn: Drawn, lines: Sequence[Line], x: int, y: int, *, step: int
) -> None:
    """Writes lines one under another, each about its middle."""
    for number, line in enumerate(lines):
        write(fonts, drawn, line, x, y + number * step)


def _length(fonts: Fonts, line: Line, size: int, direction: str) -> float:
    return _font_for(fonts, line, size).getlength(line.text, direction=direction)


def _font_for(fonts: Fonts, line: Line, size: int) -> ImageFont.FreeTypeFont:
    """The language's font, but the general one for a line in Latin letters alone."""
    return fonts.of("en" if line.text.isascii() else line.lang, size)


def ground(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    """Gives a picture that goes from one colour above to another below."""
    column = Image.new("RGB", (1, height))
    for y in range(height):
        share = y / max(1, height - 1)
        mixed = tuple(round(a * (1 - share) + b * share) for a, b in zip(top, bottom, strict=True))
        column.putpixel((0, y), (mixed[0], mixed[1], mixed[2]))
    return column.resize((width, height))
