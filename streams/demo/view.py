"""The demo's terminal: verdicts as they come, as a live table or as plain lines."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from schemas.labels import ACTIONS, SURFACES, Action
from schemas.verdicts import Verdict
from streams.demo.tally import Tally, Update, is_coordinated, top_reasons

STYLES: Final[dict[Action, str]] = {
    "allow": "green",
    "label": "cyan",
    "limit": "yellow",
    "hold": "magenta",
    "remove": "bold red",
}
REFRESH_S: Final = 0.25
LINE_S: Final = 1.0
N_PLAIN_NOTABLE: Final = 3
"""Verdicts other than allow that a plain line is followed by."""
EXCERPT_CELLS: Final = 60
JOINERS: Final = "\u200c\u200d"
"""Invisible, but Indic scripts, Persian and emoji need them."""


def watch(
    updates: Iterable[Update | None],
    *,
    console: Console,
    excerpts: Mapping[str, str],
    clock: Callable[[], float],
    started_s: float,
) -> Tally:
    """Shows updates until they end; gives the final tally.

    None among the updates says that nothing happened: send it now and then, or an idle screen
    stands still. `excerpts` maps item ids to texts and may grow meanwhile; `clock` is monotonic,
    in seconds. Where `console` is no terminal, a line is written every second instead.
    """
    tally = Tally(started_s=started_s)
    if console.is_terminal:
        _watch_live(updates, tally, console, excerpts, clock)
    else:
        _watch_plain(updates, tally, console, excerpts, clock)
    return tally


def _watch_live(
    updates: Iterable[Update | None],
    tally: Tally,
    console: Console,
    excerpts: Mapping[str, str],
    clock: Callable[[], float],
) -> None:
    drawn_s = clock()
    first = render(tally, excerpts, now_s=drawn_s)
    with Live(first, console=console, auto_refresh=False) as live:
        for update in updates:
            now_s = clock()
            if update is not None:
                tally.add(update, now_s=now_s)
            if now_s - drawn_s >= REFRESH_S:
                live.update(render(tally, excerpts, now_s=now_s), refresh=True)
                drawn_s = now_s
        live.update(render(tally, excerpts, now_s=clock()), refresh=True)


def _watch_plain(
    updates: Iterable[Update | None],
    tally: Tally,
    console: Console,
    excerpts: Mapping[str, str],
    clock: Callable[[], float],
) -> None:
    written_s = clock()
    n_written = 0
    is_first = True
    for update in updates:
        now_s = clock()
        if update is not None:
            tally.add(update, now_s=now_s)
        if is_first and (waited := tally.first_after_s()) is not None:
            _line(console, f"first verdict after {waited:.1f} s")
            is_first = False
        if now_s - written_s >= LINE_S:
            _line(console, status_line(tally, now_s=now_s))
            n_new = min(tally.n_notable - n_written, N_PLAIN_NOTABLE)
            for verdict in list(tally.notable)[:n_new]:
                _line(console, "    " + notable_line(verdict, excerpts))
            written_s, n_written = now_s, tally.n_notable
    _line(console, status_line(tally, now_s=clock()))


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def status_line(tally: Tally, *, now_s: float) -> str:
    """Gives the counts as one line."""
    surfaces = "  ".join(f"{s} {tally.by_surface[s]:,}" for s in SURFACES)
    actions = "  ".join(f"{a} {tally.by_action[a]:,}" for a in ACTIONS)
    return (
        f"{now_s - tally.started_s:5.0f} s | {tally.total:,} verdicts, "
        f"{tally.rate(now_s=now_s):,.0f}/s | {surfaces} | {actions} | {_latency(tally)} | "
        f"dead letters {tally.counts.dead_letters:,}{_campaigns(tally)}"
    )


def _campaigns(tally: Tally) -> str:
    if not tally.n_members:
        return ""
    return f" | in campaigns {tally.n_members:,}, {tally.n_revised:,} of them revised"


def notable_line(verdict: Verdict, excerpts: Mapping[str, str]) -> str:
    """Gives a verdict with its highest reasons and the beginning of the text as one line."""
    reasons = ", ".join([*top_reasons(verdict), *_campaign(verdict)])
    text = excerpt(excerpts.get(verdict.item_id, ""))
    return f"{verdict.surface} {verdict.action}: {reasons} | {text}"


def _campaign(verdict: Verdict) -> list[str]:
    """What a verdict says of the item's campaign, where something in it violates."""
    if verdict.features is None or not is_coordinated(verdict):
        return []
    told = verdict.features.campaign
    how = "revised: one of" if verdict.stage == "campaign" else "one of"
    return [f"{how} {told.n_actors} actors in a campaign, {told.violating_share:.0%} violating"]


