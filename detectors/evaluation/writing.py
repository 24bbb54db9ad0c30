"""Writes lines in any script with Pillow and Raqm, a second face where one lacks letters."""

import unicodedata
from functools import cache

from PIL import Image, ImageDraw, ImageFont

Face = tuple[str, int]
"""A font file and the number of the face in it."""
Run = tuple[str, bool]
"""Words in one face, and whether it is the second."""


def line(
    text: str,
    faces: tuple[Face, Face],
    size_px: int,
    *,
    is_right_to_left: bool = False,
    stroke: int = 0,
) -> Image.Image | None:
    """Gives a line's ink as a mask with free pixels around; None where neither face has a letter.

    The baseline lies at 2.5 times the size, the mask is four times as high, and the line begins
    one size from the left.
    """
    first, second = (font(face, size_px) for face in faces)
    found = runs(text, *faces)
    if is_right_to_left:
        found.reverse()
    width = sum((second if other else first).getlength(run) for run, other in found)
    if not found:
        return None
    mask = Image.new("L", (int(width) + 3 * size_px, 4 * size_px))
    pen, place = ImageDraw.Draw(mask), float(size_px)
    for run, other in found:
        face = second if other else first
        pen.text(
            (place, 2.5 * size_px),
            run,
            255,
            face,
            anchor="ls",
            direction="rtl" if is_right_to_left else "ltr",
            stroke_width=stroke,
        )
        place += face.getlength(run)
    return mask


def length_px(text: str, faces: tuple[Face, Face], size_px: int) -> float:
    """Gives a line's length."""
    fonts = [font(face, size_px) for face in faces]
    return sum(fonts[other].getlength(run) for run, other in runs(text, *faces))


def runs(text: str, first: Face, second: Face) -> list[Run]:
    """Gives runs of words by the face that has their letters; none if neither has."""
    found: list[Run] = []
    for word in text.split(" "):
        other = not all(has(first, one) for one in word)
        if other and not all(has(second, one) for one in word):
            return []
        if found and found[-1][1] == other:
            found[-1] = (f"{found[-1][0]} {word}", other)
        else:
            found += [(" ", False)] * bool(found) + [(word, other)]
    return found


@cache
def has(face: Face, letter: str) -> bool:
    """Whether a face has a letter, and no box in its place."""
    if unicodedata.category(letter) in {"Mn", "Mc", "Cf", "Zs"}:
        return True
    drawn = font(face, 24)
    mine, none = (drawn.getmask(one, "L") for one in (letter, "\U0010fffe"))
    return mine.size != none.size or bytes(mine) != bytes(none)


@cache
def font(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    """Gives a face at a size, shaped by Raqm. Raises OSError."""
    return ImageFont.truetype(face[0], size_px, index=face[1], layout_engine=ImageFont.Layout.RAQM)
