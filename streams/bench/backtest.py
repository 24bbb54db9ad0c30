"""Measures backtests: `python -m streams.bench.backtest` prints rate, memory and identity.

A made-up week (`streams.bench.week`) is archived by a process of its own, which then serves it as
the archiver does; what is decided again comes from there. A larger history is the same once more
under other ids. Rates include the reading; ClickHouse
has the same cores.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from streams import policy
from streams.archive import migrations
from streams.archive.archive import Archive, ArchivedVerdict, Rows
from streams.backtest.running import load_policies, run
from streams.backtest.selection import Selection
from streams.bench import machine, week
from streams.bench.errors import BenchFailed
from streams.settings import Settings

BLOCK_ITEMS: Final = 5_000
MIB: Final = 1 << 20


class Measured(Struct, frozen=True, kw_only=True):
    """One backtest over the first items of the week. CPU seconds are by process."""

    n_verdicts: int
    n_policies: int
    n_compared: int
    n_identical: int
    elapsed_s: float
    per_s: float
    backtest_cpu_s: float
    archive_cpu_s: float
    peak_bytes: int
    stages: dict[str, int]


class Figures(Struct, frozen=True, kw_only=True):
    """The machine, and one line a size."""

    machine: machine.Machine
    n_processes: int
    runs: list[Measured]


def measure(
    n_items: int, n_doublings: int, n_processes: int, folder: Path, page_verdicts: int
) -> Figures:
    """Archives a week and backtests a tenth of its time, then all."""
    before = machine.describe()
    start = _start()
    runs = []
    with archived(n_items, start, folder, n_doublings) as (settings, pid):
        for share in (0.1, 1.0):
            end = start + timedelta(days=week.N_DAYS) * share + timedelta(days=share // 1)
            runs.append(_measured(settings, pid, start, end, n_processes, page_verdicts))
    return Figures(machine=before, n_processes=n_processes, runs=runs)


def _start() -> datetime:
    """The midnight eight days ago: rows of long ago would be past their retention."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=week.N_DAYS + 1)


def _measured(
    settings: Settings,
    pid: int,
    start: datetime,
    end: datetime,
    n_processes: int,
    page_verdicts: int,
) -> Measured:
    """Every policy of the week decides what it had decided; the rate is that of the last."""
    n_compared = n_identical = 0
    stages: dict[str, int] = {}
    history = week.policies_of(policy.load(policy.SHIPPED))
    policies = load_policies(policy.SHIPPED, None, settings)
    selection = Selection(start=start, end=end)
    cpu, own = _cpu_s(pid), _own_cpu_s()
    counted = run(
        settings, selection, policies, n_processes=n_processes, page_verdicts=page_verdicts
    )
    cpu, own = _cpu_s(pid) - cpu, _own_cpu_s() - own
    for made in history:
        again = msgspec.structs.replace(policies, new=made)
        only = msgspec.structs.replace(selection, hashes=(made.hash,))
        if made.hash not in counted.tally.hashes:
            continue
        found = run(settings, only, again, n_processes=n_processes).tally
        n_compared += found.n_compared
        n_identical += found.n_identical
        for (stage, is_same), n in found.stages.items():
            stages[stage] = stages.get(stage, 0) + n * is_same
    n = counted.tally.n_verdicts
    return Measured(
        n_verdicts=n,
        n_policies=len(counted.tally.hashes),
        n_compared=n_compared,
        n_identical=n_identical,
        elapsed_s=counted.elapsed_s,
        per_s=n / counted.elapsed_s,
        backtest_cpu_s=own,
        archive_cpu_s=cpu,
        peak_bytes=counted.peak_bytes,
        stages=stages,
    )


