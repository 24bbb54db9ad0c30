"""The protected names, as `brands.toml` lists them."""

import tomllib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

BRANDS_FILE: Final = Path(__file__).parent / "brands.toml"


class Brand(Struct, frozen=True, forbid_unknown_fields=True):
    """A protected name."""

    name: str
    words: tuple[str, ...]
    """How it is written in a domain, lower case."""
    domains: tuple[str, ...]
    """Its own; they and their subdomains are never look-alikes."""
    is_word: bool = False
    """Also an ordinary word, or part of other people's names."""


class Brands(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    brands: tuple[Brand, ...]
    lures: frozenset[str] = frozenset()
    """Words that stand beside a name to draw people in."""
    ordinary: frozenset[str] = frozenset()
    """Words close to a protected name that mean themselves."""


def read(path: Path = BRANDS_FILE) -> Brands:
    """Reads a brand file. Raises OSError, tomllib.TOMLDecodeError, msgspec.ValidationError."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Brands)
