"""The commands `tidegate banks`: hashes of known pictures, for the detector `image.hash`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from streams.cli.console import ERR, AsJson, Misuse, print_json, print_table, write_line

if TYPE_CHECKING:
    from detectors.image.hash.bank import Entry
    from detectors.image.hash.pdq import Hashed
    from detectors.image.picture import Pixels

MAX_IMPORT_BYTES: Final = 1 << 30

Folder = Annotated[
    Path, typer.Option("--banks", "-b", help="Folder of banks, one file NAME.bank each.")
]
Name = Annotated[str, typer.Argument(metavar="BANK", help="The bank's name.")]
Label = Annotated[
    str | None, typer.Option("--label", "-l", help="What the bank's pictures violate; makes it.")
]
Action = Annotated[
    str | None,
    typer.Option("--action", "-a", help="escalate, remove, hold (as made), limit or label."),
]


def add(  # noqa: PLR0913 - options of the command
    name: Name,
    banks: Folder,
    image: Annotated[Path | None, typer.Option(help="Picture to hash.")] = None,
    hash: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option(help="PDQ hash, 64 hexadecimal digits.")
    ] = None,
    id: Annotated[str, typer.Option(help="The entry's id; else the hash's beginning.")] = "",  # noqa: A002
    note: Annotated[str, typer.Option(help="For people; one line.")] = "",
    label: Label = None,
    action: Action = None,
    *,
    crops: Annotated[
        bool, typer.Option(help="Also add the picture's hashes with edges cut off.")
    ] = True,
) -> None:
    """Add a picture or a hash to a bank; --label makes the bank.

    An entry of the same id is replaced. A child_safety bank always escalates. Workers take it up
    within seconds. A picture of too low quality is refused (exit code 2).
    """
    from detectors.image.hash import bank as files  # noqa: PLC0415 - keeps `--help` fast
    from detectors.image.hash.banks import add as put  # noqa: PLC0415
    from detectors.image.hash.crops import with_crops  # noqa: PLC0415

    if (image is None) == (hash is None):
        message = "give either --image or --hash"
        raise Misuse(message)
    with _misuses():
        if image is None:
            entry = files.entry(hash or "", id, note)
            entries = [entry]
        else:
            pixels, hashes = _hashed(image)
            entry = files.entry(hashes.own.hex(), id, note)
            entries = with_crops(entry, pixels) if crops else [entry]
        n_new, _ = put(banks, name, entries, label=label, action=action)
    done = "added to" if n_new else "replaced in"
    ERR.print(f"{entry.id} {done} {name}, {len(entries)} hashes", highlight=False)


def remove(
    name: Name,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of entries.")],
    banks: Folder,
) -> None:
    """Remove entries from a bank by id; all of them, or none if one is not there."""
    from detectors.image.hash.banks import remove as drop  # noqa: PLC0415

    with _misuses():
        n_removed = drop(banks, name, ids)
    ERR.print(f"{n_removed} removed from {name}", highlight=False)


def list_(
    banks: Folder,
    name: Annotated[
        str | None, typer.Argument(metavar="[BANK]", help="List this bank's entries.")
    ] = None,
    *,
    json: AsJson = False,
) -> None:
    """List the banks, or one bank's entries."""
    from detectors.image.hash.banks import read_bank, read_folder  # noqa: PLC0415

    heads: tuple[str, ...]
    rows: list[tuple[object, ...]]
    with _misuses():
        if name is None:
            heads = ("bank", "label", "action", "hashes")
            rows = [
                (one.name, one.label, one.action, len(one.entries)) for one in read_folder(banks)
            ]
        else:
            heads = ("id", "hash", "note")
            held = read_bank(banks, name).entries.values()
            rows = [(one.id, one.hash.hex(), one.note) for one in held]
    _show(heads, rows, json=json)


