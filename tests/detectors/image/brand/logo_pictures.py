"""Logos of nobody's, drawn by code, and copies of them."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
SIDE = 160


def wheel(ink: tuple[int, int, int] = (250, 250, 250)) -> Pixels:
    """Three spokes in a disc."""
    seen = np.full((SIDE, SIDE, 3), 255, np.uint8)
    cv2.circle(seen, (80, 80), 76, (40, 110, 200), -1, cv2.LINE_AA)
    for angle in (10, 130, 250):
        x = int(80 + 52 * np.cos(np.radians(angle)))
        y = int(80 + 52 * np.sin(np.radians(angle)))
        cv2.line(seen, (80, 80), (x, y), ink, 14, cv2.LINE_AA)
        cv2.circle(seen, (x, y), 15, ink, -1, cv2.LINE_AA)
    return seen


def ladder() -> Pixels:
    """Bars on a square."""
    seen = np.full((SIDE, SIDE, 3), (30, 30, 40), np.uint8)
    for row in range(4):
        start = 20 + 16 * row
        cv2.rectangle(seen, (start, 24 + 32 * row), (start + 70, 42 + 32 * row), (90, 230, 130), -1)
    return seen


def mirrored(seen: Pixels) -> Pixels:
    return np.ascontiguousarray(seen[:, ::-1])


def with_margin(seen: Pixels, px: int = 60) -> Pixels:
    white = (255, 255, 255)
    return np.asarray(
        cv2.copyMakeBorder(seen, px, px, px, px, cv2.BORDER_CONSTANT, value=white), np.uint8
    )


def recoloured(seen: Pixels) -> Pixels:
    wheel_of = cv2.cvtColor(seen, cv2.COLOR_RGB2HSV)
    wheel_of[..., 0] = (wheel_of[..., 0].astype(int) + 50) % 180
    return np.asarray(cv2.cvtColor(wheel_of, cv2.COLOR_HSV2RGB), np.uint8)
