"""What stands in a poster: who speaks, what is promised, where it leads. Pure."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from detectors.media import Box, Transcript
from detectors.text.entities import addresses
from detectors.text.entities.lexicon import Finder, lowered, read_terms, shipped_terms
from detectors.text.links.brands import Brand, Brands
from detectors.text.links.extract import links
from detectors.text.links.likeness import Watch
from detectors.text.links.store import Kind, Store

HEADLINE: Final = 0.6
"""Lines so high, by the highest one, say who speaks and what it is about."""
MAX_CHARACTERS: Final = 4_000
_CHAINS: Final = frozenset(
    {"Arbitrum", "Avalanche", "Ethereum", "Optimism", "Polygon", "Solana", "Starknet", "Tether",
     "zkSync", "TRON", "TON", "Bitcoin"}
)  # fmt: skip
"""Names of networks and coins: anybody may hold a meeting about them."""
_MESSENGERS: Final = frozenset(
    {"t.me", "telegram.me", "telegram.dog", "wa.me", "chat.whatsapp.com", "discord.gg", "line.me"}
)
_AMOUNT: Final = re.compile(
    r"(?<![\d.])\d[\d.,]{0,11}\s?(?:k\s?)?"
    r"(?:btc|eth|usdt|usdc|bnb|sol|ton|trx|xrp|doge|ada|matic|dot|ltc|busd|dai|shib|pepe)\b"
)
_LENGTH: Final = 2
"""Words of a name at most."""


class Named(Struct, frozen=True):
    """A protected name in a headline."""

    brand: Brand
    box: Box | None


class Poster(Struct, frozen=True, kw_only=True):
    """What was found in one picture."""

    named: tuple[Named, ...] = ()
    cues: frozenset[str] = frozenset()
    """Classes of words in it."""
    amount: str = ""
    """The first sum of coins, as written."""
    leads: tuple[str, ...] = ()
    """Hosts that belong to no protected name and are in no list of known sites."""
    own: tuple[str, ...] = ()
    """Hosts of protected names."""
    messengers: tuple[str, ...] = ()
    has_code: bool = False
    has_payment: bool = False
    """A code asks for a payment, or an address to pay to is written in it."""


@cache
def _finder() -> Finder:
    own = read_terms(Path(__file__).parent / "words.toml")
    shared = [pair for pair in shipped_terms() if pair[0] in {"offer", "double", "exposing"}]
    return Finder([*own, *shared])


class PosterReader:
    """Reads what readers found in a picture. Safe across threads."""

    def __init__(self, brands: Brands, store: Store) -> None:
        """Takes the protected names, and the list of known sites."""
        self._watch = Watch(brands)
        self._store = store
        self._brands = {
            word: brand
            for brand in brands.brands
            if brand.name not in _CHAINS
            for word in brand.words
        }

    def read(self, transcripts: Sequence[Transcript]) -> Poster:
        """Gives what stands in a picture, by its transcripts: of text, and of codes."""
        codes = [one for one in transcripts if "code" in one.evidence]
        written = [one for one in transcripts if "code" not in one.evidence]
        text = "\n".join(one.text for one in written)[:MAX_CHARACTERS]
        low = lowered(text)
        amount = _AMOUNT.search(low)
        own, leads, messengers = self._hosts([text, *(one.text for one in codes)])
        pays = any("pays" in one.evidence for one in codes)
        return Poster(
            named=tuple(self._named(written)),
            cues=frozenset(hit.cue for hit in _finder().hits(low)),
            amount=amount.group() if amount else "",
            leads=leads,
            own=own,
            messengers=messengers,
            has_code=bool(codes),
            has_payment=pays or bool(addresses.find(text)),
        )

    def brand(self, name: str) -> Brand | None:
        """Gives a protected name's entry."""
        return self._brands.get(_key(name))

    def _named(self, written: Sequence[Transcript]) -> Iterable[Named]:
        places = [
            (one.text[place.start : place.end], place.box)
            for one in written
            for place in one.places
        ]
        tallest = max((box.height for _, box in places if box), default=0)
        for text, box in places:
            if box is not None and box.height < HEADLINE * tallest:
                continue
            words = [word for word in map(_key, text.split()) if word]
            for length in range(1, _LENGTH + 1):
                for at in range(len(words) - length + 1):
                    brand = self._brands.get("".join(words[at : at + length]))
                    if brand is not None:
                        yield Named(brand, box)

    def _hosts(
        self, texts: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        own: dict[str, None] = {}
        leads: dict[str, None] = {}
        messengers: dict[str, None] = {}
        for link in (link for text in texts for link in links(text) if not link.is_doubtful):
            name = link.host.name
            listed = self._store.find(name)
            if self._watch.is_own(link.host) and name not in _MESSENGERS:
                own[name] = None
            elif name in _MESSENGERS:
                messengers[name] = None
            elif listed is None or listed.kind is not Kind.ALLOW:
                leads[name] = None
        return tuple(own), tuple(leads), tuple(messengers)


def _key(word: str) -> str:
    return "".join(one for one in word.casefold() if one.isalnum())
