"""Embedded archives with their tables: made once a session, copied for each test."""

import atexit
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from streams.archive.archive import ArchiveUnavailable
from streams.archive.embedded import EmbeddedArchive

ANOTHERS_S = 60.0
_MAKE = """
import sys
from pathlib import Path
from streams.archive import migrations
from streams.archive.embedded import EmbeddedArchive
archive = EmbeddedArchive(Path(sys.argv[1]))
migrations.migrate(archive)
archive.close()
"""


def copy_to(folder: Path) -> None:
    """Puts an archive with all tables and nothing in them into a folder."""
    shutil.copytree(_made(), folder, symlinks=True, dirs_exist_ok=True)


def migrated(folder: Path) -> EmbeddedArchive:
    """Gives an archive in a folder with all tables and nothing in them."""
    copy_to(folder)
    deadline = time.monotonic() + ANOTHERS_S
    while True:
        try:
            return EmbeddedArchive(folder)
        except ArchiveUnavailable as error:
            # A query that an earlier test gave up may still run on its archive.
            if "already initialized" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@cache
def _made() -> Path:
    # By another process: one process has one embedded archive open at a time.
    folder = Path(tempfile.mkdtemp(prefix="tidegate-archive-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([sys.executable, "-c", _MAKE, str(folder / "archive")], check=True)
    return folder / "archive"
