"""The reader `image.qr@1`."""

from collections.abc import Sequence
from typing import Final

from detectors.card import ModelCard
from detectors.image.answers import ANIMATION, Decoded, undecodable
from detectors.image.picture import Frame, Picture, Refusal
from detectors.image.qr import payments
from detectors.image.qr.codes import MAX_CODES, Code, read
from detectors.media import Place, Read, Transcript, Unread

CARD: Final = ModelCard(
    id="image.qr@1",
    summary="Codes in a picture, read: what they hold is for the detectors of text.",
    inputs=("image",),
    source="zxing-cpp.",
    known_failures=(
        "Codes blurred by more than 0.6 of a square, or of squares under 1.5 pixels, are not read.",
        "Where a shortener or a server's answer leads is not known: nothing is fetched.",
    ),
)


class ImageQr:
    """Finds codes and reads them. Safe across threads."""

    def __init__(self, *, card: ModelCard = CARD) -> None:
        """Takes the reader's card."""
        self.card = card

    def read(self, parts: Sequence[Decoded], /) -> list[Read]:
        """Gives a transcript for each code of each picture.

        Evidence of it is `code` (its kind), `pays` where it asks for a payment, and `frame` in an
        animation. A payload may be private and is not quoted. Unread where a code is seen that
        cannot be read, or where not all of the picture was looked at.
        """
        return [_answer(part) for part in parts]


def _answer(part: Decoded) -> Read:
    if isinstance(part, Refusal):
        return undecodable(part)
    found: dict[str, tuple[Code, Frame]] = {}
    n_unread = n_left_out = 0
    for frame in part.frames:
        reading = read(frame.pixels)
        n_unread += len(reading.unread)
        n_left_out = max(n_left_out, reading.n_left_out)
        for code in reading.codes:
            found.setdefault(code.payload, (code, frame))
    kept = list(found.values())[:MAX_CODES]
    n_left_out += len(found) - len(kept)
    transcripts = tuple(_transcript(part, code, frame) for code, frame in kept)
    causes = [f"{n_unread} codes cannot be read"] if n_unread else []
    if n_left_out:
        causes.append(f"{n_left_out} codes are past the {MAX_CODES} of a picture")
    if part.is_truncated:
        causes.append("the file is damaged: not all of it could be read")
    if part.is_partial:
        causes.append(ANIMATION)
    return Unread(transcripts=transcripts, cause="; ".join(causes)) if causes else transcripts


def _transcript(picture: Picture, code: Code, frame: Frame) -> Transcript:
    height_px, width_px = frame.pixels.shape[:2]
    box = code.box.scaled(picture.width_px / width_px, picture.height_px / height_px)
    evidence = {"code": code.kind}
    payment = payments.parse(code.payload)
    if payment is not None:
        evidence["pays"] = " ".join(filter(None, (payment.chain, payment.address, payment.amount)))
    if len(picture.frames) > 1:
        evidence["frame"] = str(frame.index)
    text = code.payload
    if payment is not None and payment.note:
        text = f"{text}\n{payment.note}"
    return Transcript(
        reader=CARD.id,
        part=picture.name,
        text=text,
        places=(Place(start=0, end=len(text), box=box),),
        evidence=evidence,
        is_quotable=False,
    )
