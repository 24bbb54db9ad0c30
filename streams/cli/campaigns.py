"""The commands `tidegate campaigns`: counting who posts nearly the same, and what there is."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from streams import logs
from streams.cli.console import AsJson, Broker, end, print_json, print_table, settings
from streams.cli.service import MetricsPort

if TYPE_CHECKING:
    from schemas.campaigns import Campaign

commands = typer.Typer(help="Campaigns: nearly the same, posted by several actors.")


@commands.callback(invoke_without_command=True)
def run(context: typer.Context, broker: Broker = None, metrics_port: MetricsPort = None) -> None:
    """Run the process that counts campaigns until stopped; one at a time, others stand by."""
    if context.invoked_subcommand is not None:
        return
    given = settings(broker)
    if metrics_port is not None:
        given = msgspec.structs.replace(given, metrics_port=metrics_port)
    logs.configure(given.log_level)
    from streams.agents.campaigns import run as serve  # noqa: PLC0415 - keeps `--help` fast

    end(serve(given))


@commands.command("list")
def list_(
    broker: Broker = None,
    *,
    over: Annotated[bool, typer.Option("--over", help="Those that are over too.")] = False,
    json: AsJson = False,
) -> None:
    """List campaigns as the broker has them, the largest first."""
    from streams.campaigns.following import all_told  # noqa: PLC0415

    found = [one for one in all_told(settings(broker).broker) if over or one.closed_at is None]
    found.sort(key=lambda one: (-one.n_actors, one.campaign_id))
    if json:
        print_json(msgspec.to_builtins(found))
        return
    print_table(
        ("campaign", "actors", "items", "violating", "surfaces", "first", "last", "by"),
        [_row(one) for one in found],
    )


def _row(one: "Campaign") -> tuple[object, ...]:
    return (
        one.campaign_id,
        one.n_actors,
        one.n_items,
        f"{one.violating_share:.0%}",
        " ".join(one.surfaces),
        f"{one.first_seen:%m-%d %H:%M:%S}",
        f"{one.last_seen:%m-%d %H:%M:%S}" + (" over" if one.closed_at else ""),
        one.fingerprints[0][:60] if one.fingerprints else "",
    )
