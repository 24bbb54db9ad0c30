"""Fingerprints: by which copies of a text, link or address meet, however disguised. Pure.

Hashes are 64 bits, the same in every process and version; changing how they are made only has
copies of before and after the change not meet.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from msgspec import Struct

from detectors.text.entities import addresses
from detectors.text.links import detector as links_detector
from detectors.text.links import extract
from detectors.text.links.link import Link
from detectors.text.links.lists import entry
from detectors.text.normaliser.normaliser import variants
from schemas.content import Item, TextPart
from streams import commonplace

MIN_LETTERS: Final = 12
"""Texts with fewer letters (a Han character counts for `WIDE`) say too little: greetings."""
WIDE: Final = 3
NEAR_BITS: Final = 12
"""Simhashes that differ in no more bits are of nearly the same text: a word in seven exchanged."""
MAX_CHARACTERS: Final = 4_000
"""Of a longer text the beginning alone counts."""
MAX_LINKS: Final = 8
"""Links, addresses and tickers that count of an item, each."""

_ASIDE: Final = re.compile(
    r"(?:https?|hxxps?|ftp)://\S+|\bwww\.\S+|\S+@\S+|@\w+|[\w-]+(?:\.[\w-]+)*\.\w+/\S*"
    r"|(?<!\w)(?=\w*\d)\w{25,}|\$\w+"
)
"""What a copy may change without saying anything else: links, handles, addresses, tickers."""
_MAY_BE_ASIDE: Final = re.compile(r"[/@$]|www\.|\w{25}")
"""Without any of these there is nothing of that, which is sooner told."""
_HAN: Final = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_ADORNING: Final = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640),
    (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4), (0x06E7, 0x06ED),
    (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x200C, 0x200D), (0x20D0, 0x20FF), (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
)  # fmt: skip
_UNADORNED: Final = dict.fromkeys(
    number for first, last in _ADORNING for number in range(first, last + 1)
)
"""Marks that a word is the same without: accents that stand alone, vowel signs of Arabic and
Hebrew, joiners, the shapes of emoji."""
_SIGNS: Final = "".join(
    chr(number)
    for number in range(0x0900, 0xFE00)
    if number not in _UNADORNED and unicodedata.category(chr(number)).startswith("M")
)
"""Marks that belong to a word as its letters do: the vowels of Devanagari, Tamil, Bengali."""
_TOKEN: Final = re.compile(rf"[{_HAN}]+|[^\W\d_{_HAN}](?:[^\W\d_{_HAN}]|[{_SIGNS}])*")
WIDE_LETTER: Final = re.compile(rf"[{_HAN}]")
_CASHTAG: Final = re.compile(r"(?<![\w$])\$([A-Za-z][A-Za-z0-9]{1,9})(?!\w)")
_SYMBOL: Final = re.compile(r"\(([A-Za-z][A-Za-z0-9]{1,9})\)$")
_LONG: Final = re.compile(r"[0-9A-Za-z_+/:-]{25}")
_QUERY: Final = re.compile(r"[?#]|%(?:25)*(?:3f|23)")
_FIELD: Final = re.compile(r"(?:^|&)(?:amp;)?([a-z_]+)=([^&#?]{1,80})")
_PORT: Final = re.compile(r":\d{1,5}(?=/|$)")
_LANE: Final = 16
_BIT: Final = int.from_bytes((1).to_bytes(2, "little") * 64, "little")
"""A one in each of 64 lanes of 16 bits."""
MAX_WORDS: Final = 512
"""Words that count of a text: a lane's sum must fit, a long text must not take long."""


class TextPrint(Struct, frozen=True, gc=False):
    """A text's exact hash and its simhash (near texts differ in few bits), both 64 bits."""

    exact: int
    near: int
    words: tuple[str, ...]
    """What it was made of: words in small letters, pairs of characters where nothing is between
    words; no links, numbers, handles."""


class Fingerprints(Struct, frozen=True, kw_only=True, gc=False):
    """All by which an item may meet others."""

    text: TextPrint | None = None
    """Of its longest text; None where that says too little."""
    links: tuple[str, ...] = ()
    """Registered domain and path: on a platform such as `web.app` a site's own subdomain."""
    addresses: tuple[str, ...] = ()
    """Wallets and contracts, as lists spell them."""
    tickers: tuple[str, ...] = ()
    """Cashtags in capitals, but for those that everybody talks of."""


def fingerprints_of(item: Item) -> Fingerprints:
    """Gives an item's fingerprints, of what its actor says: not of texts that an AI retrieved."""
    own = [part for part in item.texts if not part.name.startswith(_OF_OTHERS)]
    whole = "\n".join(_read(part.text[:MAX_CHARACTERS]) for part in own)[:MAX_CHARACTERS]
    said = [part.text for part in own if part.name in _SAID]
    return Fingerprints(
        text=text_print(max(said, key=len)[:MAX_CHARACTERS]) if said else None,
        links=_links(whole),
        addresses=_addresses(whole, item),
        tickers=_tickers(whole, own),
    )


_OF_OTHERS: Final = "retrieved"
_SAID: Final = frozenset({"text", "title", "description", "prompt", "response"})
_CONTRACT: Final = ("contract_address", "creator_address")


