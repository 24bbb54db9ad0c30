"""What the demo's media say: read from `words.json`."""

from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.labels import Label

_FILE: Final = Path(__file__).parent / "words.json"


class Poster(Struct, frozen=True, forbid_unknown_fields=True):
    """A scam poster; `look` picks its colours."""

    name: str
    lang: str
    rtl: bool
    look: int
    labels: tuple[Label, ...]
    head: str
    body: tuple[str, ...]
    foot: str
    shows: str


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """A poster with a QR code."""

    name: str
    lang: str
    labels: tuple[Label, ...]
    payload: str
    head: str
    foot: str
    shows: str


class Meme(Struct, frozen=True, forbid_unknown_fields=True):
    """A drawn cat with a line above and one below."""

    name: str
    lang: str
    head: str
    foot: str
    shows: str


class Chart(Struct, frozen=True, forbid_unknown_fields=True):
    """A line that goes up and down."""

    name: str
    lang: str
    head: str
    rows: tuple[str, ...]
    shows: str


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """A screenshot of a few lines."""

    name: str
    lang: str
    rtl: bool
    head: str
    rows: tuple[str, ...]
    shows: str


class Voice(Struct, frozen=True, forbid_unknown_fields=True):
    """A voice note; `voice` is which of the language's voices speaks."""

    name: str
    lang: str
    voice: int
    labels: tuple[Label, ...]
    text: str
    shows: str


class Clip(Struct, frozen=True, forbid_unknown_fields=True):
    """A video of words, shapes or a chart, with speech or without."""

    name: str
    lang: str
    kind: Literal["words", "shapes", "chart"]
    form: Literal["mp4", "webm"]
    labels: tuple[Label, ...]
    lines: tuple[str, ...]
    voice: int
    text: str
    shows: str


class Token(Struct, frozen=True, forbid_unknown_fields=True):
    """A look-alike of a coin's logo, turned round the colour wheel by `turn_deg`."""

    name: str
    icon: str
    disguise: Literal["hat", "frame", "stars", "word", "mirror"]
    turn_deg: int
    shows: str


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is made from words."""

    origin: str
    posters: tuple[Poster, ...]
    codes: tuple[Code, ...]
    memes: tuple[Meme, ...]
    charts: tuple[Chart, ...]
    cards: tuple[Card, ...]
    voices: tuple[Voice, ...]
    clips: tuple[Clip, ...]
    tokens: tuple[Token, ...]


def read() -> Words:
    """Gives them."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Words)
