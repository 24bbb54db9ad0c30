"""What keeps the stack from starting; as a whole it is run by `tests/integration/test_up.py`."""

from pathlib import Path

import pytest

from streams.embedded.stack import Ports, Stack
from streams.embedded.supervisor import ProcessFailed
from streams.settings import Settings


def test_a_directory_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ProcessFailed, match=r"archive and logs cannot be kept in .*/file/up: "):
        Stack(Settings(), Ports(), n_workers=1, n_partitions=1, directory=tmp_path / "file" / "up")
