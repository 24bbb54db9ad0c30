"""`python -m tests.fuzz --records 100000 --seed 1`: mutated records through every decoder."""

import argparse
import logging
import sys
import tempfile
import traceback
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .run import Counts, run


def main() -> int:
    """Runs the command; exit code 1 when a decoder crashed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="inputs over all decoders")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same inputs")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    console = Console(stderr=True)
    with Progress(console=console) as progress, tempfile.TemporaryDirectory() as folder:
        bar = progress.add_task("fuzzing", total=options.records)

        def show(target: str, n: int) -> None:
            progress.update(bar, advance=n, description=target)

        counts = run(options.records, options.seed, Path(folder), show)
    _print(counts, options.seed)
    return 1 if counts.crashes else 0


def _print(counts: Counts, seed: int) -> None:
    console = Console()
    table = Table("decoder", "outcome", "inputs", title=f"seed {seed}")
    for name, outcomes in counts.outcomes.items():
        for outcome, n in sorted(outcomes.items()):
            table.add_row(name, outcome, f"{n:,}")
    console.print(table)
    console.print(f"{counts.n_inputs:,} inputs answered, {len(counts.crashes)} chunks crashed")
    for crash in counts.crashes[:10]:
        console.print(f"{crash.target}, seed {crash.seed}:", highlight=False)
        lines = traceback.format_exception(crash.error)
        console.print("".join(lines), markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
