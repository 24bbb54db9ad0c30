"""The commands `tidegate actors`: what is remembered of actors, and reversing what is wrong."""

import time
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer

from schemas.labels import SURFACES, Surface
from streams.cli.console import (
    FAILED,
    OUT,
    AsJson,
    Broker,
    Failure,
    Misuse,
    end,
    harmless,
    print_json,
    print_table,
    settings,
)

FIND = """SELECT DISTINCT actor_id, surface FROM verdicts
WHERE item_id = {item:String} AND ({surface:String} = '' OR surface = {surface:String}) LIMIT 2"""


def show(
    actor: Annotated[str, typer.Argument(metavar="ACTOR_ID", help="As products name it.")],
    broker: Broker = None,
    *,
    json: AsJson = False,
) -> None:
    """Show what workers remember of an actor, as rules would be told now; exit 1 if nothing.

    Of the group TIDEGATE_GROUP, weighed by the policy in use. Items are shown as hashes.
    """
    from streams.actors.looking import look_up, told  # noqa: PLC0415 - keeps `--help` fast
    from streams.pipeline import load_policy  # noqa: PLC0415

    given = settings(broker)
    found = look_up(given.broker, given.group, actor)
    if found is None:
        OUT.print(f"{harmless(actor)}: nothing is remembered", markup=False, highlight=False)
        end(FAILED)
    partition, state = found
    rows = told(state, int(time.time() * 1000), load_policy(given).policy.memory)
    if json:
        print_json({"actor_id": actor, "partition": partition, **rows})
        return
    print_table(("what", "value"), [("partition", partition), *rows.items()])


def reverse(
    item: Annotated[str, typer.Argument(metavar="ITEM_ID", help="The item, as verdicts name it.")],
    surface: Annotated[
        str | None, typer.Option(help="The item's product; else as the archive knows it.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option(help="The item's actor; else as the archive knows it.")
    ] = None,
    broker: Broker = None,
) -> None:
    """Take back the violations and strikes that an item, in any revision, brought its actor.

    For appeals that were granted. Verdicts stay as they are; no later one on the item counts.
    """
    from streams.actors.deciding import reversal, strike_form  # noqa: PLC0415
    from streams.publisher import Publisher  # noqa: PLC0415

    given = settings(broker)
    if surface is not None and surface not in SURFACES:
        message = f"--surface is one of {', '.join(SURFACES)}"
        raise Misuse(message)
    if actor is None or surface is None:
        actor, surface = _found(item, surface)
    known: Surface = next(one for one in SURFACES if one == surface)
    reversed_ = reversal(
        reversal_id=f"reversal-{uuid4().hex}",
        item_id=item,
        surface=known,
        actor_id=actor,
        at=datetime.now(UTC),
    )
    publisher = Publisher(
        given.broker, client_id="tidegate-actors", timeout_s=given.drain_timeout_s
    )
    publisher.publish([strike_form(reversed_)])
    shown = f"{harmless(item)} ({surface}) counts no more against {harmless(actor)}"
    OUT.print(shown, markup=False, highlight=False)


def _found(item: str, surface: str | None) -> tuple[str, str]:
    """The item's actor and product, by the archive."""
    from streams.archive.errors import QueryFailed  # noqa: PLC0415
    from streams.archive.query import query  # noqa: PLC0415

    try:
        rows = query(settings(), FIND, {"item": item, "surface": surface or ""}).rows
    except QueryFailed as error:
        raise Failure(str(error)) from error
    if len(rows) != 1:
        what = "holds no verdict on" if not rows else "holds several products' verdicts on"
        message = f"the archive {what} {item}: name --surface and --actor"
        raise Failure(message)
    return str(rows[0][0]), str(rows[0][1])
