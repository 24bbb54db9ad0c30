"""Finds and reads the codes in a picture."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
import zxingcpp
from msgspec import Struct

from detectors.image.picture import Pixels
from detectors.media import Box

MAX_CODES: Final = 64
"""Codes of a picture that are given; phones read one."""
MAX_PAYLOAD: Final = 8_000
"""Characters; the densest code holds 7,089 digits."""
_SHARP: Final = 3.0
_SHARP_PX: Final = 3.0
_LARGER: Final = 2
_MARGIN_PX: Final = 40
_MAX_CLOSE: Final = 8
"""Codes of a picture that are looked at closer."""
_MAX_CLOSE_PIXELS: Final = 1_500_000
_FORMATS: Final = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.MicroQRCode,
        zxingcpp.BarcodeFormat.Aztec,
    ]
)
"""The codes that hold addresses and that cameras of phones read."""


class Code(Struct, frozen=True):
    """A code that was read: what it holds, as text, and where it is."""

    kind: str
    payload: str
    box: Box


class Reading(Struct, frozen=True):
    """The codes of a picture, no two of the same payload, and where others are."""

    codes: tuple[Code, ...]
    unread: tuple[Box, ...]
    """Codes that were seen and could not be read, or were past those that are looked at closer."""
    n_left_out: int = 0
    """Codes past `MAX_CODES`."""


def read(pixels: Pixels) -> Reading:
    """Reads a picture's codes.

    It is looked at as it is and sharpened, since a clear code may stand beside one that is not;
    where a code is seen but not read, closer.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    codes: dict[str, Code] = {}
    failed: list[Box] = []
    for view in (grey, _sharpened(grey, _SHARP_PX)):
        for one in _look(view):
            if isinstance(one, Code):
                codes.setdefault(one.payload, one)
            else:
                failed.append(one)
    unread: list[Box] = []
    n_close = 0
    for box in failed:
        if any(box.meets(one) for one in (*unread, *(code.box for code in codes.values()))):
            continue
        close = _look_closer(grey, box) if n_close < _MAX_CLOSE else []
        n_close += 1
        codes |= {code.payload: code for code in close if code.payload not in codes}
        if not close:
            unread.append(box)
    found = tuple(codes.values())
    return Reading(found[:MAX_CODES], tuple(unread), len(found[MAX_CODES:]))


def _sharpened(grey: Pixels, sigma_px: float) -> Pixels:
    soft = cv2.GaussianBlur(grey, (0, 0), sigma_px)
    return np.asarray(cv2.addWeighted(grey, 1 + _SHARP, soft, -_SHARP, 0), np.uint8)


def _look_closer(grey: Pixels, box: Box) -> list[Code]:
    """Reads what is around a box, made larger."""
    reach = max(box.width, box.height) // 2 + _MARGIN_PX
    left, top = max(0, box.left - reach), max(0, box.top - reach)
    part = grey[top : box.top + box.height + reach, left : box.left + box.width + reach]
    if part.size > _MAX_CLOSE_PIXELS:
        return []
    large = cv2.resize(part, None, fx=_LARGER, fy=_LARGER, interpolation=cv2.INTER_CUBIC)
    found = []
    for sigma_px in (_SHARP_PX, 2 * _SHARP_PX):
        for one in _look(_sharpened(np.asarray(large, np.uint8), sigma_px)):
            if isinstance(one, Code):
                small = one.box.scaled(1 / _LARGER, 1 / _LARGER)
                place = Box(small.left + left, small.top + top, small.width, small.height)
                found.append(Code(one.kind, one.payload, place))
        if found:
            break
    return found


def _look(view: Pixels) -> Iterator[Code | Box]:
    """The codes in a view, and the boxes of those that are damaged."""
    for one in zxingcpp.read_barcodes(
        view, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain, return_errors=True
    ):
        box = _box(one.position)
        if not one.valid:
            yield box
        elif payload := one.text[:MAX_PAYLOAD].encode("utf-8", "replace").decode().strip():
            yield Code(str(one.format), payload, box)


def _box(position: zxingcpp.Position) -> Box:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    left, top = min(one.x for one in corners), min(one.y for one in corners)
    right, bottom = max(one.x for one in corners), max(one.y for one in corners)
    return Box(left, top, right - left, bottom - top)
