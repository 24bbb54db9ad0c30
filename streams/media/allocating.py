"""The longest block that FFmpeg may ask the system for at once.

A header of a few bytes can name a length of gigabytes, or unfold to it; whether that fits beside
what a process has loaded differs by machine. PyAV does not pass FFmpeg's own limit
(`av_max_alloc` of libavutil/mem.h) on, so it is set in the library that PyAV has loaded.
"""

import ctypes
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 512 << 20
"""A frame of 8192 x 4320 pixels with 16 bits for each of four channels takes 283 MB."""


def bound_ffmpeg(max_bytes: int = MAX_BYTES) -> bool:
    """Bounds each block of this process's FFmpeg. Gives whether one is loaded.

    Raises:
        OSError: if the library that is loaded cannot be opened again.
        AttributeError: if it has no such limit.
    """
    paths = _loaded()
    for path in paths:
        ctypes.CDLL(path).av_max_alloc(ctypes.c_size_t(max_bytes))
    return bool(paths)


def _loaded() -> frozenset[str]:
    """Gives the paths of the libavutil that this process maps."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    paths = (line[line.index("/") :] for line in lines if "/" in line)
    return frozenset(path for path in paths if Path(path).name.startswith("libavutil"))
