"""Runs the bench as `python -m streams.bench`; `tidegate bench` takes the same options."""

import argparse
import sys
from pathlib import Path

import msgspec

from streams.bench.bench import BenchOptions, render, run


def main() -> None:
    """Reads the options, measures, prints."""
    given = BenchOptions()
    parser = argparse.ArgumentParser(prog="python -m streams.bench", description=__doc__)
    parser.add_argument("--events", type=int, default=given.n_events)
    parser.add_argument("--model-events", type=int, default=given.n_model_events)
    parser.add_argument("--rounds", type=int, default=given.rounds)
    parser.add_argument("--paced-s", type=float, default=given.paced_s)
    parser.add_argument("--detectors", default=",".join(given.detectors))
    parser.add_argument("--bootstrap")
    parser.add_argument("--torch-python", type=Path)
    parser.add_argument("--core-hour-price", type=float, default=given.core_hour_usd)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    report = run(
        BenchOptions(
            n_events=arguments.events,
            n_model_events=arguments.model_events,
            rounds=arguments.rounds,
            paced_s=arguments.paced_s,
            detectors=tuple(filter(None, arguments.detectors.split(","))),
            bootstrap=arguments.bootstrap,
            torch_python=arguments.torch_python,
            core_hour_usd=arguments.core_hour_price,
            is_quick=arguments.quick,
        )
    )
    text = msgspec.json.encode(report).decode() if arguments.json else render(report)
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
