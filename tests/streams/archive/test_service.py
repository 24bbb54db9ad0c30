"""The archiver process: what keeps it from starting is one clear error, and nothing stays open."""

import socket
import threading
from pathlib import Path

import pytest

from streams.archive.embedded import EmbeddedArchive
from streams.archive.service import run
from streams.health import PortTaken
from streams.settings import Settings


def test_a_taken_port_is_said_and_the_archive_let_go(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for http_port, metrics_port, what in ((port, -1, "ClickHouse HTTP"), (0, port, "metrics")):
            settings = Settings(
                archive_dir=tmp_path, archive_http_port=http_port, metrics_port=metrics_port
            )
            with pytest.raises(PortTaken, match=f"{what}.* 127.0.0.1:{port}: "):
                run(settings, stop=threading.Event())
    EmbeddedArchive(tmp_path).close()
