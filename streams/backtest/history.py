"""Archived history, in pages that follow each other: all verdicts of some items at a time.

Pages are cut along the tables' own order (surface, item), so that each reads its stretch of the
tables alone and memory does not grow with the period. Blocks.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from schemas.labels import Action, Surface
from schemas.signals import Signal
from streams.archive.errors import QueryFailed
from streams.archive.query import query, read
from streams.backtest.selection import Selection, condition, literal
from streams.settings import Settings

PAGE_VERDICTS: Final = 20_000
"""Verdicts of a page, but for those of its last item. About 60 MB in a process at most."""


TOO_LARGE: Final = frozenset({158, 159, 241, 307, 396})
"""ClickHouse's codes: too many rows or bytes, too slow, too much memory."""
CUTS: Final = 32
"""Pages that are cut at once."""


class RecordedSignal(Signal, frozen=True, array_like=True, gc=False):
    """A signal as it is read: label, score, detector, part. Evidence is not."""


class Recorded(Struct, frozen=True, array_like=True, gc=False):
    """A verdict as it is read: what it was decided from, and what was decided.

    Texts are empty where there is nothing. Arrays of one prefix go together, an entry a reason.
    """

    verdict_id: str
    decided_ms: int
    surface: Surface
    item_id: str
    actor_id: str
    item_revision: int
    revision: int
    stage: str
    policy_hash: str
    missing: tuple[str, ...]
    pending: tuple[str, ...]
    features: str
    mode: str
    action: Action
    actor_action: str
    actor_action_duration_s: int | None
    queue: str
    priority: str
    codes: tuple[str, ...]
    rules: tuple[str, ...]
    versions: tuple[str, ...]
    labels: tuple[str, ...]
    scores: tuple[float | None, ...]
    modes: tuple[str, ...]
    actions: tuple[str, ...]
    would_action: str
    would_actor_action: str
    would_actor_action_duration_s: int | None
    would_queue: str
    would_codes: tuple[str, ...]
    would_rules: tuple[str, ...]
    would_labels: tuple[str, ...]
    would_scores: tuple[float | None, ...]
    would_actions: tuple[str, ...]


class Labelled(Struct, frozen=True, array_like=True):
    """A person's decision on an item, as it is read."""

    item_id: str
    item_revision: int
    present: tuple[str, ...]
    absent: tuple[str, ...]


class Page(Struct, frozen=True):
    """The items of a surface after `after` up to `last`, and how many verdicts they have.

    That number counts verdicts twice that were archived again and are not yet merged.
    """

    surface: Surface
    after: str
    last: str
    n_verdicts: int


class Loaded(Struct, frozen=True):
    """A page's verdicts, their signals by verdict id, and people's decisions on its items.

    Signals of a verdict are in its order; `labelled` are the oldest first.
    """

    verdicts: list[Recorded]
    signals: dict[str, tuple[RecordedSignal, ...]]
    labelled: list[Labelled]


class _Signals(Struct, frozen=True, array_like=True):
    verdict_id: str
    decided_ms: int
    signals: tuple[RecordedSignal, ...]


class _Cut(Struct, frozen=True, array_like=True):
    last: str
    n_verdicts: int


class _Count(Struct, frozen=True, array_like=True):
    surface: str
    n_verdicts: int


class History(Struct, frozen=True, kw_only=True):
    """The archive of the settings. `is_numeric`: its times are whole numbers."""

    settings: Settings
    is_numeric: bool
    has_labels: bool


def open_history(settings: Settings) -> History:
    """Looks at the archive. Raises ArchiveUnavailable and QueryFailed, as all here do."""
    found = query(
        settings,
        "SELECT type FROM system.columns WHERE database = currentDatabase()"
        " AND table = 'verdicts' AND name = 'decided_at'",
    )
    labels = query(settings, "SELECT count() FROM labels")
    return History(
        settings=settings,
        is_numeric=found.rows == [["Int64"]],
        has_labels=labels.rows != [[0]],
    )


def counts(history: History, selection: Selection) -> dict[str, int]:
    """Gives how many verdicts are selected, by surface; those archived twice may count twice."""
    rows = read(
        history.settings,
        f"SELECT surface, count() FROM verdicts WHERE {_of(history, selection)} GROUP BY surface",  # noqa: S608
        _Count,
    )
    return {row.surface: row.n_verdicts for row in rows if row.surface in selection.surfaces}


def pages(
    history: History, selection: Selection, *, n_verdicts: int = PAGE_VERDICTS
) -> Iterator[Page]:
    """Gives the pages in order, each when it is asked for."""
    for surface in selection.surfaces:
        yield from _cut(history, selection, Page(surface, "", "", 0), n_verdicts)


