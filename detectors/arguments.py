"""Arguments of the programs that train and measure: what they refuse, they refuse in one line."""

import sys
from pathlib import Path
from typing import Final, NoReturn

_MISUSED: Final = 2


def refuse(reason: str) -> NoReturn:
    """Ends the program with one line on standard error and exit code 2."""
    sys.stderr.write(f"{' '.join(reason.split())}\n")
    sys.exit(_MISUSED)


def existing_folder(written: str) -> Path:
    """A folder that is there, as argparse's `type`; anything else is refused."""
    folder = Path(written)
    try:
        # `Path` takes an empty name for the current folder.
        is_folder = bool(written.strip()) and folder.is_dir()
    except OSError:
        is_folder = False
    if not is_folder:
        refuse(f"{written!r} is no folder that can be read")
    return folder
