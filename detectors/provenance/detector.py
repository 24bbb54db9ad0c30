"""`media.provenance@1`: what a file says of how it was made."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from detectors.card import ModelCard
from detectors.detector import Answer, Undecodable
from detectors.media import File
from detectors.provenance import blocks, container, exif, iptc, xmp
from detectors.provenance.claim import MAX_FIELDS, Claim, Field, shown
from detectors.provenance.generators import Generators, shipped
from detectors.provenance.manifest import Manifests
from schemas.signals import Signal

logger = logging.getLogger(__name__)

MODEL_ID: Final = "media.provenance@1"
CARD: Final = ModelCard(
    id=MODEL_ID,
    summary="What a file says of how it was made: signed manifests, declared sources, generators.",
    inputs=("image", "video", "audio"),
    labels=("ai_generated",),
    source="C2PA by PyPI c2pa-python; IPTC digital source types; names and settings of generators.",
    thresholds={"ai_generated": 0.7},
    calibration="None: an order by strength of evidence, set by hand (provenance_1.md).",
    known_failures=(
        "A file without metadata says nothing: most services strip it, and so may who wants to.",
        "Metadata can be forged, but for a trusted signature.",
        "Manifests that stand elsewhere (remote or in a watermark) are not fetched.",
        "Generators that are not listed, or that write nothing.",
    ),
)
MAX_SIGNALS: Final = 16


class Provenance:
    """Reads what files say of AI. Never guesses from pixels or sound. Safe across threads."""

    def __init__(
        self,
        *,
        card: ModelCard = CARD,
        generators: Generators | None = None,
        anchors: Path | None = None,
    ) -> None:
        """Takes names of generators, None those that ship, and a list of trusted certificates.

        Args:
            card: The detector's card.
            generators: Names, traces and source types.
            anchors: A PEM file, such as C2PA's trust list; None trusts nobody, and a valid
                signature is then untrusted.

        Raises:
            OSError: if the certificates cannot be read.
            ValueError: if they are none.
        """
        self.card = card
        self._generators = shipped() if generators is None else generators
        self._manifests = Manifests("" if anchors is None else anchors.read_text("utf-8"))

    def predict(self, parts: Sequence[File], /) -> list[Answer]:
        """Gives one signal for each claim of a file, the strongest first; none for most files.

        An empty file is Undecodable; one that is damaged says what can be read of it.
        """
        return [self._answer(part) for part in parts]

    def _answer(self, file: File) -> Answer:
        if not file.content:
            return Undecodable("empty")
        claims = [*self._manifests.claims(file.content, self._generators)]
        claims += self._generators.claims(_fields(file))
        return tuple(
            Signal(
                label="ai_generated",
                score=one.score,
                detector=self.card.id,
                part=file.name,
                evidence=one.evidence(),
            )
            for one in _distinct(claims)
        )


def _fields(file: File) -> list[Field]:
    """The fields of a file's metadata, each text once."""
    content = file.content
    found = [*xmp.scanned(content)]
    if file.modality == "image":
        found += [*blocks.fields(content), *exif.scanned(content), *iptc.scanned(content)]
    else:
        found += container.fields(content)
    distinct = {(one.name.partition(":")[0], one.role, one.text): one for one in found}
    return list(distinct.values())[:MAX_FIELDS]


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    """The strongest claims, of each kind, tool and field but one."""
    ranked = sorted(claims, key=lambda one: -one.score)
    found = {(one.kind, one.tool, one.field, shown(one.value)): one for one in reversed(ranked)}
    return sorted(found.values(), key=lambda one: (-one.score, one.kind, one.field))[:MAX_SIGNALS]
