"""What the commands share that measure detectors and leave reports in a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streams.cli.console import Failure, Misuse, settings

if TYPE_CHECKING:
    from detectors.evaluation.measures import Estimate
    from detectors.evaluation.run.scoring import Detectors


def _folder(written: str) -> Path:
    """Raises Misuse for an empty name, which `Path` takes for the current folder."""
    if not written.strip():
        message = "--output names no folder"
        raise Misuse(message)
    return Path(written)


Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", parser=_folder, metavar="PATH", help="Folder of the two reports."
    ),
]


def loaded(names: str) -> "Detectors":
    """Loads the detectors of a comma-separated list. Raises SettingsInvalid, UnknownDetector."""
    from streams.pipeline import load_detectors  # noqa: PLC0415 - keeps `--help` fast

    return load_detectors(names, settings())


def make(folder: Path) -> None:
    """Makes the reports' folder. Raises Misuse."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: {error.strerror}"
        raise Misuse(message) from error


def write(path: Path, content: bytes) -> None:
    """Writes a report. Raises Failure."""
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Failure(message) from error


def compact(encoded: bytes) -> bytes:
    """A report's JSON on one line."""
    return msgspec.json.format(encoded, indent=-1)


def figure(value: "Estimate | None") -> str:
    """An estimate with its interval, or a dash."""
    return "-" if value is None else f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"
