"""An archive in memory that fails as told. What it stores is checked, not how."""

from collections.abc import Callable

from streams.archive.archive import ArchiveRejected, ArchiveUnavailable, Rows


class MemoryArchive:
    """Keeps ids in sets, so that writing twice stores once."""

    def __init__(self, is_poison: Callable[[str], bool] = lambda _: False) -> None:
        self.is_away = False
        self.verdicts: set[object] = set()
        self.dead_letters: set[str] = set()
        self.labels: set[str] = set()
        self.tokens: list[str] = []
        self._is_poison = is_poison

    def write(self, rows: Rows, /, *, token: str) -> None:
        if self.is_away:
            message = "away"
            raise ArchiveUnavailable(message)
        self.tokens.append(token)
        if any(self._is_poison(row.verdict.item_id) for row in rows.verdicts):
            message = "poison"
            raise ArchiveRejected(message)
        self.verdicts |= {row.verdict.verdict_id for row in rows.verdicts}
        self.dead_letters |= {letter.dead_letter_id for letter in rows.dead_letters}
        self.labels |= {label.label_id for label in rows.labels}

    def execute(self, statement: str, /) -> None: ...

    def select(self, query: str, /) -> list[tuple[object, ...]]:
        return []

    def close(self) -> None: ...
