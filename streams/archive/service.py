"""The archiver process: the archive it writes to, its query port, its metrics port."""

import logging
import threading
from functools import partial
from typing import Protocol

from streams import archiver
from streams.archive.archive import Archive
from streams.archive.migrations import migrate
from streams.archive.opening import open_archive
from streams.archive.standing import Standing
from streams.health import HealthServer, PortTaken
from streams.settings import Settings

logger = logging.getLogger(__name__)


class Closable(Protocol):
    """Something held open."""

    def close(self) -> None:
        """Lets go of it."""


def run(settings: Settings, *, stop: threading.Event) -> None:
    """Archives until `stop` is set. Blocks.

    The embedded archive is migrated and served over HTTP; a server is neither: `tidegate migrate`
    does the one, and it does the other itself. Raises ArchiveUnavailable, PortTaken.
    """
    archive = open_archive(settings)
    standing = Standing()
    servers: list[Closable] = []
    try:
        if settings.archive == "embedded":
            migrate(archive)
            servers.append(_serve(archive, settings))
        if settings.metrics_port >= 0:
            servers.append(
                HealthServer(
                    settings.metrics_host,
                    settings.metrics_port,
                    partial(_report, archive, standing),
                )
            )
        logger.info("archiver started", extra={"archive": settings.archive})
        archiver.run(settings, archive, stop=stop, standing=standing)
    finally:
        for server in servers:
            server.close()
        archive.close()
        logger.info("archiver stopped")


def _serve(archive: Archive, settings: Settings) -> Closable:
    """Opens the query port of the embedded archive."""
    from streams.archive.embedded import EmbeddedArchive  # noqa: PLC0415 - see opening.py
    from streams.archive.http import QueryServer  # noqa: PLC0415

    if not isinstance(archive, EmbeddedArchive):
        message = f"{type(archive).__name__} has no query port of ours"
        raise TypeError(message)
    host, port = settings.archive_http_host, settings.archive_http_port
    try:
        return QueryServer(archive.reader(), host=host, port=port)
    except OSError as error:
        message = f"ClickHouse HTTP cannot listen on {host}:{port}: {error.strerror}"
        raise PortTaken(message) from error


def _report(archive: Archive, standing: Standing) -> dict[str, object]:
    """The archiver is healthy while it runs: an outage of ClickHouse is no reason to restart it."""
    return {"healthy": True, "archive": type(archive).__name__, **standing.report()}
