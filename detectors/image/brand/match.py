"""How near a picture is to protected logos, and how likenesses become scores."""

import math
from typing import Final

from msgspec import Struct

from detectors.image.brand.crops import crops
from detectors.image.brand.embedder import Directions, Embedder
from detectors.image.brand.index import Logos, Words, hash_of
from detectors.image.picture import Pixels

LISTED: Final = 0.99
"""Score of a logo that the hash knows: a copy, as in `image.hash`."""


class Match(Struct, frozen=True):
    """The brand whose logo is nearest: by cosine, and by bits of the hash."""

    brand: str
    cosine: float
    hash_brand: str
    bits: int


class Told(Struct, frozen=True):
    """What a match says: whose logo, how surely, how like it is (0 to 1), and what told it."""

    brand: str
    score: float
    similarity: float
    how: str


class Scale(Struct, frozen=True, forbid_unknown_fields=True):
    """How likenesses become scores: the logistic of `slope * cosine + offset`."""

    slope: float
    offset: float
    max_bits: int
    """Bits apart up to which a hash is a copy's; below 0: none is."""

    def cosine(self, score: float) -> float:
        """Gives the cosine that scores so much."""
        return (math.log(score / (1 - score)) - self.offset) / self.slope

    def told(self, match: Match) -> Told:
        """Gives what a match says."""
        learnt = 1 / (1 + math.exp(-(self.slope * match.cosine + self.offset)))
        if match.bits <= self.max_bits and learnt < LISTED:
            return Told(match.hash_brand, LISTED, 1 - match.bits / 256, "hash")
        return Told(match.brand, learnt, max(0.0, match.cosine), "embedding")


class Look(Struct, frozen=True, eq=False):
    """What there is to compare of a picture: directions of its squares, the hash of the first."""

    directions: Directions
    hashes: Words


def look(pixels: Pixels, embedder: Embedder) -> Look:
    """Gives what there is to compare of a picture."""
    views = crops(pixels)
    return Look(embedder.directions(views), hash_of(views[0])[:1])


def match(seen: Look, logos: Logos) -> Match | None:
    """Gives the protected logos nearest to anything in a picture; None where there are none."""
    if not logos.brands:
        return None
    brand, cosine = logos.likest(seen.directions)
    hash_brand, bits = logos.nearest(seen.hashes)
    return Match(brand, cosine, hash_brand, bits)
