"""The reader `image.ocr@1`."""

import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from detectors.card import ModelCard, read
from detectors.detector import Partial
from detectors.image.answers import Decoded, answered, undecodable
from detectors.image.ocr.frames import Found, FrameReader, Sheet
from detectors.image.ocr.graphs import opened
from detectors.image.ocr.lines import LineReader
from detectors.image.ocr.models import CARD_FILE, located
from detectors.image.ocr.recogniser import Recogniser
from detectors.image.ocr.scripts import Scripts
from detectors.image.ocr.tesseract import LANGUAGES, Tesseract
from detectors.image.picture import Frame, Picture, Refusal
from detectors.media import Box, Place, Read, Transcript, Unread

MODEL_ID: Final = "image.ocr@1"
READ_S: Final = 8.0
"""Processor time that a picture may take: what was read until then stands."""
ALL_READ_S: Final = 24.0
"""The same for all pictures that are given at once, as a clip's frames are."""


class ImageOcr:
    """Finds text in pictures and reads it. Safe across threads."""

    def __init__(self, threads: int = 1, *, card: ModelCard | None = None) -> None:
        """Loads the models on the card.

        Args:
            threads: Threads of each run of a model.
            card: Another card than that of its folder of weights.

        Raises:
            ModelMismatch: if a file is not the one on its card, or the package `rapidocr` is not
                installed.
        """
        self.card = read(MODEL_ID, CARD_FILE) if card is None else card
        files = {role: located(file) for role, file in self.card.files.items()}
        lines = LineReader(
            Recogniser(files["recogniser"].read_bytes(), threads=threads),
            Scripts(files["scripts"].read_bytes()),
            Tesseract({script: files[script] for script in LANGUAGES if script in files}),
        )
        detector = opened(files["detector"].read_bytes(), threads=threads)
        self.frames = FrameReader(detector, lines)

    def read(self, parts: Sequence[Decoded], /) -> list[Read]:
        """Gives the text of each picture, one transcript a frame, the same text once.

        Lines of text are lines of the picture, blocks from top to bottom; each piece of a line has
        a place, in the file's pixels. Unread where the picture is damaged, an animation's later
        frames were not decoded, or there is more text than is read of one picture, or than time
        is for: `READ_S` of this thread's processor a picture, `ALL_READ_S` for all.
        """
        due_s = time.thread_time() + min(READ_S * len(parts), ALL_READ_S)
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part, due_s)
            for part in parts
        ]

    def _answer(self, picture: Picture, due_s: float) -> Read:
        found: dict[str, Transcript] = {}
        n_unread = n_strange = n_frames_unread = 0
        due_s = min(due_s, time.thread_time() + READ_S)

        def is_over() -> bool:
            return time.thread_time() >= due_s

        for frame in picture.frames:
            if is_over():
                n_frames_unread += 1
                continue
            sheet = self.frames.read(frame.pixels, is_over=is_over)
            n_unread += sheet.n_unread
            n_strange += sheet.n_strange
            if sheet.blocks:
                transcript = self._written(picture, frame, sheet)
                found.setdefault(transcript.text, transcript)
        transcripts = tuple(found.values())
        whole = answered(picture, ())
        causes = [whole.cause] if isinstance(whole, Partial) else []
        if n_unread:
            causes.append(f"{n_unread} lines are past what is read of one picture")
        if n_strange:
            causes.append(f"{n_strange} lines, perhaps of a script that is not read")
        if n_frames_unread:
            causes.append(f"no time for {n_frames_unread} frame(s)")
        return Unread(transcripts=transcripts, cause="; ".join(causes)) if causes else transcripts

    def _written(self, picture: Picture, frame: Frame, sheet: Sheet) -> Transcript:
        """A frame's lines as one text."""
        height_px, width_px = frame.pixels.shape[:2]
        scale = picture.width_px / width_px, picture.height_px / height_px
        text = ""
        places: list[Place] = []
        sure: list[float] = []
        for row in (row for block in sheet.blocks for row in block):
            text += "\n" if text else ""
            for number, one in enumerate(row):
                text += " " if number else ""
                start = len(text)
                text += one.reading.text
                box = _box(one).scaled(*scale)
                places.append(Place(start=start, end=len(text), box=box))
                sure += one.reading.sure
        return Transcript(
            reader=self.card.id,
            part=picture.name,
            text=text,
            confidence=float(np.clip(np.mean(sure), 0, 1)) if sure else 0.0,
            places=tuple(places),
        )


def _box(found: Found) -> Box:
    left, top = np.floor(found.corners.min(0)).astype(int).tolist()
    right, bottom = np.ceil(found.corners.max(0)).astype(int).tolist()
    return Box(max(0, left), max(0, top), right - max(0, left), bottom - max(0, top))
