"""Commands that run for long: up, worker, archiver, bench."""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streams import logs
from streams.cli.console import ERR, OUT, Broker, Failure, Misuse, harmless, settings
from streams.stopping import leave, stop_on_signal

if TYPE_CHECKING:
    from streams.embedded.stack import Stack


class LaneName(StrEnum):
    """The media lanes, as the command takes them."""

    image = "image"
    av = "av"


MetricsPort = Annotated[
    int | None,
    typer.Option(min=-1, max=65535, help="Metrics and health port; 0 a free one, -1 none."),
]


def worker(broker: Broker = None, metrics_port: MetricsPort = None) -> None:
    """Run a worker: judge product events from Kafka until stopped. SIGTERM finishes its batch."""
    given = settings(broker)
    if metrics_port is not None:
        given = msgspec.structs.replace(given, metrics_port=metrics_port)
    logs.configure(given.log_level)
    from streams.agents.worker import run  # noqa: PLC0415 - keeps `--help` fast

    leave(run(given))


def lane(
    name: Annotated[LaneName, typer.Argument(help="image, or av: clips and recordings.")],
    broker: Broker = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Run a media lane: fetch and judge pictures, or clips and recordings, until stopped.

    Files are decoded in processes of their own. SIGTERM finishes what is in hand.
    """
    given = settings(broker)
    if metrics_port is not None:
        given = msgspec.structs.replace(given, metrics_port=metrics_port)
    logs.configure(given.log_level)
    from streams.agents.lane import run  # noqa: PLC0415

    leave(run(given, name.value))


def archiver(broker: Broker = None, metrics_port: MetricsPort = None) -> None:
    """Run the archiver: write verdicts and dead letters to ClickHouse until stopped.

    The embedded archive also answers ClickHouse's HTTP protocol, read-only.
    """
    given = settings(broker)
    if metrics_port is not None:
        given = msgspec.structs.replace(given, metrics_port=metrics_port)
    logs.configure(given.log_level)
    from streams.archive.service import run  # noqa: PLC0415

    run(given, stop=stop_on_signal())


def up(  # noqa: PLR0913, PLR0917 - options of the command
    kafka_port: Annotated[int, typer.Option(min=1, max=65535, help="Kafka.")] = 9092,
    http_port: Annotated[int, typer.Option(min=1, max=65535, help="ClickHouse HTTP.")] = 8123,
    metrics_port: Annotated[int, typer.Option(min=1, max=65535, help="Metrics and health.")] = 9108,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    partitions: Annotated[int, typer.Option(min=1, max=256, help="Partitions a topic.")] = 4,
    directory: Annotated[
        Path, typer.Option("--dir", help="Where archive and logs are kept.")
    ] = Path("var/up"),
    events: Annotated[int, typer.Option(min=1, help="Events that --demo sends.")] = 4_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Events a second of --demo.")] = 50.0,
    seed: Annotated[int, typer.Option(help="Seed of the demo's traffic.")] = 1,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Replay traffic of all products.")] = False,
    exit_after: Annotated[
        bool, typer.Option("--exit", help="With --demo: stop when its events are archived.")
    ] = False,
) -> None:
    """Run everything on this machine, nothing installed: broker, workers, archive.

    Listens on 127.0.0.1 alone. Ctrl-C or closing the terminal stops it all in order.
    """
    if exit_after and not demo:
        message = "--exit goes with --demo"
        raise Misuse(message)
    given = settings()
    from streams.demo.run import (  # noqa: PLC0415 - keeps `--help` fast
        await_archived,
        prepared,
        run_demo,
    )
    from streams.embedded.stack import Ports, Stack  # noqa: PLC0415
    from streams.pipeline import check  # noqa: PLC0415

    if demo:
        given = prepared(given, directory.resolve())
    check(given)  # its processes have the same settings, and would only say so in their logs
    stop = stop_on_signal()
    ports = Ports(kafka=kafka_port, http=http_port, metrics=metrics_port)
    with Stack(
        given, ports, n_workers=workers, n_partitions=partitions, directory=directory.resolve()
    ) as stack:
        _describe(stack)
        if not stack.wait_ready(stop.is_set):
            return
        OUT.print("ready", highlight=False)
        if demo:
            run_demo(stack, n_events=events, rate_hz=rate, seed=seed, should_stop=stop.is_set)
        is_archived = not demo or await_archived(stack, given.archiver_group, stop.is_set)
        if exit_after:
            if not is_archived and not stop.is_set():
                message = "the archive did not catch up"
                raise Failure(message)
        else:
            if demo and is_archived:
                OUT.print("The archive stays queryable; Ctrl-C stops everything.")
            while not stop.wait(1.0):
                for line in stack.watch():
                    ERR.print(harmless(line), markup=False, highlight=False)
        with suppress(OSError):  # a hangup's terminal is gone
            OUT.print("stopping", highlight=False)


def _describe(stack: "Stack") -> None:
    ports = stack.ports
    lines = (
        f"Kafka            127.0.0.1:{ports.kafka:<6} pid {stack.broker.pid}",
        *(
            f"{one.name:<16} pid {one.pid}"
            for one in (*stack.workers, *stack.lanes, *stack.campaigns)
        ),
        f"archiver         pid {stack.archiver.pid}",
        f"ClickHouse HTTP  http://127.0.0.1:{ports.http}",
        f"metrics, health  http://127.0.0.1:{ports.metrics}/metrics /health",
        f"archive, logs    {os.path.relpath(stack.directory)}",
    )
    for line in lines:
        OUT.print(line, markup=False, highlight=False)
