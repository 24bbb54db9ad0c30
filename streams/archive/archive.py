"""What an archive is: the Protocol, what it takes, and how it fails."""

from typing import Protocol

from msgspec import Struct

from schemas.campaigns import Campaign
from schemas.records import DeadLetter, HumanLabel, Source
from schemas.verdicts import Verdict


class ArchiveUnavailable(Exception):
    """The archive cannot be reached or is overloaded: the same write may succeed later."""


class ArchiveRejected(Exception):
    """The archive answered that it will not take this: writing it again cannot succeed."""


class ArchivedVerdict(Struct, frozen=True, kw_only=True):
    """A verdict and the place of the record that it answers, where that is known."""

    verdict: Verdict
    source: Source | None = None


class Rows(Struct, frozen=True, kw_only=True):
    """What is written in one go."""

    verdicts: tuple[ArchivedVerdict, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    labels: tuple[HumanLabel, ...] = ()
    campaigns: tuple[Campaign, ...] = ()

    def __len__(self) -> int:
        """Gives the number of records; a verdict with its signals is one."""
        n_others = len(self.labels) + len(self.campaigns)
        return len(self.verdicts) + len(self.dead_letters) + n_others


class Archive(Protocol):
    """A ClickHouse database with the tables of `schemas/clickhouse/`.

    Every method blocks, may be called from any thread, and raises ArchiveUnavailable or
    ArchiveRejected. After ArchiveUnavailable the archive reconnects by itself on the next call.
    """

    def write(self, rows: Rows, /, *, token: str) -> None:
        """Writes `rows`; once it returns they are stored.

        Idempotent by the rows' ids: a row written twice is read once by queries that say FINAL.
        After an exception any part of `rows` may have been stored, so the same rows are to be
        written again. `token` must be the same for the same rows and differ for others.
        """
        ...

    def execute(self, statement: str, /) -> None:
        """Runs a statement that gives no rows, such as a migration's."""
        ...

    def select(self, query: str, /) -> list[tuple[object, ...]]:
        """Gives the rows of `query`, which is trusted and without a FORMAT."""
        ...

    def close(self) -> None:
        """Lets go of connections and files. Twice is harmless."""
        ...
