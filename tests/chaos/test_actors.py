"""Workers that die with what they remember of actors: recovered, no item counts twice or never."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct, structs

from schemas.topics import ACTORS, BY_NAME, PRODUCT_TOPICS, VERDICTS
from schemas.verdicts import Verdict
from streams.actors.memory import Actors
from streams.actors.shelf import MemoryShelf
from streams.actors.state import MAX_ENTRIES, State, decode
from streams.decode import decode as decode_event
from streams.features import item_features
from streams.normalise import normalise
from streams.policy import SHIPPED, load
from tests.chaos.slow_worker import in_hand
from tests.integration.account import check, read_all
from tests.integration.fixtures import Note
from tests.integration.load import Load, Sample, Sent, traffic
from tests.integration.processes import wait_for
from tests.integration.system import System

pytestmark = pytest.mark.slow

SLOW_WORKER = str(Path(__file__).with_name("slow_worker.py"))
POLICY = load(SHIPPED)
N_ACTORS = 900


class Counted(Struct, frozen=True, order=True):
    """What is counted of an actor, whatever order its topics came in."""

    n_seen: int
    n_within: int
    entries: tuple[tuple[int, int, int, int], ...]


def many_actors(n: int, *, seed: int) -> Iterator[Sample]:
    """Gives the demo's traffic, from so many actors that few have more items than entries."""
    for number, sample in enumerate(traffic(n, seed=seed)):
        if sample.kind != "verdict":
            yield sample
            continue
        event = json.loads(sample.record.value or b"")
        event["actor_id"] = f"u{number % N_ACTORS}"
        value = json.dumps(event).encode()
        record = structs.replace(sample.record, key=event["actor_id"].encode(), value=value)
        yield structs.replace(sample, record=record)


def uninterrupted(system: System, sent: Sequence[Sent]) -> dict[str, State]:
    """Gives the states of a run that nothing disturbed, of the records as Kafka has them."""
    actors = Actors()
    judged = {one.source for one in sent if one.kind == "verdict"}
    records = read_all(system.broker.bootstrap, [topic.name for topic in PRODUCT_TOPICS])
    found: set[tuple[int, str]] = set()
    for record in sorted(records, key=lambda one: one.timestamp_ms):
        if record.source not in judged:
            continue
        item = normalise(decode_event(record, BY_NAME[record.source.topic], max_bytes=256 * 1024))
        has_link = item_features(item).n_links > 0
        actors.count(
            record, item, POLICY.policy.memory, has_link=has_link, now_ms=record.timestamp_ms
        )
        found.add((record.source.partition, item.actor_id))
    return {actor: state for p, actor in found if (state := actors.find(p, actor)) is not None}


def recovered(system: System) -> dict[str, State]:
    """Gives the states that a worker would recover now."""
    actors = Actors(group=str(system.settings["group"]))
    shelf = MemoryShelf()
    for record in read_all(system.broker.bootstrap, [ACTORS.name]):
        actor = actors.actor_of(record.key)
        assert actor is not None
        shelf.apply(0, [(actor, record.value)])
    states = {}
    for actor, written in shelf.after(0, None, 1_000_000):
        state = decode(written)
        assert state is not None
        states[actor.decode()] = state
    return states


def counted(state: State) -> Counted:
    rows = zip(state.items, state.rooms, state.exacts, state.tags, strict=True)
    n_by_minute = sum(state.minutes[1::3])
    is_whole = not n_by_minute
    return Counted(
        n_seen=state.n_seen,
        n_within=n_by_minute + sum(not tag & 2 for tag in state.tags),
        entries=tuple(sorted(rows)) if is_whole else (),
    )


def check_actors(system: System, sent: Sequence[Sent]) -> tuple[int, int]:
    """What is remembered is what an uninterrupted run remembers; how many actors and items."""
    expected, found = uninterrupted(system, sent), recovered(system)
    assert found.keys() == expected.keys()
    differing = {
        actor: (counted(found[actor]), counted(expected[actor]))
        for actor in expected
        if counted(found[actor]) != counted(expected[actor])
    }
    assert differing == {}
    return len(expected), sum(state.n_seen for state in expected.values())


def check_copies(system: System) -> int:
    """An item that was judged again has the features of the first time; how many were."""
    verdicts = defaultdict(list)
    for record in read_all(system.broker.bootstrap, [VERDICTS.name]):
        verdict = msgspec.json.decode(record.value or b"", type=Verdict)
        # A chunk of a streamed response leaves no entry to find again: it is told by time.
        if verdict.stage == "fast" and "#" not in verdict.item_id:
            assert verdict.features is not None
            verdicts[str(verdict.verdict_id)].append(verdict.features.actor)
    copies = {name: told for name, told in verdicts.items() if len(told) > 1}
    bounded = [told for told in copies.values() if told[0].n_1h < MAX_ENTRIES]
    assert [told for told in bounded if told != [told[0]] * len(told)] == []
    return len(copies)


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_kill_of_a_worker_with_actors(system: System, note: Note, store: str) -> None:
    if store == "rocksdb":
        pytest.importorskip("rocksdict")
    system.archiver()
    first = system.worker([SLOW_WORKER], store=store)
    second = system.worker(store=store)
    system.await_shared([first, second])
    load_ = Load(system.broker.bootstrap, many_actors(12_000, seed=21), burst=8_000, rate_hz=400)
    load_.start()
    wait_for(
        lambda: first.metric("tidegate_consumed_total") >= 500 and in_hand(first.log()) > 0,
        "the worker is busy",
    )

    first.kill()
    takeover_s = system.await_shared([second])
    third = system.worker(store=store, state_dir=system.folder / "worker-1")
    rejoin_s = system.await_shared([second, third])
    second.kill()
    alone_s = system.await_shared([third])

    sent = load_.finish()
    figures = check(system, sent)
    n_actors, n_items = check_actors(system, sent)
    n_copies = check_copies(system)
    recovery_s = third.metric("tidegate_actors_recovery_seconds")
    note(
        figures,
        takeover_s=takeover_s,
        rejoin_s=rejoin_s,
        alone_s=alone_s,
        recovery_s=recovery_s,
        actors=n_actors,
        counted=n_items,
        judged_twice=n_copies,
    )
