"""Policies replaced under load: taken up at one offset a partition, bad ones refused."""

from collections import defaultdict
from itertools import groupby
from pathlib import Path

from schemas.topics import VERDICTS
from schemas.verdicts import Verdict
from streams.policy import Given, fire, load
from tests.integration.account import DECODER, check, read_all, source_of
from tests.integration.fixtures import Note
from tests.integration.load import Load, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System

LIMIT_S = 120.0
N_EVENTS = 6_000
RATE_HZ = 150.0
"""Some forty seconds of traffic; the policy changes twice in it, however slow the machine."""

POLICY = """
version = "{version}"
owner = "Trust and Safety"
description = "Changed under load."
[on_missing]
text = "hold"
image = "{image}"
video = "limit"
audio = "limit"
[[rules]]
id = "scam"
label = "{label}"
threshold = {threshold}
action = "{action}"
reason = "scam"
"""


def write(path: Path, **given: object) -> str:
    """Replaces the policy's file at once, and gives its hash."""
    written = {"version": "1", "label": "scam", "threshold": 0.5, "action": "hold"}
    made = path.with_suffix(".new")
    made.write_text(POLICY.format(**{"image": "limit", **written, **given}), encoding="utf-8")
    made.replace(path)
    return load(path).hash


def hashes(system: System) -> set[str]:
    return {verdict.policy_hash for verdict, _ in verdicts(system)}


def verdicts(system: System) -> list[tuple[Verdict, tuple[str, int, int]]]:
    """Gives every verdict and the place of the record that it answers."""
    found = []
    for record in read_all(system.broker.bootstrap, [VERDICTS.name]):
        source = source_of(record)
        place = (source.topic, source.partition, source.offset)
        found.append((DECODER.decode(record.value or b""), place))
    return found


def given_of(verdict: Verdict) -> Given:
    assert verdict.features is not None
    return Given(
        surface=verdict.surface,
        now=verdict.decided_at,
        signals=verdict.signals,
        missing=verdict.missing,
        pending=verdict.pending,
        features=verdict.features,
        item_id=verdict.item_id,
        actor_id=verdict.actor_id,
    )


def test_a_policy_changes_at_one_offset_a_partition(system: System, note: Note) -> None:
    path, shadow = system.folder / "policy.toml", system.folder / "shadow.toml"
    kept = {write(path): load(path)}
    beside = {write(shadow, version="s-1", threshold=0.2): load(shadow)}
    given = {
        "policy": path,
        "shadow_policy": shadow,
        "policy_every_s": 0.5,
        "detectors": "text.canary,text.entities",
    }
    system.archiver()
    workers = system.workers(2, **given)
    load_ = Load(system.broker.bootstrap, traffic(N_EVENTS, seed=5), burst=0, rate_hz=RATE_HZ)
    load_.start()
    wait_for(lambda: load_.n_sent > N_EVENTS // 10, "traffic flows", LIMIT_S)

    second = write(path, version="2", threshold=0.3, action="remove")
    kept[second] = load(path)
    wait_for(lambda: second in hashes(system), "the second policy decides", LIMIT_S)
    bad = 'version = "3"\n[[rules]]\nid = "scam"\nlabel = "scams"\n'
    path.write_text(bad, encoding="utf-8")
    shadow.write_text(bad, encoding="utf-8")

    def refusing() -> list[bool]:
        return [
            worker.metric(name) == 1
            for worker in workers
            for name in ("tidegate_policy_refused", "tidegate_shadow_policy_refused")
        ]

    wait_for(lambda: all(refusing()), "both refuse the bad ones", LIMIT_S)
    beside_second = write(shadow, version="s-2", threshold=0.4, image="hold")
    beside[beside_second] = load(shadow)
    third = write(path, version="4", image="hold")
    kept[third] = load(path)
    wait_for(lambda: third in hashes(system), "the last policy decides", LIMIT_S)
    wait_for(lambda: not any(refusing()), "none refuses any more", LIMIT_S)
    note(check(system, load_.finish()))

    found = verdicts(system)
    found_beside: set[str] = set()
    by_partition: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    for verdict, (topic, partition, offset) in found:
        by_partition[topic, partition].append((offset, verdict.policy_hash))
        # Decided wholly by the policy whose hash it bears.
        fired = fire(given_of(verdict), kept[verdict.policy_hash])
        assert (fired.action, fired.reasons) == (verdict.action, verdict.reasons)
        assert verdict.shadow is not None
        fired = fire(given_of(verdict), beside[verdict.shadow.policy_hash])
        assert (fired.action, fired.reasons) == (verdict.shadow.action, verdict.shadow.reasons)
        found_beside.add(verdict.shadow.policy_hash)
    assert found_beside == set(beside)
    order = list(kept)
    n_changed = 0
    for places in by_partition.values():
        followed = [order.index(one) for one, _ in groupby(sorted(places), key=lambda at: at[1])]
        assert followed == sorted(set(followed))
        n_changed += len(followed) > 1
    assert n_changed > len(by_partition) / 2
    asked = system.command("query", "--json", "SELECT uniqExact(policy_hash) AS n FROM verdicts")
    assert asked.code == 0, asked
    assert b'"n": 3' in asked.out or b'"n":3' in asked.out
    against = "SELECT uniqExact(shadow_hash) AS n FROM shadow_policy_against_live"
    assert b'"n":2' in system.command("query", "--json", against).out.replace(b" ", b"")
