"""A folder of banks: one file each, replaced at once, changed by one process at a time."""

import fcntl
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from detectors.image.hash import bank as bank_files
from detectors.image.hash.bank import CROP, SUFFIX, Bank, BankInvalid, Entry
from detectors.image.hash.index import Index
from detectors.text.links.store import write

DEFAULT_THRESHOLD: Final = 31
"""Bits of 256 within which two pictures are one: Meta's recommendation for PDQ."""
_LOCK_NAME: Final = ".lock"


class Match(Struct, frozen=True):
    """A hash of a bank near the one sought."""

    bank: Bank
    """Without its entries."""
    id: str
    distance: int


class Banks:
    """All banks of a folder, to be searched. Reads may come from any thread."""

    def __init__(self, banks: Iterable[Bank], *, threshold: int = DEFAULT_THRESHOLD) -> None:
        """Indexes the banks' hashes.

        Args:
            banks: The banks.
            threshold: The greatest distance that is a match.
        """
        self.threshold = threshold
        self._owners: list[Bank] = []
        self._ids: list[str] = []
        self._numbers = array("l")
        hashes = bytearray()
        for number, one in enumerate(banks):
            self._owners.append(replace(one, entries={}))
            for held in one.entries.values():
                self._ids.append(held.id)
                self._numbers.append(number)
                hashes += held.hash
        self._index = Index(bytes(hashes), threshold=threshold)

    def __len__(self) -> int:
        return len(self._ids)

    def match(self, sought: bytes) -> list[Match]:
        """Gives the nearest hash of every bank that has one within the threshold."""
        nearest: dict[int, Match] = {}
        places, distances = self._index.near(sought)
        for place, distance in zip(places.tolist(), distances.tolist(), strict=True):
            number, entry_id = self._numbers[place], self._ids[place]
            if number not in nearest or distance < nearest[number].distance:
                own_id = entry_id.partition(CROP)[0]
                nearest[number] = Match(self._owners[number], own_id, distance)
        return [nearest[number] for number in sorted(nearest)]


def read_folder(folder: Path) -> list[Bank]:
    """Reads every bank of a folder, by name. Raises OSError, BankInvalid."""
    if not folder.is_dir():
        message = f"{folder} is no folder"
        raise BankInvalid(message)
    return [bank_files.read(path) for path in sorted(folder.glob(f"[!.]*{SUFFIX}"))]


def read_bank(folder: Path, name: str) -> Bank:
    """Reads one bank. Raises BankInvalid, also where there is none; OSError."""
    path = _path(folder, name)
    if not path.is_file():
        message = f"{folder} has no bank {name}"
        raise BankInvalid(message)
    return bank_files.read(path)


def add(
    folder: Path,
    name: str,
    entries: Iterable[Entry],
    *,
    label: str | None = None,
    action: str | None = None,
) -> tuple[int, int]:
    """Adds hashes to a bank, in place of those with the same ids; says how many new, how many not.

    Makes the bank if there is none; then `label` is needed. Otherwise `label` and `action` must be
    the bank's own, where given. Raises BankInvalid, OSError.
    """
    with _alone(folder):
        path = _path(folder, name)
        if path.is_file():
            held = bank_files.read(path)
            _require_same(held, label, action)
        elif label is None:
            message = f"{folder} has no bank {name}; with a label it is made"
            raise BankInvalid(message)
        else:
            held = bank_files.new(name, label, action)
        merged = dict(held.entries)
        n_before = len(merged)
        added = {one.id: one for one in entries}
        merged.update(added)
        write(path, bank_files.written(replace(held, entries=merged)))
    n_new = len(merged) - n_before
    return n_new, len(added) - n_new


def remove(folder: Path, name: str, ids: Iterable[str]) -> int:
    """Removes hashes by id, with their crops; says how many hashes.

    Raises BankInvalid where one is not there, OSError.
    """
    with _alone(folder):
        held = read_bank(folder, name)
        left = dict(held.entries)
        for entry_id in dict.fromkeys(ids):
            if left.pop(entry_id, None) is None:
                message = f"the bank {name} has no {entry_id}"
                raise BankInvalid(message)
            for crop in [one for one in left if one.startswith(f"{entry_id}{CROP}")]:
                del left[crop]
        write(_path(folder, name), bank_files.written(replace(held, entries=left)))
    return len(held.entries) - len(left)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{bank_files.checked_name(name)}{SUFFIX}"


def _require_same(held: Bank, label: str | None, action: str | None) -> None:
    for given, own, what in ((label, held.label, "label"), (action, held.action, "action")):
        if given is not None and given != own:
            message = f"the {what} of the bank {held.name} is {own}, not {given}"
            raise BankInvalid(message)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock; makes the folder where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
