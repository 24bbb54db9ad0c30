"""A bank of hashes as text: what it is for, then one hash a line.

    #tidegate-bank 1
    #label scam
    #action remove
    f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22<TAB>case-17<TAB>fake airdrop

UTF-8. Hexadecimal, id, note; the note may be left out. Blank lines are passed over.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, get_args

from msgspec import Struct

from schemas.labels import LABELS, Label

SUFFIX: Final = ".bank"
MAX_ID: Final = 100
MAX_NOTE: Final = 500
CROP: Final = "~"
"""Stands between an entry's id and the number of a crop of its picture (`crops.py`)."""
_FIRST: Final = "#tidegate-bank 1"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(rf"[^\s]{{1,{MAX_ID}}}")
_HEX_DIGITS: Final = 64

BankAction = Literal["escalate", "remove", "hold", "limit", "label"]
"""What whoever keeps the bank wants done; the policy decides. `child_safety` is `escalate`."""
ACTIONS: Final[tuple[BankAction, ...]] = get_args(BankAction)


class BankInvalid(ValueError):
    """A bank, its name or a line of it is not what it must be; the message says which and why."""


class Entry(Struct, frozen=True, gc=False):
    """A hash of 32 bytes, under an id that is unique in its bank."""

    hash: bytes
    id: str
    note: str = ""


class Bank(Struct, frozen=True, kw_only=True):
    """A list of hashes with one label; `entries` by id, in the file's order."""

    name: str
    label: Label
    action: BankAction
    entries: dict[str, Entry] = {}


def checked_name(name: str) -> str:
    """Gives a bank's name back. Raises BankInvalid."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} is no bank's name: a-z, 0-9, - and _, at most 64"
        raise BankInvalid(message)
    return name


def new(name: str, label: str, action: str | None = None) -> Bank:
    """Gives an empty bank. Raises BankInvalid; `child_safety` always escalates."""
    found = next((one for one in LABELS if one == label), None)
    if found is None:
        message = f"{label!r} is no label"
        raise BankInvalid(message)
    if found == "child_safety" and action not in {None, "escalate"}:
        message = "a child_safety bank escalates"
        raise BankInvalid(message)
    wanted = action or ("escalate" if found == "child_safety" else "hold")
    chosen = next((one for one in ACTIONS if one == wanted), None)
    if chosen is None:
        message = f"{action!r} is no action of banks: {', '.join(ACTIONS)}"
        raise BankInvalid(message)
    return Bank(name=checked_name(name), label=found, action=chosen)


def entry(digits: str, entry_id: str = "", note: str = "") -> Entry:
    """Gives an entry of its parts; without an id the first 16 digits are it. Raises BankInvalid."""
    low = digits.strip().lower()
    if not _HASH.fullmatch(low):
        message = f"{digits[:80]!r} is no hash: 64 hexadecimal digits"
        raise BankInvalid(message)
    chosen = entry_id or low[:16]
    if not _ID.fullmatch(chosen):
        message = f"{chosen[:40]!r} is no id: 1 to {MAX_ID} characters, no spaces"
        raise BankInvalid(message)
    if len(note) > MAX_NOTE or not note.isprintable():
        message = f"the note of {chosen}: one line of at most {MAX_NOTE} characters"
        raise BankInvalid(message)
    return Entry(bytes.fromhex(low), chosen, note)


def read_entries(text: str, source: str) -> Iterator[Entry]:
    """Gives the entries in lines of hashes. Raises BankInvalid with source and line number."""
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        digits, _, rest = stripped.partition("\t")
        entry_id, _, note = rest.partition("\t")
        try:
            yield entry(digits, entry_id.strip(), note.strip())
        except BankInvalid as error:
            message = f"{source}, line {number}: {error}"
            raise BankInvalid(message) from error


def parse(text: str, name: str) -> Bank:
    """Gives the bank that a file's text says. Raises BankInvalid."""
    lines = text.split("\n", 3)
    head = [line.strip().split(" ", 1) for line in lines[1:3]]
    if lines[0].strip() != _FIRST or [one[0] for one in head] != ["#label", "#action"]:
        message = f"{name}{SUFFIX}: it begins with {_FIRST!r}, '#label ...' and '#action ...'"
        raise BankInvalid(message)
    bank = new(name, head[0][-1], head[1][-1])
    for one in read_entries(text, f"{name}{SUFFIX}"):
        if one.id in bank.entries:
            message = f"{name}{SUFFIX}: two hashes have the id {one.id}"
            raise BankInvalid(message)
        bank.entries[one.id] = one
    return bank


def written(bank: Bank) -> bytes:
    """Gives a bank as text, as `parse` reads it."""
    lines = [_FIRST, f"#label {bank.label}", f"#action {bank.action}"]
    lines += [
        "\t".join(filter(None, (one.hash.hex(), one.id, one.note))) for one in bank.entries.values()
    ]
    return ("\n".join(lines) + "\n").encode()


def read(path: Path) -> Bank:
    """Reads a bank's file. Raises OSError, BankInvalid."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path.name}: it is not UTF-8"
        raise BankInvalid(message) from error
    return parse(text, checked_name(path.stem))