@contextmanager
def archived(
    n_items: int, start: datetime, folder: Path, n_doublings: int = 0
) -> Iterator[tuple[Settings, int]]:
    """Gives the settings of an archive that holds the week, and the process that serves it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_serve, args=(theirs, n_items, start, folder, n_doublings), daemon=True
    )
    process.start()
    theirs.close()
    try:
        port = ours.recv()
        yield Settings(archive_http_port=port), int(process.pid or 0)
    except EOFError as error:
        message = "the archive's process ended"
        raise BenchFailed(message) from error
    finally:
        ours.close()
        process.join(30)
        process.kill()


def _serve(pipe: Connection, n_items: int, start: datetime, folder: Path, n_doublings: int) -> None:
    """Archives a week, says on which port it is served, and serves it until nobody listens."""
    from streams.archive.embedded import EmbeddedArchive  # noqa: PLC0415 - 300 MB, here alone
    from streams.archive.http import QueryServer  # noqa: PLC0415

    archive = EmbeddedArchive(folder / "archive")
    migrations.migrate(archive)
    fill(archive, n_items, start)
    for n in range(n_doublings):
        _double(archive, n)
    server = QueryServer(archive.reader(), host="127.0.0.1", port=0)
    pipe.send(server.port)
    with suppress(EOFError):
        pipe.recv()
    server.close()
    archive.close()


def fill(archive: Archive, n_items: int, start: datetime) -> None:
    """Archives the week."""
    made = week.week(n_items, start, week.policies_of(policy.load(policy.SHIPPED)))
    n = 0
    while block := list(islice(made, BLOCK_ITEMS)):
        archive.write(
            Rows(
                verdicts=tuple(
                    ArchivedVerdict(verdict=verdict) for one in block for verdict in one.verdicts
                ),
                labels=tuple(one.label for one in block if one.label is not None),
            ),
            token=f"week-{n}",
        )
        n += 1


def _double(archive: Archive, n: int) -> None:
    """Archives all once more, under other ids."""
    for table, own in (
        ("signals", "reinterpretAsUUID(MD5(concat(toString(verdict_id), '{n}'))) AS verdict_id,"),
        ("verdicts", "reinterpretAsUUID(MD5(concat(toString(verdict_id), '{n}'))) AS verdict_id,"),
        ("labels", "concat(label_id, '-{n}') AS label_id,"),
    ):
        replaced = f"{own.format(n=n)} concat(item_id, '-{n}') AS item_id"
        archive.execute(
            f"INSERT INTO {table} SELECT * REPLACE ({replaced}) FROM {table} FINAL"  # noqa: S608
        )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _own_cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def render(figures: Figures) -> str:
    """Gives the figures as lines."""
    lines = [
        f"{figures.machine.cpu}, {figures.machine.n_cores} cores,"
        f" load before {figures.machine.load_1min:.1f}; {figures.n_processes} processes"
    ]
    for one in figures.runs:
        cpu = one.backtest_cpu_s + one.archive_cpu_s
        lines.append(
            f"{one.n_verdicts:,} verdicts by {one.n_policies} policies: {one.per_s:,.0f}/s"
            f" ({one.elapsed_s:.1f} s); {1e6 * one.backtest_cpu_s / one.n_verdicts:.1f} +"
            f" {1e6 * one.archive_cpu_s / one.n_verdicts:.1f} us of processor each, deciding and"
            f" ClickHouse: {2 * one.n_verdicts / cpu:,.0f}/s on two free cores for both,"
            f" {2 * one.n_verdicts / one.backtest_cpu_s:,.0f}/s with ClickHouse elsewhere;"
            f" {one.peak_bytes / MIB:.0f} MiB a process;"
            f" identical {one.n_identical:,} of {one.n_compared:,}"
            f" ({', '.join(f'{stage} {n:,}' for stage, n in one.stages.items())})"
        )
    return "\n".join(lines)


def main() -> None:
    """Reads the options, measures, prints."""
    parser = argparse.ArgumentParser(
        prog="python -m streams.bench.backtest", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--doublings", type=int, default=0, help="archive all twice, so many times")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--page", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(given.items, given.doublings, given.processes, Path(folder), given.page)
    text = msgspec.json.encode(figures).decode() if given.json else render(figures)
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