def import_(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Lines of hash, id, note, apart by tabs.")],
    banks: Folder,
    label: Label = None,
    action: Action = None,
) -> None:
    """Add the hashes of a text file to a bank; --label makes the bank.

    One hash of 64 hexadecimal digits a line, then, each after a tab, an id and a note; both may be
    left out. Lines that begin with # are passed over. One wrong line, and nothing is imported.
    """
    from detectors.image.hash.banks import add as put  # noqa: PLC0415

    with _misuses():
        n_new, n_replaced = put(banks, name, _entries(file), label=label, action=action)
    ERR.print(f"{n_new} added to {name}, {n_replaced} replaced", highlight=False)


def export(
    name: Name,
    banks: Folder,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
) -> None:
    """Write a bank as text, as `import` reads it, to standard output or a file."""
    from detectors.image.hash import bank as files  # noqa: PLC0415
    from detectors.image.hash.banks import read_bank  # noqa: PLC0415

    with _misuses():
        text = files.written(read_bank(banks, name))
        if output is not None:
            output.write_bytes(text)
    if output is None:
        write_line(text.removesuffix(b"\n"))


def match(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures to seek.")],
    banks: Folder,
    threshold: Annotated[int, typer.Option(min=0, max=128, help="Bits of 256.")] = 31,
    *,
    json: AsJson = False,
) -> None:
    """Seek pictures in all banks, turned and mirrored too.

    A file that is no picture, or shows too little to be told, ends the command with exit code 2.
    """
    from detectors.image.hash.banks import Banks, read_folder  # noqa: PLC0415
    from detectors.image.hash.pdq import TURNS  # noqa: PLC0415

    rows: list[tuple[object, ...]] = []
    with _misuses():
        held = Banks(read_folder(banks), threshold=threshold)
        for path in images:
            for turn, sought in enumerate(_hashed(path)[1].turned):
                rows += [
                    (path, found.bank.name, found.id, found.distance, TURNS[turn])
                    for found in held.match(sought)
                ]
    _show(("image", "bank", "id", "distance", "turned"), rows, json=json)


def _show(heads: tuple[str, ...], rows: list[tuple[object, ...]], *, json: bool) -> None:
    if not json:
        print_table(heads, rows)
        return
    for row in rows:
        shown = (str(cell) if isinstance(cell, Path) else cell for cell in row)
        print_json(dict(zip(heads, shown, strict=True)))


def _hashed(path: Path) -> "tuple[Pixels, Hashed]":
    """The first frame and its hashes. Raises Misuse where it is no picture or shows too little."""
    from detectors.image.decode import decode  # noqa: PLC0415
    from detectors.image.hash.pdq import MIN_QUALITY, hashed  # noqa: PLC0415
    from detectors.image.picture import Limits, Refusal  # noqa: PLC0415

    limits = Limits()
    with path.open("rb") as file:
        content = file.read(limits.max_bytes + 1)
    picture = decode(content, name="image", limits=limits)
    if isinstance(picture, Refusal):
        message = f"{path}: {picture.reason}: {picture.detail}"
        raise Misuse(message)
    pixels = picture.frames[0].pixels
    hashes = hashed(pixels)
    if hashes.quality < MIN_QUALITY:
        message = f"{path}: quality {hashes.quality}, at least {MIN_QUALITY} is needed to tell it"
        raise Misuse(message)
    return pixels, hashes


def _entries(path: Path) -> "list[Entry]":
    from detectors.image.hash.bank import BankInvalid, read_entries  # noqa: PLC0415

    if path.stat().st_size > MAX_IMPORT_BYTES:
        message = f"{path}: more than {MAX_IMPORT_BYTES} bytes"
        raise Misuse(message)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path}: it is not UTF-8"
        raise BankInvalid(message) from error
    return list(read_entries(text, path.name))


@contextmanager
def _misuses() -> Iterator[None]:
    """Turns what is wrong with files and banks into one line."""
    from detectors.image.hash.bank import BankInvalid  # noqa: PLC0415

    try:
        yield
    except BankInvalid as error:
        raise Misuse(str(error)) from error
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
        raise Misuse(message) from error
