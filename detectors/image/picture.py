"""A decoded picture, and why a file is none."""

from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Pixels = npt.NDArray[np.uint8]
"""uint8 [height, width, 3], RGB, C-contiguous; upright."""

Format = Literal["jpeg", "png", "gif", "webp", "bmp", "avif"]
"""What is decoded; known by its first bytes, never by a name or content type."""

Reason = Literal[
    "empty",
    "too_many_bytes",
    "not_an_image",
    "format_refused",
    "header_corrupt",
    "zero_size",
    "too_many_pixels",
    "too_complex",
    "colour_refused",
    "pixels_corrupt",
    "truncated",
    "out_of_memory",
]
"""Why a file gives no picture."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class Refusal(Struct, frozen=True):
    """A file that gives no picture; `detail` is for people, and not from the file's content."""

    reason: Reason
    detail: str


class Limits(Struct, frozen=True, kw_only=True):
    """What a file may cost."""

    max_bytes: int = 20_000_000
    max_pixels: int = 40_000_000
    """By the header, and for each frame: beyond, nothing is decoded."""
    kept_pixels: int = 4_000_000
    """A frame of more is made smaller, at the same proportions."""
    kept_side_px: int = 16_384
    """Likewise for one side: libraries of image processing count in 16 bits."""
    max_frames: int = 8
    """Frames of an animation that are kept: the first, those that are shown for long, and others
    evenly spaced."""
    animation_pixels: int = 240_000_000
    """Pixels to decode on the way through an animation, and once more for frames that were not
    kept on the way."""
    max_blocks: int = 100_000
    """Chunks of a PNG, segments of a JPEG: each costs time, however small it is."""
    scan_pixels: int = 2_000_000_000
    """Pixels to go over in all scans of a JPEG together: 50 scans of the largest one."""


class Header(Struct, frozen=True, kw_only=True):
    """What a file says of itself, read without decoding any pixel."""

    format: Format
    width_px: int
    height_px: int
    """As stored, before the rotation that EXIF asks for."""
    mode: str
    """Colour model and depth in Pillow's words: `RGB`, `CMYK`, `P`, `I;16`..."""
    n_frames: int
    orientation: int = 1
    """EXIF's, 1 to 8."""


class Frame(Struct, frozen=True, eq=False):
    """One frame: `index` in the file, from 0."""

    index: int
    pixels: Pixels


class Picture(Struct, frozen=True, kw_only=True, eq=False):
    """A decoded file. Boxes in evidence are in pixels of `width_px` x `height_px`."""

    name: str
    """The media part's name."""
    header: Header
    width_px: int
    height_px: int
    """The first frame's size in the file, upright; `frames` may be smaller."""
    frames: tuple[Frame, ...]
    """At least one, in order."""
    is_truncated: bool = False
    """The file ends early or is damaged: what could not be read is grey, black or transparent."""
    is_partial: bool = False
    """Frames that were not looked for lie behind the last one, or others than those here are shown
    long enough to be read."""