@lru_cache(4_096)
def text_print(text: str) -> TextPrint | None:
    """Gives what copies of a text share, disguised ones too; None where it says too little.

    Letter case, punctuation, white space, numbers, links, handles and what the normaliser undoes
    make no difference to `exact`; other words make a small one to `near`.
    """
    found = words(text)
    joined = "".join(found)
    n_letters = len(joined) if joined.isascii() else sum(map(_weight, found))
    if n_letters < MIN_LETTERS:
        return None
    return TextPrint(hash64(joined), simhash(found), found)


def words(text: str) -> tuple[str, ...]:
    """Gives the words of a text as the normaliser reads it, in order, in small letters."""
    said = _read(text[:MAX_CHARACTERS])
    if _MAY_BE_ASIDE.search(said):
        said = _ASIDE.sub(" ", said)
    if not said.isascii():
        said = unicodedata.normalize("NFKC", said).translate(_UNADORNED)
    found: list[str] = []
    for token in _TOKEN.findall(said.casefold()):
        if token.isascii() or len(token) == 1 or not WIDE_LETTER.match(token):
            found.append(token)
        else:
            found += [token[n : n + 2] for n in range(len(token) - 1)]
    return tuple(found[:MAX_WORDS])


def simhash(found: Sequence[str]) -> int:
    """Gives the simhash of words, whatever their order, 64 bits; 0 of none. `MAX_WORDS` at most."""
    n = len(found)
    if not n:
        return 0
    total = sum(map(_spread, found))
    # Each lane holds how many of n have the bit; more than half of them raise its highest bit.
    high = total + _BIT * (0x7FFF - n // 2) >> _LANE - 1 & _BIT
    return int(high.to_bytes(128, "big")[1::2].translate(_DIGITS), 2)


_DIGITS: Final = b"01" + bytes(254)


@lru_cache(1 << 16)
def _spread(word: str) -> int:
    """A word's hash, a bit in each lane."""
    bits = hash64(word)
    return int.from_bytes(
        b"".join((bits >> at & 1).to_bytes(2, "little") for at in range(64)), "little"
    )


def hash64(text: str) -> int:
    """Gives a text's 64-bit hash: the same everywhere."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def hamming(one: int, other: int) -> int:
    """Gives in how many bits two hashes differ."""
    return (one ^ other).bit_count()


def is_near(one: TextPrint, other: TextPrint) -> bool:
    """Tells whether two texts are nearly the same."""
    return one.exact == other.exact or hamming(one.near, other.near) <= NEAR_BITS


def _weight(word: str) -> int:
    return WIDE * len(word) // 2 if not word.isascii() and WIDE_LETTER.match(word) else len(word)


def _read(text: str) -> str:
    """What a text says once everything is undone: the normaliser's last reading."""
    found = variants(text)
    return found[-1].text if found else text


def _links(text: str) -> tuple[str, ...]:
    found = (one for one in extract.links(text)[:MAX_LINKS] if not one.is_doubtful)
    return tuple(dict.fromkeys(filter(None, map(link_print, found))))


def link_print(link: Link) -> str | None:
    """Gives registered domain and path; None for a page that is nobody's.

    That is the front page of a shortener or of a site that everybody names, and its search. Ports,
    fragments, `www.`, the last slash and most queries say nothing of where a link leads; a query
    that names a page does (`?v=` of a video), and so does a shortener's code, in small letters.
    """
    site = link.host.registered
    bare, *queries = _QUERY.split(link.path, maxsplit=1)
    path = _PORT.sub("", bare, count=1).rstrip("/")
    telling = commonplace.QUERIES.get(site, ())
    fields = _FIELD.findall(queries[0]) if telling and queries else []
    named = "&".join(sorted(f"{name}={value}" for name, value in fields if name in telling))
    if named:
        return f"{site}{path}?{named}"
    is_common = site in commonplace.HOSTS
    if (not path and (is_common or site in shorteners())) or (
        is_common and path in commonplace.SEARCHES
    ):
        return None
    return f"{site}{path}"


@lru_cache(1)
def shorteners(path: Path = links_detector.SHORTENERS) -> frozenset[str]:
    """Gives the hosts whose links lead elsewhere."""
    lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    return frozenset(filter(None, map(entry, (one for one in lines if not one.startswith("#")))))


def _addresses(text: str, item: Item) -> tuple[str, ...]:
    """Those of the texts; a launch's contract and creator too."""
    found: list[str] = []
    for name in _CONTRACT if item.surface == "memerush" else ():
        told = item.context.get(name)
        if isinstance(told, str):
            known = addresses.parse(told)
            found.append(told if known is None else known.canonical)
    if _LONG.search(text):
        found += [one.evidence["address"] for one in addresses.find(text)[:MAX_LINKS]]
    own = dict.fromkeys(one for one in found if not commonplace.is_common_address(one))
    return tuple(own)[:MAX_LINKS]


def _tickers(text: str, parts: Iterable[TextPart]) -> tuple[str, ...]:
    """Cashtags of the texts, those that a post lists, and the symbol of a launch's name."""
    found = _CASHTAG.findall(text)
    for part in parts:
        if part.name == "cashtags":
            found += part.text.replace("$", "").split()
        elif part.name == "name":
            found += _SYMBOL.findall(part.text)
    known = dict.fromkeys(map(str.upper, found))
    return tuple(name for name in known if name not in commonplace.TICKERS)[:MAX_LINKS]
