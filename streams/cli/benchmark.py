"""The command `tidegate bench`."""

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.console import OUT, AsJson, Broker, print_json


def bench(  # noqa: PLR0913 - options of the command
    events: Annotated[int, typer.Option(min=100, help="Events a drain.")] = 40_000,
    model_events: Annotated[
        int, typer.Option(min=10, help="Events a drain with the text model.")
    ] = 4_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, each thing once a round.")] = 3,
    paced_s: Annotated[float, typer.Option(min=1.0, help="Seconds of each latency run.")] = 20.0,
    detectors: Annotated[
        str, typer.Option(help="Detectors of the runs with a model; empty leaves these out.")
    ] = "text.canary,text.risk,text.links,text.entities",
    broker: Broker = None,
    torch_python: Annotated[
        Path | None, typer.Option(help="A Python with torch and transformers, to compare with.")
    ] = None,
    core_hour_price: Annotated[float, typer.Option(min=0.0, help="US dollars a core hour.")] = 0.04,
    *,
    quick: Annotated[bool, typer.Option(help="A smoke test; its figures mean little.")] = False,
    json: AsJson = False,
) -> None:
    """Measure throughput, latency, cost and memory, as ratios side by side in one run.

    Starts its own embedded broker and workers; --broker measures on another broker instead, and
    leaves the bench's events there.
    """
    from streams.bench.bench import BenchOptions, render, run  # noqa: PLC0415 - keeps --help fast

    options = BenchOptions(
        n_events=events,
        n_model_events=model_events,
        rounds=rounds,
        paced_s=paced_s,
        detectors=tuple(filter(None, detectors.split(","))),
        bootstrap=broker,
        torch_python=torch_python,
        core_hour_usd=core_hour_price,
        is_quick=quick,
    )
    report = run(options)
    if json:
        print_json(report)
    else:
        OUT.print(render(report), markup=False, highlight=False)
