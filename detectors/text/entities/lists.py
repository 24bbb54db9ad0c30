"""The lists that operators keep: addresses to flag, names and tokens to protect."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from detectors.text.entities import addresses
from detectors.text.entities.lexicon import FOLDER

_T = TypeVar("_T")
ORGANISATION: Final = "organisation"


class UnreadableList(ValueError):
    """A list does not say what it must."""


class ProtectedName(Struct, frozen=True):
    """An organisation, and how else it is written."""

    name: str
    aliases: tuple[str, ...] = ()


class ProtectedToken(Struct, frozen=True):
    """A token's symbol and names."""

    symbol: str
    names: tuple[str, ...] = ()


class _Names(Struct, frozen=True):
    names: tuple[ProtectedName, ...]


class _Tokens(Struct, frozen=True):
    tokens: tuple[ProtectedToken, ...]


def read_names(path: Path = FOLDER / "protected_names.toml") -> list[tuple[str, str]]:
    """Gives the spellings of protected names, as terms of a word list. Raises UnreadableList."""
    found = _read(path, _Names).names
    return [(ORGANISATION, text) for one in found for text in (one.name, *one.aliases)]


def read_tokens(path: Path = FOLDER / "protected_tokens.toml") -> tuple[ProtectedToken, ...]:
    """Gives the protected tokens. Raises UnreadableList."""
    return _read(path, _Tokens).tokens


def _read(path: Path, form: type[_T]) -> _T:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), form)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        message = f"{path.name}: {error}"
        raise UnreadableList(message) from error


def read_addresses(path: Path = FOLDER / "listed_addresses.txt") -> frozenset[str]:
    """Gives the listed addresses in their canonical spelling.

    Raises UnreadableList on a line that is no address of a known chain: a list with a slip
    would silently let that address through.
    """
    return frozenset(_canonical(path.read_text(encoding="utf-8").splitlines(), path.name))


def _canonical(lines: Iterable[str], name: str) -> Iterable[str]:
    for n, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        address = addresses.parse(text)
        if address is None:
            message = f"{name}, line {n}: no address of a known chain"
            raise UnreadableList(message)
        yield f"{address.chain}:{address.canonical}"
