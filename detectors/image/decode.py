"""Bytes into a picture or a named reason: never an exception, in bounded memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, ImageFile

from detectors.image import pixels
from detectors.image.header import bounded, open_header
from detectors.image.picture import Frame, Header, Limits, Picture, Reason, Refusal
from detectors.image.showing import MAX_WATCHED, Show, chosen, leaves_out, watch

_ONE_AT_A_TIME: Final = threading.Lock()
"""Pillow keeps its bounds in globals; and so the bound on memory is the process's."""
_DAMAGED: Final[frozenset[Reason]] = frozenset({"truncated", "pixels_corrupt"})
"""Reasons to try again and take what can be had."""
_DEFAULT: Final = Limits()


def decode(content: bytes, *, name: str, limits: Limits = _DEFAULT) -> Picture | Refusal:
    """Gives the picture in a file, or why there is none.

    Depends on nothing but its arguments, so it can run in a process of its own. Blocks; one call
    at a time works, others wait. Decoding is not bounded in time, only in bytes and pixels. A
    damaged file gives what of it can be read.

    Args:
        content: The file.
        name: The media part's name.
        limits: What the file may cost.
    """
    with _ONE_AT_A_TIME, bounded(limits):
        whole = _decode(content, name, limits)
        if not isinstance(whole, Refusal) or whole.reason not in _DAMAGED:
            return whole
        with _forgiving():
            rest = _decode(content, name, limits, is_truncated=True)
    return whole if isinstance(rest, Refusal) else rest


@contextmanager
def _forgiving() -> Iterator[None]:
    """Lets Pillow keep what it decoded of a damaged file. The switch is a global of Pillow."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decode(
    content: bytes, name: str, limits: Limits, *, is_truncated: bool = False
) -> Picture | Refusal:
    opened = open_header(content, limits)
    if isinstance(opened, Refusal):
        return opened
    header, image = opened
    size = pixels.upright_size(header.width_px, header.height_px, header.orientation)
    if header.format == "jpeg":
        image.draft(None, pixels.draft_size(header.width_px, header.height_px, limits))
    found = _frames(image, header, limits, is_truncated=is_truncated)
    if isinstance(found, Refusal):
        return found
    frames, is_partial = found
    return Picture(
        name=name,
        header=header,
        width_px=size[0],
        height_px=size[1],
        frames=tuple(frames),
        is_truncated=is_truncated,
        is_partial=is_partial,
    )


def _frames(
    image: Image.Image, header: Header, limits: Limits, *, is_truncated: bool
) -> tuple[list[Frame], bool] | Refusal:
    """The frames that are kept, and whether there are others that should have been.

    An animation is gone through once to see what it shows, and for how long. As many of its frames
    are kept on the way as memory is for; others that are chosen are decoded again.
    """
    n_reachable = limits.animation_pixels // (header.width_px * header.height_px)
    n_watched = min(header.n_frames, max(1, min(n_reachable, MAX_WATCHED)))
    is_partial = header.n_frames > n_watched
    shows: list[Show] = []
    kept: dict[int, Frame] = {}
    for index in range(n_watched):
        is_room = len(kept) < limits.max_frames
        frame = _watched(image, index, header, limits, shows, is_kept=is_room)
        if isinstance(frame, Frame):
            kept[index] = frame
        elif frame is not None:
            if not kept or (frame.reason in _DAMAGED and not is_truncated):
                return frame
            is_partial = True
            break
    taken = chosen(shows, limits.max_frames)
    again = {
        one.index: _watched(image, one.index, header, limits, [])
        for one in taken
        if one.index not in kept
    }
    found = {one.index: kept.get(one.index) or again[one.index] for one in taken}
    frames = [frame for frame in found.values() if isinstance(frame, Frame)]
    is_partial |= len(frames) < len(taken) or leaves_out(shows, taken)
    return frames, is_partial


def _watched(
    image: Image.Image,
    index: int,
    header: Header,
    limits: Limits,
    shows: list[Show],
    *,
    is_kept: bool = True,
) -> Frame | Refusal | None:
    """Decodes a frame and gives it if it shows anything new and is to be kept."""
    try:
        if index != image.tell():
            image.seek(index)
        image.load()
        is_new = watch(shows, index, image)
        if not is_new or not is_kept:
            return None
        return Frame(index, pixels.upright(image, header.orientation, limits))
    except Exception as error:  # noqa: BLE001 - whatever Pillow raises on hostile bytes
        return _refused(error, limits)


def _refused(error: Exception, limits: Limits) -> Refusal:
    if isinstance(error, (Image.DecompressionBombWarning, Image.DecompressionBombError)):
        return Refusal("too_many_pixels", f"a frame of more than {limits.max_pixels} pixels")
    if isinstance(error, MemoryError):
        return Refusal("out_of_memory", "while decoding")
    is_cut = isinstance(error, (EOFError, OSError)) and "truncated" in str(error)
    return Refusal("truncated" if is_cut else "pixels_corrupt", type(error).__name__)
