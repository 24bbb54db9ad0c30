"""Opening the archive that the settings name."""

from streams.archive.archive import Archive, ArchiveRejected
from streams.archive.embedded import EmbeddedArchive
from streams.archive.server import ServerArchive
from streams.settings import Settings


def open_archive(settings: Settings) -> Archive:
    """Opens the embedded archive, or gives one that connects to the server when first used.

    Raises ArchiveUnavailable when another process has the embedded archive's directory, and
    ArchiveRejected when `settings.archive` names neither.
    """
    if settings.archive == "embedded":
        return EmbeddedArchive(settings.archive_dir, database=settings.clickhouse_database)
    if settings.archive == "server":
        return ServerArchive(settings)
    message = f"archive is {settings.archive!r}, not 'embedded' or 'server'"
    raise ArchiveRejected(message)
