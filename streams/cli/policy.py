"""The commands `tidegate policy`: check, test, diff, explain, hash."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import (
    FAILED,
    MISUSED,
    OUT,
    AsJson,
    Failure,
    end,
    harmless,
    print_json,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from streams.archive.items import Kept
    from streams.policy import CompiledPolicy
    from streams.policy.explaining import Explained, Said

Given = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE|FOLDER]", help="The policy [env TIDEGATE_POLICY]; else the one that ships."
    ),
]


def check(policy: Given = None, *, json: AsJson = False) -> None:
    """Print all that is wrong with a policy, each with file and line.

    Exit code 0 without errors (warnings may be there), 2 with errors.
    """
    from streams.policy.checking import check as findings  # noqa: PLC0415 - keeps `--help` fast

    path = _path(policy)
    found = findings(path, known=_known())
    n_errors = sum(one.level == "error" for one in found)
    for one in found:
        if json:
            print_json(one)
        else:
            _print(str(one))
    if not json:
        n_warnings = len(found) - n_errors
        _print(f"{path}: {_count(n_errors, 'error')}, {_count(n_warnings, 'warning')}")
    end(MISUSED if n_errors else 0)


def run_examples(policy: Given = None, *, json: AsJson = False) -> None:
    """Decide a policy's own examples; print those that come out otherwise.

    Exit code 0 if all are as expected, 1 if not, 2 if the policy cannot be used.
    """
    from streams.policy.examples import outcomes  # noqa: PLC0415

    compiled = _loaded(policy)
    found = outcomes(compiled)
    failed = [one for one in found if one.differences]
    for one in found if json else failed:
        name = one.test.name or f"example {one.number}"
        if json:
            print_json({"number": one.number, "name": name, "differences": one.differences})
            continue
        _print(f"{one.number} {one.test.given.surface}: {name}")
        for difference in one.differences:
            _print(f"    {difference}")
    if not json:
        rules = {reason.rule for one in found for reason in one.fired.reasons}
        rules |= {r.rule for one in found if one.fired.would for r in one.fired.would.reasons}
        unseen = [rule for rule in compiled.rules if rule not in rules]
        if unseen:
            _print(f"no example fires {', '.join(unseen)}")
        _print(f"{len(found) - len(failed)} of {len(found)} examples as expected")
    end(FAILED if failed else 0)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A policy's file or folder.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another.")],
    *,
    json: AsJson = False,
) -> None:
    """Print what NEW says otherwise than OLD: keys, reasons, rules added, removed, changed.

    Exit code 0 if they say the same, 1 if not.
    """
    from streams.policy.differing import differences  # noqa: PLC0415

    one, other = _loaded(old), _loaded(new)
    found = differences(one, other)
    for difference in found:
        if json:
            print_json(difference)
        else:
            _print(str(difference))
    if not json:
        _print(f"{one.hash} -> {other.hash}: {_count(len(found), 'difference')}")
    end(FAILED if found else 0)


def hash_(policy: Given = None, *, json: AsJson = False) -> None:
    """Print a policy's hash, as it stands on verdicts: 16 digits over what it says."""
    compiled = _loaded(policy)
    if json:
        print_json({"hash": compiled.hash, "version": compiled.policy.version})
    else:
        _print(compiled.hash)


def explain(
    item_id: Annotated[str, typer.Argument(metavar="ITEM_ID", help="As on its verdicts.")],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", "-p", help="Explain by this one [env TIDEGATE_POLICY]."),
    ] = None,
    *,
    json: AsJson = False,
) -> None:
    """Say for each archived verdict on an item which rules fire, which nearly, and on what.

    It is decided again by the policy: where another one decided it, both answers are shown.
    """
    from streams.archive.errors import QueryFailed  # noqa: PLC0415
    from streams.archive.items import verdicts_on  # noqa: PLC0415

    compiled = _loaded(policy)
    try:
        kept = verdicts_on(settings(), item_id)
    except QueryFailed as error:
        raise Failure(str(error)) from error
    if not kept:
        message = f"the archive has no verdict on an item {item_id}"
        raise Failure(message)
    for one in kept:
        found = _explained(one, item_id, compiled)
        if json:
            print_json({"recorded": one, "policy_hash": compiled.hash, "explained": found})
        else:
            _show(one, found, compiled)


def _explained(kept: "Kept", item_id: str, policy: "CompiledPolicy") -> "Explained":
    from schemas.features import Features  # noqa: PLC0415
    from streams.policy import Given as Facts  # noqa: PLC0415
    from streams.policy.explaining import explain as told  # noqa: PLC0415

    given = Facts(
        surface=kept.surface,
        now=kept.decided_at,
        signals=kept.signals,
        missing=kept.missing,
        pending=kept.pending,
        features=kept.known or Features(),
        item_id=item_id,
        actor_id=kept.actor_id,
    )
    return told(given, policy)


def _show(kept: "Kept", found: "Explained", policy: "CompiledPolicy") -> None:
    revision = f"{kept.item_revision}.{kept.revision} {kept.stage}, {kept.status}"
    _print(f"{kept.surface} {revision}, {kept.decided_at.isoformat(timespec='milliseconds')}")
    queue = f" to {kept.queue}" if kept.queue else ""
    _print(f"  recorded: {kept.action}{queue}, by policy {kept.policy_hash} in mode {kept.mode}")
    if kept.shadow_policy_hash:
        queue = f" to {kept.shadow_queue}" if kept.shadow_queue else ""
        rules = f": {', '.join(kept.shadow_rules)}" if kept.shadow_rules else ""
        _print(
            f"  in shadow beside: {kept.shadow_action}{queue}, by policy {kept.shadow_policy_hash}"
            f" in mode {kept.shadow_mode}{rules}"
        )
    if kept.policy_hash != policy.hash:
        queue = f" to {found.queue}" if found.queue else ""
        _print(f"  by policy {policy.hash}: {found.action}{queue}")
    if kept.features == "":
        _print("  from before features were recorded: decided by signals alone")
    for one in found.fired:
        _say("fired", one)
    for one in found.nearly:
        _say("nearly", one)
    if found.would:
        _print(f"  with rules in shadow it would be {found.would}")
    for name, value in found.facts.items():
        shown = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        _print(f"  {name} = {shown}")


def _say(how: str, one: "Said") -> None:
    mode = f" [{one.mode}]" if one.mode not in {"", "enforce"} else ""
    _print(f"  {how} {one.rule}{mode}: {one.why}")
    _print(f"      asks: {one.asks}")
    if one.policy_text:
        _print(f"      told: {one.policy_text}")


def _path(policy: Path | None) -> Path:
    from streams.policy import SHIPPED  # noqa: PLC0415

    return policy or settings().policy or SHIPPED


def _known() -> "Collection[str]":
    from detectors import registry  # noqa: PLC0415
    from detectors.examiners import classifier_names  # noqa: PLC0415
    from streams.pipeline import lists_of  # noqa: PLC0415

    return registry.NAMES | classifier_names(lists_of(settings()))


def _loaded(policy: Path | None) -> "CompiledPolicy":
    from streams.policy import load  # noqa: PLC0415

    return load(_path(policy), known=_known())


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def _print(line: str) -> None:
    OUT.print(harmless(line), markup=False, highlight=False)
