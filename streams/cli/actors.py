"""The commands `tidegate actors`: what is remembered of actors, reversing it, forgetting it."""

import sys
import time
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated
from uuid import uuid4

import msgspec
import typer

from schemas.labels import SURFACES, Surface
from schemas.strikes import Strike
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
from streams.settings import Settings

FIND = """SELECT DISTINCT actor_id, surface FROM verdicts
WHERE item_id = {item:String} AND ({surface:String} = '' OR surface = {surface:String})
AND ({actor:String} = '' OR actor_id = {actor:String}) LIMIT 2"""
KNOWN = """SELECT count() AS n FROM verdicts
WHERE item_id = {item:String} AND surface = {surface:String} AND actor_id = {actor:String}"""
MAX_ID_CHARS = 200


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
    reason: Annotated[str, typer.Option(help="Why, with the case's number; it is archived.")],
    surface: Annotated[
        str | None, typer.Option(help="The item's product; else as the archive knows it.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option(help="The item's actor; else as the archive knows it.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who decided it; else the user of this system.")
    ] = None,
    broker: Broker = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the item is not known of the actor.")
    ] = False,
) -> None:
    """Take back the violations and strikes that an item, in any revision, brought its actor.

    For appeals that were granted. Verdicts stay as they are; no later one on the item counts.
    Who did it and why is recorded with it, and among the archive's labels.
    """
    from streams.actors.deciding import remark_form, strike_form  # noqa: PLC0415
    from streams.publisher import Publisher  # noqa: PLC0415

    given = settings(broker)
    if surface is not None and surface not in SURFACES:
        message = f"--surface is one of {', '.join(SURFACES)}"
        raise Misuse(message)
    if not reason.strip():
        message = "--reason is empty"
        raise Misuse(message)
    if actor is None or surface is None:
        actor, surface = _found(item, surface, actor)
        force = True
    known: Surface = next(one for one in SURFACES if one == surface)
    reversed_ = _reversal(item, known, actor, by or getuser(), reason)
    if not force:
        _require_known(given, item, known, actor)
    publisher = Publisher(
        given.broker, client_id="tidegate-actors", timeout_s=given.drain_timeout_s
    )
    publisher.publish([strike_form(reversed_), remark_form(reversed_)])
    shown = f"{harmless(item)} ({surface}) counts no more against {harmless(actor)}"
    OUT.print(shown, markup=False, highlight=False)


def _reversal(item: str, surface: Surface, actor: str, by: str, reason: str) -> Strike:
    """The decision, as workers will read it. Raises Misuse where they would not."""
    from streams.actors.deciding import reversal  # noqa: PLC0415

    made = reversal(
        reversal_id=f"reversal-{uuid4().hex}",
        item_id=item,
        surface=surface,
        actor_id=actor,
        at=datetime.now(UTC),
        by=by,
        note=reason,
    )
    try:
        return msgspec.json.decode(msgspec.json.encode(made), type=Strike)
    except msgspec.ValidationError as error:
        raise Misuse(str(error)) from error


def _require_known(given: Settings, item: str, surface: Surface, actor: str) -> None:
    """Raises Failure where neither the workers nor the archive know the item of that actor."""
    from streams.actors.looking import knows, look_up  # noqa: PLC0415
    from streams.archive.archive import ArchiveUnavailable  # noqa: PLC0415
    from streams.archive.errors import QueryFailed  # noqa: PLC0415
    from streams.archive.query import query  # noqa: PLC0415

    found = look_up(given.broker, given.group, actor)
    if found is not None and knows(found[1], surface, item):
        return
    asked = {"item": item, "surface": surface, "actor": actor}
    try:
        ((n_known,),) = query(given, KNOWN, asked).rows
    except (ArchiveUnavailable, QueryFailed):
        n_known, also = 0, " and the archive does not answer"
    else:
        also = ", nor does the archive"
    if not n_known:
        message = (
            f"workers remember no {surface} item {item} of {actor}{also}:"
            " mind the spelling, or say --force"
        )
        raise Failure(message)


def forget(
    actor: Annotated[str, typer.Argument(metavar="ACTOR_ID", help="As products name it.")],
    broker: Broker = None,
    *,
    archive: Annotated[
        bool,
        typer.Option("--archive", help="Delete the actor's rows in the archive, too."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Forget an actor: what workers remember of it, strikes included, in all their groups.

    The workers that have it do so as they read on. Prints where else something of the actor may
    be, and until when. With --archive its verdicts, their signals and its dead letters are deleted,
    first; an embedded archive can be deleted from while no archiver runs.
    """
    from streams.actors.forgetting import forgetting_form, remaining  # noqa: PLC0415
    from streams.actors.looking import look_up  # noqa: PLC0415
    from streams.publisher import Publisher  # noqa: PLC0415

    given = settings(broker)
    if not 1 <= len(actor) <= MAX_ID_CHARS:
        message = f"an actor's id has 1 to {MAX_ID_CHARS} characters"
        raise Misuse(message)
    if not yes and not _agreed(f"Forget {harmless(actor)} for good?"):
        message = "nothing was forgotten: say --yes"
        raise Failure(message)
    found = look_up(given.broker, given.group, actor)
    n_rows = _erased(given, actor) if archive else {}
    publisher = Publisher(
        given.broker, client_id="tidegate-actors", timeout_s=given.drain_timeout_s
    )
    asked = [forgetting_form(actor)]
    if found is not None:
        asked.append(forgetting_form(actor, found[0]))
    publisher.publish(asked)
    what = "was not remembered by" if found is None else "is forgotten as soon as it is read by"
    OUT.print(f"{harmless(actor)} {what} {given.group}", markup=False, highlight=False)
    for table, n in n_rows.items():
        OUT.print(f"archive: {n} rows of {table} deleted", markup=False, highlight=False)
    print_table(("something may remain in", "for"), remaining(n_rows))


def _agreed(question: str) -> bool:
    """Asks at a terminal; without one nobody agrees."""
    return sys.stdin.isatty() and typer.confirm(question)


def _erased(given: Settings, actor: str) -> dict[str, int]:
    from streams.archive.erasing import erase  # noqa: PLC0415
    from streams.archive.opening import open_archive  # noqa: PLC0415

    opened = open_archive(given)
    try:
        return erase(opened, actor)
    finally:
        opened.close()


def _found(item: str, surface: str | None, actor: str | None) -> tuple[str, str]:
    """The item's actor and product, by the archive."""
    from streams.archive.errors import QueryFailed  # noqa: PLC0415
    from streams.archive.query import query  # noqa: PLC0415

    asked = {"item": item, "surface": surface or "", "actor": actor or ""}
    try:
        rows = query(settings(), FIND, asked).rows
    except QueryFailed as error:
        raise Failure(str(error)) from error
    if len(rows) != 1:
        what = "holds no such verdict on" if not rows else "holds several products' verdicts on"
        message = f"the archive {what} {item}: name --surface and --actor"
        raise Failure(message)
    return str(rows[0][0]), str(rows[0][1])
