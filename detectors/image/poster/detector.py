"""The detector `image.poster@1`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from detectors.card import ModelCard
from detectors.image.picture import Picture
from detectors.image.poster.reading import Named, Poster, PosterReader
from detectors.media import Transcript
from detectors.text.entities.scoring import probability, why
from detectors.text.links import brands
from detectors.text.links.detector import default_store
from schemas.signals import Signal

CARD: Final = ModelCard(
    id="image.poster@1",
    summary="A protected name promises coins, and the picture's code or link leads elsewhere.",
    inputs=("image",),
    labels=("scam",),
    source="Rules over what image.ocr, image.qr and image.brand found; words in 12 languages.",
    thresholds={"scam": 0.6},
    calibration="None: log-odds set by hand, checked on posters by code (posters_1.md).",
    known_failures=(
        "Scores are weights set by hand: an order, not a probability.",
        "A poster in nobody's name, or of a name that is not protected, gets no signal.",
        "Where image.ocr and image.qr do not run, nothing is known.",
        "A partner's campaign for a protected name, on the partner's own site, looks the same.",
    ),
)
HIGHEST: Final = 0.9
"""A person decides: no rule of words is surer than that."""
LOGO: Final = 0.673
"""From this score of `image.brand` on a logo counts as a name; its card's own threshold."""
_BASE: Final = -4.0
_ELSEWHERE: Final = 2.0
_CODE: Final = 0.6
_LEADS: Final = 0.8
_MESSENGER: Final = 1.2
_PAYMENT: Final = 1.6
_AMOUNT: Final = 0.9
_WARNING: Final = -4.0
_CUES: Final = {"benefit": 1.2, "offer": 0.8, "double": 0.8, "urgent": 0.5}
_PROMISES: Final = frozenset({"benefit", "offer", "double"})
_WARNINGS: Final = frozenset({"warning", "exposing"})


class ImagePoster:
    """Judges what one picture's readings say together. Safe across threads."""

    def __init__(self, *, brand_file: Path = brands.BRANDS_FILE, card: ModelCard = CARD) -> None:
        """Takes the protected names. Raises OSError, msgspec.ValidationError."""
        self.card = card
        self._reader = PosterReader(brands.read(brand_file), default_store())

    def compose(
        self, picture: Picture, transcripts: Sequence[Transcript], signals: Sequence[Signal], /
    ) -> tuple[Signal, ...]:
        """Gives at most one `scam` signal, from the transcripts and signals of a picture.

        Evidence: the `brand` in whose name coins are promised, whether by `word` or `logo`, what
        is promised (`amount`), where it `leads`, and `why`.
        """
        poster = self._reader.read(transcripts)
        named = [*poster.named, *self._logos(signals)]
        elsewhere = next((one for one in named if _is_elsewhere(one, poster)), None)
        if elsewhere is None or not _promises(poster):
            return ()
        factors = _factors(poster)
        evidence = {
            "kind": "poster",
            "brand": elsewhere.brand.name,
            "by": "word" if elsewhere in poster.named else "logo",
            "amount": poster.amount,
            "leads": ", ".join((*poster.leads, *poster.messengers))[:160],
            "why": why(factors),
        }
        if elsewhere.box is not None:
            evidence["box"] = elsewhere.box.written()
        return (
            Signal(
                label="scam",
                score=min(HIGHEST, probability(sum(factors.values()))),
                detector=self.card.id,
                part=picture.name,
                evidence={name: value for name, value in evidence.items() if value},
            ),
        )

    def _logos(self, signals: Sequence[Signal]) -> list[Named]:
        names = [
            (one.evidence or {}).get("brand", "")
            for one in signals
            if one.detector.startswith("image.brand@") and one.score >= LOGO
        ]
        found = (self._reader.brand(name) for name in names)
        return [Named(brand, None) for brand in found if brand is not None]


def _is_elsewhere(named: Named, poster: Poster) -> bool:
    """Whether a picture in a name leads to anybody but who bears it."""
    has_own = any(
        host == domain or host.endswith(f".{domain}")
        for host in poster.own
        for domain in named.brand.domains
    )
    return not has_own and bool(poster.leads or poster.messengers or poster.has_payment)


def _promises(poster: Poster) -> bool:
    return bool(poster.amount) and not _PROMISES.isdisjoint(poster.cues)


def _factors(poster: Poster) -> dict[str, float]:
    factors = {"base": _BASE, "name leads elsewhere": _ELSEWHERE, "sum of coins": _AMOUNT}
    if poster.has_code:
        factors["code"] = _CODE
    if poster.has_payment:
        factors["asks for payment"] = _PAYMENT
    elif poster.messengers:
        factors["messenger"] = _MESSENGER
    else:
        factors["unknown site"] = _LEADS
    factors |= {cue: weight for cue, weight in _CUES.items() if cue in poster.cues}
    if not _WARNINGS.isdisjoint(poster.cues):
        factors["warns"] = _WARNING
    return factors