def render(tally: Tally, excerpts: Mapping[str, str], *, now_s: float) -> Group:
    """Draws a tally: a table of counts, a line of latency, and the latest notable verdicts."""
    counts = tally.counts
    first_s = tally.first_after_s()
    waited = "waiting for the first verdict" if first_s is None else f"first after {first_s:.1f} s"
    line = Text(
        f" {_latency(tally)}   {waited}   sent {counts.sent:,}   "
        f"dead letters {counts.dead_letters:,}   filtered {counts.filtered:,}{_campaigns(tally)}"
    )
    return Group(_counts_table(tally, now_s), line, _notable_table(tally, excerpts))


def _latency(tally: Tally) -> str:
    p50, p99 = tally.latency_ms(0.50), tally.latency_ms(0.99)
    if p50 is None or p99 is None:
        return "p50 -  p99 -"
    return f"p50 {p50:,.0f} ms  p99 {p99:,.0f} ms"


def _counts_table(tally: Tally, now_s: float) -> Table:
    table = Table(box=SIMPLE_HEAD, title="Verdicts", title_justify="left", show_footer=True)
    table.add_column("surface", footer="all")
    table.add_column("total", justify="right", footer=f"{tally.total:,}")
    table.add_column("per s", justify="right", footer=f"{tally.rate(now_s=now_s):,.0f}")
    for action in ACTIONS:
        footer = f"{tally.by_action[action]:,}"
        table.add_column(action, justify="right", style=STYLES[action], footer=footer)
    for surface in SURFACES:
        table.add_row(
            surface,
            f"{tally.by_surface[surface]:,}",
            f"{tally.rate(now_s=now_s, surface=surface):,.0f}",
            *(f"{tally.by_surface_action[surface, action]:,}" for action in ACTIONS),
        )
    return table


def _notable_table(tally: Tally, excerpts: Mapping[str, str]) -> Table:
    table = Table(box=SIMPLE_HEAD, title="Latest other than allow", title_justify="left")
    table.add_column("surface", no_wrap=True)
    table.add_column("action", no_wrap=True)
    table.add_column("reasons", no_wrap=True)
    # The text comes last: whichever way its script runs, it moves no other column.
    table.add_column("text", no_wrap=True, overflow="ellipsis")
    for verdict in tally.notable:
        table.add_row(
            verdict.surface,
            Text(verdict.action, style=STYLES[verdict.action]),
            Text(", ".join([*top_reasons(verdict), *_campaign(verdict)])),
            Text(excerpt(excerpts.get(verdict.item_id, ""))),
        )
    return table


def excerpt(text: str, max_cells: int = EXCERPT_CELLS) -> str:
    """Gives the beginning of a text, safe to print: one line, at most `max_cells` columns wide.

    Control and direction-changing characters are dropped, so that a text cannot steer the terminal.
    """
    head = " ".join(text[: 4 * max_cells].split())
    shown = "".join(
        character
        for character in head
        if character in JOINERS or not unicodedata.category(character).startswith("C")
    )
    if cell_len(shown) <= max_cells and len(text) <= 4 * max_cells:
        return shown
    return set_cell_size(shown, min(cell_len(shown), max_cells - 1)).rstrip() + "…"
