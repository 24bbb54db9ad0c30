"""The detector `image.qr@1`."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from detectors.card import ModelCard
from detectors.detector import Answer, Detector, Partial, Undecodable, signals_of
from detectors.image.answers import Decoded, answered, undecodable
from detectors.image.picture import Frame, Picture, Refusal
from detectors.image.qr import payments
from detectors.image.qr.codes import Code, read
from schemas.content import TextPart
from schemas.labels import Label
from schemas.signals import Signal

LABELS: Final[tuple[Label, ...]] = (
    "phishing",
    "impersonation",
    "scam",
    "market_manipulation",
    "privacy",
    "spam",
)
CARD: Final = ModelCard(
    id="image.qr@1",
    summary="Codes in a picture, read and given to text.links and text.entities.",
    inputs=("image",),
    labels=LABELS,
    source="zxing-cpp; the scores are those of the detectors that read the payloads.",
    thresholds={
        "phishing": 0.5,
        "impersonation": 0.5,
        "scam": 0.5,
        "market_manipulation": 0.5,
        "privacy": 0.6,
        "spam": 0.6,
    },
    calibration="That of text.links and text.entities, on texts.",
    known_failures=(
        "Codes blurred by more than 0.6 of a square, or of squares under 1.5 pixels, are not read.",
        "Where a shortener or a server's answer leads is not known: nothing is fetched.",
    ),
)
MAX_SIGNALS: Final = 32
"""Signals of one picture; the highest scores are kept."""


class ImageQr:
    """Finds codes and says what its readers say of their payloads. Safe across threads."""

    def __init__(self, readers: Sequence[Detector[TextPart]], *, card: ModelCard = CARD) -> None:
        """Takes what judges the payloads.

        Args:
            readers: `text.links`, `text.entities`; they get every payload as a text.
            card: The detector's card.
        """
        self.card = card
        self._readers = tuple(readers)

    def predict(self, parts: Sequence[Decoded], /) -> list[Answer]:
        """Gives the signals of each picture's codes, highest scores first.

        Evidence is the reader's, with `code` (its kind), `box` (left, top, width, height in the
        picture's pixels), `by` (the reader) and `pays` where it asks for a payment. Partial where a
        code is seen that cannot be read.
        """
        return [
            undecodable(part) if isinstance(part, Refusal) else self._answer(part) for part in parts
        ]

    def _answer(self, picture: Picture) -> Answer:
        found: dict[str, tuple[Code, Frame]] = {}
        n_unread = 0
        for frame in picture.frames:
            reading = read(frame.pixels)
            n_unread += len(reading.unread)
            for code in reading.codes:
                found.setdefault(code.payload, (code, frame))
        signals: list[Signal] = []
        causes = [f"{n_unread} codes cannot be read"] if n_unread else []
        for code, frame, reader, answer in self._judged(picture, list(found.values())):
            if not isinstance(answer, tuple):
                causes.append(f"{reader}: {answer.cause}")
            if not isinstance(answer, Undecodable):
                told = signals_of(answer)
                signals += (self._signal(picture, frame, code, reader, one) for one in told)
        signals.sort(key=lambda one: -one.score)
        whole = answered(picture, signals[:MAX_SIGNALS])
        if causes and isinstance(whole, tuple):
            return Partial(whole, "; ".join(dict.fromkeys(causes)))
        return whole

    def _judged(
        self, picture: Picture, found: Sequence[tuple[Code, Frame]]
    ) -> Iterator[tuple[Code, Frame, str, Answer]]:
        """Every reader's answer on every code."""
        texts = [TextPart(name=picture.name, text=_text(code.payload)) for code, _ in found]
        for reader in self._readers:
            for (code, frame), answer in zip(found, reader.predict(texts), strict=True):
                yield code, frame, reader.card.id, answer

    def _signal(
        self, picture: Picture, frame: Frame, code: Code, reader: str, found: Signal
    ) -> Signal:
        height_px, width_px = frame.pixels.shape[:2]
        box = code.box.scaled(picture.width_px / width_px, picture.height_px / height_px)
        evidence = {
            **(found.evidence or {}),
            "code": code.kind,
            "box": box.written(),
            "by": reader,
        }
        payment = payments.parse(code.payload)
        if payment is not None:
            evidence["pays"] = " ".join(
                filter(None, (payment.chain, payment.address, payment.amount))
            )
        if len(picture.frames) > 1:
            evidence["frame"] = str(frame.index)
        return replace(
            found, detector=self.card.id, part=picture.name, span=None, evidence=evidence
        )


def _text(payload: str) -> str:
    """A payload as text; what a payment's request tells the payer stands on lines of its own."""
    payment = payments.parse(payload)
    return payload if payment is None or not payment.note else f"{payload}\n{payment.note}"