def parts(history: History, selection: Selection, page: Page) -> Iterator[Page]:
    """Gives the pages that a page is made of, a tenth as large.

    For those whose verdicts have so many signals that the archive's limits stop it.
    """
    return _cut(history, selection, page, max(page.n_verdicts // 10, 1))


def is_too_large(error: QueryFailed, page: Page) -> bool:
    """Whether a page could not be read for its size, and can be taken apart."""
    return error.code in TOO_LARGE and page.n_verdicts > 1


def _cut(history: History, selection: Selection, within: Page, n_verdicts: int) -> Iterator[Page]:
    """Cuts what lies within a page; one without end is all of the surface behind `after`."""
    surface, after = within.surface, within.after
    up_to = f" AND item_id <= {literal(within.last)}" if within.last else ""
    while True:
        cuts = read(
            history.settings,
            "SELECT max(item_id), count() FROM (SELECT item_id, rowNumberInAllBlocks() AS n"  # noqa: S608
            " FROM (SELECT item_id FROM verdicts WHERE"
            f" surface = '{surface}' AND item_id > {literal(after)}{up_to} AND"
            f" {_of(history, selection)} ORDER BY surface, item_id"
            f" LIMIT {n_verdicts * CUTS})) GROUP BY intDiv(n, {n_verdicts})"
            f" ORDER BY intDiv(n, {n_verdicts})",
            _Cut,
        )
        for cut in cuts:
            if cut.last > after:
                yield Page(surface, after, cut.last, cut.n_verdicts)
                after = cut.last
        if len(cuts) < CUTS:
            break


def load_page(history: History, selection: Selection, page: Page) -> Loaded:
    """Reads a page."""
    settings = history.settings
    stretch = (
        f"surface = '{page.surface}' AND item_id > {literal(page.after)}"
        f" AND item_id <= {literal(page.last)}"
    )
    selected = f"{stretch} AND {_of(history, selection)}"
    verdicts = read(
        settings,
        f"SELECT {_columns(history)} FROM verdicts FINAL WHERE {selected}",  # noqa: S608
        Recorded,
    )
    within = selection
    only = ""
    if selection.where or selection.hashes:
        within = Selection(start=selection.start, end=selection.end)
        only = f" AND verdict_id IN (SELECT verdict_id FROM verdicts WHERE {selected})"  # noqa: S608
    period = condition(within, is_numeric=history.is_numeric)
    # A verdict that was decided again has signals of both times: those of its own are taken.
    signals = read(
        settings,
        f"SELECT toString(verdict_id), {_ms(history)},"  # noqa: S608
        " arrayMap(x -> (tupleElement(x, 2), tupleElement(x, 3), tupleElement(x, 4),"
        " tupleElement(x, 5)), arraySort(groupArray((ordinal, label, score, detector, part))))"
        f" FROM signals FINAL WHERE {stretch} AND {period}{only}"
        " GROUP BY verdict_id, decided_at",
        _Signals,
    )
    times = {one.verdict_id: one.decided_ms for one in verdicts}
    return Loaded(
        verdicts,
        {one.verdict_id: one.signals for one in signals
         if times.get(one.verdict_id) == one.decided_ms},
        _labelled(history, stretch),
    )  # fmt: skip


def _labelled(history: History, stretch: str) -> list[Labelled]:
    if not history.has_labels:
        return []
    return read(
        history.settings,
        "SELECT item_id, item_revision, present, absent FROM labels FINAL"  # noqa: S608
        f" WHERE {stretch} ORDER BY labelled_at, label_id",
        Labelled,
    )


def _of(history: History, selection: Selection) -> str:
    return condition(selection, is_numeric=history.is_numeric)


def _ms(history: History) -> str:
    return "decided_at" if history.is_numeric else "toUnixTimestamp64Milli(decided_at)"


def _columns(history: History) -> str:
    """The columns of `Recorded`, in its order."""
    return (
        f"toString(verdict_id), {_ms(history)}, surface, item_id, actor_id, item_revision,"
        " revision, stage, policy_hash, missing, pending, features, mode, action, actor_action,"
        " actor_action_duration_s, queue, priority, reasons.code, reasons.rule,"
        " reasons.policy_version, reasons.label, reasons.score, reasons.mode, reasons.action,"
        " would_action, would_actor_action, would_actor_action_duration_s, would_queue,"
        " would_reasons.code, would_reasons.rule, would_reasons.label, would_reasons.score,"
        " would_reasons.action"
    )


__all__ = [
    "History",
    "Labelled",
    "Loaded",
    "Page",
    "Recorded",
    "RecordedSignal",
    "counts",
    "is_too_large",
    "load_page",
    "open_history",
    "pages",
    "parts",
]
