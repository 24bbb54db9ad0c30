"""What the commands share that measure detectors and leave reports in a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.console import Failure, Misuse

if TYPE_CHECKING:
    from detectors.evaluation.measures import Estimate


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


def figure(value: "Estimate | None") -> str:
    """An estimate with its interval, or a dash."""
    return "-" if value is None else f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"
