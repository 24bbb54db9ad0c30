"""Opening the archive that the settings name."""

from streams.archive.archive import Archive, ArchiveRejected
from streams.archive.server import ServerArchive
from streams.settings import Settings


def open_archive(settings: Settings) -> Archive:
    """Opens the embedded archive, or gives one that connects to the server when first used.

    Raises ArchiveUnavailable when another process has the embedded archive's directory, and
    ArchiveRejected when `settings.archive` names neither.
    """
    if settings.archive == "embedded":
        # The engine takes about 300 MB: an archiver that writes to a server does without it.
        from streams.archive.embedded import EmbeddedArchive  # noqa: PLC0415

        return EmbeddedArchive(settings.archive_dir, database=settings.clickhouse_database)
    if settings.archive == "server":
        return ServerArchive(settings)
    message = f"archive is {settings.archive!r}, not 'embedded' or 'server'"
    raise ArchiveRejected(message)
