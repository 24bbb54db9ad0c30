"""Harmless pictures, made by code."""

import struct
import zlib
from io import BytesIO

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.image.picture import Frame, Header, Picture

Pixels = npt.NDArray[np.uint8]


def scene(seed: int = 0, width_px: int = 160, height_px: int = 120) -> Pixels:
    """Soft blobs of colour, another picture for each seed."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    soft = cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft, dtype=np.uint8)


def photo(seed: int = 0, width_px: int = 300, height_px: int = 200) -> Pixels:
    """Coarse and fine shapes, the finer the fainter, as photographs have them."""
    rng = np.random.default_rng(seed)
    seen = np.zeros((height_px, width_px, 3), np.float32)
    for side in (4, 8, 16, 32, 64):
        coarse = rng.normal(0, 160 / side, (side, side, 3)).astype(np.float32)
        seen += cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(128 + seen, 0, 255), np.uint8)


def image(seed: int = 0, width_px: int = 160, height_px: int = 120) -> Image.Image:
    return Image.fromarray(scene(seed, width_px, height_px))


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def animated(form: str, n_frames: int = 9, **options: object) -> bytes:
    """Frames of one grey each, from 0 up in steps of 20."""
    frames = [Image.new("RGB", (40, 30), (20 * n, 20 * n, 20 * n)) for n in range(n_frames)]
    return encoded(
        frames[0], form, save_all=True, append_images=frames[1:], duration=100, **options
    )


def png(
    width_px: int, height_px: int, *, depth: int = 8, colour: int = 2, body: bytes = b""
) -> bytes:
    """A PNG whose header says anything."""
    head = struct.pack(">IIBBBBB", width_px, height_px, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def picture(*frames: Pixels, name: str = "media") -> Picture:
    """Pixels as if they came from a file."""
    height_px, width_px = frames[0].shape[:2]
    header = Header(
        format="png", width_px=width_px, height_px=height_px, mode="RGB", n_frames=len(frames)
    )
    return Picture(
        name=name,
        header=header,
        width_px=width_px,
        height_px=height_px,
        frames=tuple(Frame(index, frame) for index, frame in enumerate(frames)),
    )
