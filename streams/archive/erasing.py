"""Erasing an actor from the archive: rows that name it, and the signals of its verdicts."""

from typing import Final

from streams.archive.archive import Archive

_STATEMENTS: Final = (
    ("signals", "verdict_id IN (SELECT verdict_id FROM verdicts WHERE actor_id = {actor})"),
    ("verdicts", "actor_id = {actor}"),
    ("dead_letters", "key = {actor}"),
)
"""Verdicts last: if it is interrupted, it can be done again."""


def erase(archive: Archive, actor: str) -> dict[str, int]:
    """Deletes the rows of an actor; gives how many there were, by table.

    Rewrites what holds them and blocks until that is done. Dead letters are found by their key,
    which products set to the actor. Labels and counts name no actor, and stay. Raises
    ArchiveUnavailable, ArchiveRejected.
    """
    literal = f"unhex('{actor.encode().hex()}')"
    n_rows: dict[str, int] = {}
    for table, condition in _STATEMENTS:
        where = condition.format(actor=literal)
        ((n,),) = archive.select(f"SELECT count() AS n FROM {table} WHERE {where}")  # noqa: S608
        n_rows[table] = int(str(n))
        if n_rows[table]:
            archive.execute(f"ALTER TABLE {table} DELETE WHERE {where} SETTINGS mutations_sync = 1")
    return n_rows
