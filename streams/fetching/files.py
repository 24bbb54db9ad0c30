"""Files under an allowed folder, for development. No link is followed."""

import os
import stat
from pathlib import Path
from typing import Final

from streams.fetching.refusals import Refusal
from streams.fetching.targets import FileTarget

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Not over links; without waiting for the writer of a FIFO."""


def read_file(target: FileTarget, root: Path, most_bytes: int) -> bytes | Refusal:
    """Gives a file's bytes, or why not. Blocks.

    Each name on the way is opened relative to the folder before, so that nobody can put a link
    there between a check and its use.
    """
    names = _below(target.names, root)
    if not names:
        return Refusal("file_refused")
    try:
        opened = _open(root.resolve(), names)
    except FileNotFoundError:
        return Refusal("not_found")
    except OSError:
        return Refusal("file_refused")
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        return Refusal("file_refused")
    with os.fdopen(opened, "rb") as file:
        content = file.read(most_bytes + 1)
    return content if len(content) <= most_bytes else Refusal("too_large")


def _below(names: tuple[str, ...], root: Path) -> tuple[str, ...]:
    """Gives the names below the folder, which may itself be named over links; () elsewhere."""
    for folder in (root.absolute(), root.resolve()):
        base = folder.parts[1:]
        if names[: len(base)] == base:
            return names[len(base) :]
    return ()


def _open(folder: Path, names: tuple[str, ...]) -> int:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in names:
        try:
            following = os.open(name, _FLAGS, dir_fd=opened)
        finally:
            os.close(opened)
        opened = following
    return opened
