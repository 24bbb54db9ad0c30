"""`python -m detectors.training.text_risk.left_out`: runs without some sources, and their report.

`run --data DIR --out DIR` makes the runs, ten minutes each, and goes on where it stopped;
`--only NAME ...` makes some. `speed --out DIR` times the finished ablations side by side, on an
idle machine. `report --out DIR` needs no torch.
"""

import argparse
import logging
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from detectors.arguments import existing_folder, refuse
from detectors.training.text_risk.left_out import page, recipes, report, speed

_TABLES: Final = Path(__file__).parents[3] / "evaluation"


def main() -> None:
    """Runs recipes, or writes the report over those that are finished."""
    given = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if given.command == "report":
        try:
            page.write(report.read(given.out), given.tables)
        except report.NothingFinished as error:
            refuse(str(error))
        return
    if given.command == "speed":
        rates = speed.measure(given.out)
        if not rates:
            refuse(f"{given.out}: no finished ablation")
        for name, rate in rates.items():
            logging.info("%s: %.0f texts/s", name, rate)
        return
    # Only runs need torch: reports are written where it is not installed too.
    from detectors.training.text_risk.left_out import runs  # noqa: PLC0415
    from detectors.training.text_risk.steps import Work  # noqa: PLC0415

    given.out.mkdir(parents=True, exist_ok=True)
    base = Work(data=given.data, out=given.out, threads=given.threads)
    for recipe in recipes.ALL:
        if given.only is None or recipe.name in given.only:
            runs.run(replace(recipe, n_rows=given.rows), base)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.training.text_risk.left_out")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="makes the runs that are not finished")
    run.add_argument("--data", type=existing_folder, required=True, help="the shared data folder")
    run.add_argument("--out", type=Path, required=True, help="a folder for all runs")
    names = [recipe.name for recipe in recipes.ALL]
    run.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    run.add_argument("--threads", type=int, default=2)
    run.add_argument("--rows", type=int, default=recipes.N_ROWS, help="rows of the data sets")
    timed = commands.add_parser("speed", help="times the finished ablations")
    timed.add_argument("--out", type=existing_folder, required=True, help="the folder of the runs")
    wrote = commands.add_parser("report", help="writes text_risk_left_out.md and .json")
    wrote.add_argument("--out", type=existing_folder, required=True, help="the folder of the runs")
    wrote.add_argument(
        "--tables", type=existing_folder, default=_TABLES, help="folder of the two tables"
    )
    return parser


if __name__ == "__main__":
    main()
