"""`image.watermark@1`: fixed messages that programs hide in every picture they generate.

The method is `dwtDct` of PyPI invisible-watermark (MIT), which Stable Diffusion's and Flux's own
scripts and diffusers call. That package needs torch; reading takes what is below.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from detectors.card import ModelCard
from detectors.detector import Answer
from detectors.image.answers import undecodable
from detectors.image.picture import Picture, Pixels, Refusal
from detectors.provenance.claim import Claim
from schemas.signals import Signal

Bits = npt.NDArray[np.bool_]

MODEL_ID: Final = "image.watermark@1"
_SCALE: Final = 36.0
_BLOCK: Final = 4
MIN_SIDE_PX: Final = 256
"""Smaller pictures are left unmarked by the programs."""
SCORE: Final = 0.95


class Mark(Struct, frozen=True):
    """A message, and how many of its bits may differ."""

    tool: str
    bits: tuple[bool, ...]
    n_wrong: int


def _of_text(text: bytes) -> tuple[bool, ...]:
    return tuple(np.unpackbits(np.frombuffer(text, np.uint8)).astype(bool).tolist())


def _of_number(number: int) -> tuple[bool, ...]:
    return tuple(one == "1" for one in f"{number:048b}")


MARKS: Final = (
    Mark("Stable Diffusion", _of_text(b"StableDiffusionV1"), 24),
    Mark("Stable Diffusion", _of_text(b"SDV2"), 0),
    Mark("Stable Diffusion XL", _of_number(0b101100111110110010010000011110111011000110011110), 3),
    Mark("Flux", _of_number(0b001010101111111010000111100111001111010100101110), 3),
)
"""Messages as the programs' sources have them: scripts/txt2img.py of CompVis and of Stability AI,
diffusers' and generative-models' watermark, flux/util.py. Of random bits so many would be right
once in 10**9 pictures at most: SDV2 has only 32, of which all must be."""

CARD: Final = ModelCard(
    id=MODEL_ID,
    summary="Fixed messages that generators hide in the colours of their pictures.",
    inputs=("image",),
    labels=("ai_generated",),
    source="The method and messages of public generators; no model.",
    thresholds={"ai_generated": 0.7},
    calibration="None: a match is unlikely by chance (provenance_1.md).",
    known_failures=(
        "JPEG, resizing, cropping and filters destroy the message: it is found in originals only.",
        "Most programs let the message be switched off, and web interfaces never write it.",
    ),
)


class Watermark:
    """Looks for known hidden messages in decoded pictures. Safe across threads."""

    def __init__(self, *, card: ModelCard = CARD, marks: Sequence[Mark] = MARKS) -> None:
        """Takes the messages to look for."""
        self.card = card
        self._marks = tuple(marks)

    def predict(self, parts: Sequence[Picture | Refusal], /) -> list[Answer]:
        """Gives one signal where a picture's first frame holds a known message."""
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part) for part in parts
        ]

    def _answer(self, picture: Picture) -> tuple[Signal, ...]:
        pixels = picture.frames[0].pixels
        is_whole = pixels.shape[:2] == (picture.height_px, picture.width_px)
        if not is_whole or min(pixels.shape[:2]) < MIN_SIDE_PX:
            return ()
        votes = block_bits(pixels)
        for mark in self._marks:
            n_wrong = int(np.sum(message(votes, len(mark.bits)) != np.array(mark.bits)))
            if n_wrong <= mark.n_wrong:
                claim = Claim(
                    kind="watermark",
                    score=SCORE,
                    tool=mark.tool,
                    value=f"{len(mark.bits) - n_wrong} of {len(mark.bits)} bits",
                )
                return (self._signal(picture, claim),)
        return ()

    def _signal(self, picture: Picture, claim: Claim) -> Signal:
        return Signal(
            label="ai_generated",
            score=claim.score,
            detector=self.card.id,
            part=picture.name,
            evidence=claim.evidence(),
        )


def block_bits(pixels: Pixels) -> Bits:
    """Gives the bit of every block of 8 x 8 pixels, row by row.

    The first colour difference, its Haar average, and of 4 x 4 of these the one farthest from 0
    but for the first: whether it lies in the upper half of its step of 36.
    """
    chroma = cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV)[:, :, 1].astype(np.float32)
    height, width = (side // 4 * 4 for side in chroma.shape)
    chroma = chroma[:height, :width]
    average = (chroma[::2, ::2] + chroma[1::2, ::2] + chroma[::2, 1::2] + chroma[1::2, 1::2]) / 2
    rows, columns = (side // _BLOCK for side in average.shape)
    blocks = (
        average[: rows * _BLOCK, : columns * _BLOCK]
        .reshape(rows, _BLOCK, columns, _BLOCK)
        .swapaxes(1, 2)
        .reshape(rows * columns, _BLOCK * _BLOCK)
    )
    sizes = np.abs(blocks)
    largest = sizes[np.arange(len(sizes)), np.argmax(sizes[:, 1:], axis=1) + 1]
    return np.asarray(largest % _SCALE > _SCALE / 2, np.bool_)


def message(votes: Bits, n_bits: int) -> Bits:
    """Gives the message of so many bits that the blocks, in turn, hold: the majority of each."""
    n_whole = len(votes) // n_bits * n_bits
    sums = votes[:n_whole].reshape(-1, n_bits).sum(axis=0)
    counts = np.full(n_bits, n_whole // n_bits)
    rest = votes[n_whole:]
    sums[: len(rest)] += rest
    counts[: len(rest)] += 1
    return np.asarray(sums / np.maximum(counts, 1) * 255 > 127, np.bool_)  # noqa: PLR2004
