"""The command tree. Each command's module is imported when the command runs."""

import logging
from typing import Annotated

import typer

from streams.cli import (
    actors,
    archive,
    backtest,
    banks,
    benchmark,
    broker,
    campaigns,
    dlq,
    eval,  # noqa: A004
    offline,
    policy,
    redteam,
    service,
)
from streams.cli.console import OUT, one_line_errors

app = typer.Typer(
    name="tidegate",
    help="Streaming content moderation: product events in Kafka become verdicts and an archive.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
topics = typer.Typer(help="Kafka topics of the registry.", no_args_is_help=True)
topics.command("create")(broker.create)
topics.command("list")(broker.list_)
letters = typer.Typer(help="Dead letters: records that could not be judged.", no_args_is_help=True)
letters.command("list")(dlq.list_)
letters.command("show")(dlq.show)
letters.command("redrive")(dlq.redrive)
audits = typer.Typer(help="Checks on the running system.", no_args_is_help=True)
audits.command("loss")(broker.loss)
evaluations = typer.Typer(help="Measure detectors on labelled texts.", no_args_is_help=True)
evaluations.command("run")(eval.run)
attacks = typer.Typer(
    help="Attack detectors as people who hide violations do.", no_args_is_help=True
)
attacks.command("run")(redteam.run)
known = typer.Typer(help="Banks of known pictures, by hash.", no_args_is_help=True)
known.command("add")(banks.add)
known.command("remove")(banks.remove)
known.command("list")(banks.list_)
known.command("import")(banks.import_)
known.command("export")(banks.export)
known.command("match")(banks.match)
people = typer.Typer(help="What is remembered of actors.", no_args_is_help=True)
people.command("show")(actors.show)
people.command("reverse")(actors.reverse)
people.command("forget")(actors.forget)
policies = typer.Typer(help="Policies: what is asked for, and what of.", no_args_is_help=True)
policies.command("check")(policy.check)
policies.command("test")(policy.run_examples)
policies.command("diff")(policy.diff)
policies.command("explain")(policy.explain)
policies.command("hash")(policy.hash_)
policies.command("backtest")(backtest.backtest)
tails = typer.Typer(help="Follow a stream in the terminal.", no_args_is_help=True)
tails.command("verdicts")(broker.tail)

app.command("up")(service.up)
app.command("worker")(service.worker)
app.command("lane")(service.lane)
app.command("archiver")(service.archiver)
app.add_typer(topics, name="topics")
app.command("produce")(broker.produce)
app.add_typer(tails, name="tail")
app.command("query")(archive.query)
app.command("migrate")(archive.migrate)
app.add_typer(letters, name="dlq")
app.add_typer(audits, name="audit")
app.command("bench")(benchmark.bench)
app.add_typer(evaluations, name="eval")
app.add_typer(attacks, name="redteam")
app.add_typer(known, name="banks")
app.add_typer(policies, name="policy")
app.add_typer(people, name="actors")
app.add_typer(campaigns.commands, name="campaigns")
app.command("detect")(offline.detect)
app.command("moderate")(offline.moderate)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - keeps `--help` fast

        OUT.print(f"tidegate {version('tidegate')}", highlight=False)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Streaming content moderation for chatrooms, Square, Meme rush and AI generations."""


def main() -> None:
    """Runs the command line; exit codes: 0 well, 1 failed, 2 misused."""
    # A Kafka client's retries are for the log of a service. Where a command keeps none, Python
    # would put them on standard error, among the command's own lines.
    logging.getLogger("librdkafka").addHandler(logging.NullHandler())
    with one_line_errors():
        app()
