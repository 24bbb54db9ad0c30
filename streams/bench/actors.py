"""What policy and state cost: `python -m streams.bench.actors`.

Measures the size of states and the memory of a million actors, the time to recover them, from the
embedded broker or another (`--bootstrap`), into memory and RocksDB, and the throughput of the fast
lane with the shipped policy, actors and campaigns and with a policy of one rule and neither, one
after the other in one run.
"""

import argparse
import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import structs

from detectors.text.normaliser.normaliser import _remembered
from schemas.records import Source
from streams.actors.memory import Actors
from streams.actors.shelf import MemoryShelf
from streams.bench import chat, machine
from streams.bench.actor_states import (
    BEGIN_MS,
    MEBIBYTE,
    N_KINDS,
    N_PARTITIONS,
    entry,
    event,
    kinds,
    measure_recovery,
)
from streams.bench.drain import Crew, Drain, stand
from streams.bench.errors import BenchFailed
from streams.fingerprints import text_print
from streams.pipeline import judge, load_pipeline
from streams.policy import Memory
from streams.recent import Recent
from streams.record import Record
from streams.settings import Settings

BARE: Final = """
version = "bare"
owner = "bench"
description = "One rule: what a lane cannot do without."
on_missing = { text = "hold", image = "hold", video = "hold", audio = "hold" }

[[rules]]
id = "spam-limit"
label = "spam"
threshold = 0.99
action = "limit"
reason = "spam"
"""
"""A policy that asks for next to nothing."""
KINDS: Final = ("item", "judging", "state", "recovery", "overhead")


def main() -> None:
    """Reads the options, measures, prints a line of JSON for each figure."""
    parser = argparse.ArgumentParser(prog="python -m streams.bench.actors", description=__doc__)
    parser.add_argument("--actors", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bootstrap", help="a broker instead of the embedded one")
    parser.add_argument("--detectors", default="text.null", help="of the runs that are compared")
    parser.add_argument("--only", choices=KINDS, nargs="*", default=KINDS)
    given = parser.parse_args()
    found = machine.describe()
    tell({"cpu": found.cpu, "n_cores": found.n_cores, "load_1min": found.load_1min})
    if "item" in given.only:
        tell(measure_item())
    if "judging" in given.only:
        tell(measure_judging(given.events, given.rounds, given.detectors))
    if "state" in given.only:
        tell(measure_state(given.actors))
    with TemporaryDirectory(prefix="tidegate-bench-") as folder:
        if "recovery" in given.only:
            for figures in measure_recovery(given.actors, given.bootstrap, Path(folder)):
                tell(figures)
        if "overhead" in given.only:
            tell(measure_overhead(given, Path(folder)))


def tell(figures: dict[str, object]) -> None:
    """Prints figures as a line of JSON."""
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def measure_item() -> dict[str, object]:
    """Gives microseconds to count an item of actors with so many items of the hour, the least.

    The text's fingerprint is not in it: it is made once for all that ask of it.
    """
    rules = Memory()
    found: dict[str, float] = {}
    for n_sent in (1, 3, 10, 64):
        actors = Actors()
        for at in range(n_sent):
            record, item = event(0, at, "u1", f"a rather ordinary message {at} of mine", at * 500)
            actors.count(record, item, rules, has_link=False, now_ms=record.timestamp_ms)
        kept = actors.shelf.get(0, b"u1") or b""
        record, item = event(0, 999, "u1", "a rather ordinary message of mine", 60_000)
        best = float("inf")
        for _ in range(2_000):
            actors.shelf.put(0, b"u1", kept)
            began = time.perf_counter()
            actors.count(record, item, rules, has_link=False, now_ms=record.timestamp_ms)
            best = min(best, time.perf_counter() - began)
        found[str(n_sent)] = round(best * 1e6, 1)
    return {"microseconds_an_item_by_items_of_the_hour": found}


def measure_judging(n: int, n_rounds: int, detectors: str) -> dict[str, object]:
    """Gives processor time in which events are judged, with actors and without, alternately.

    In this process, without Kafka: what others do on the machine matters less so.
    """
    given = Settings(detectors=detectors, text_cache=0, detector_threads=1)
    loaded = load_pipeline(given)
    used: dict[str, list[float]] = {"on": [], "off": []}
    for number in range(-1, 2 * n_rounds):
        # After one to warm up: off, on, on, off, since what comes second has it easier.
        switch = ("off", "on", "on", "off")[number % 4]
        records = _records(n, number)
        actors = Actors() if switch == "on" else None
        pipeline = structs.replace(loaded, actors=actors, recent=Recent(given.recent_texts))
        _remembered.cache_clear()
        text_print.cache_clear()
        began = time.process_time()
        for at in range(0, n, given.batch_max):
            answers = judge(records[at : at + given.batch_max], pipeline)
            if actors is not None:
                actors.changes(
                    (one.record.source.partition, one.verdict.actor_id)
                    for one in answers
                    if one.verdict is not None
                )
        if number >= 0:
            used[switch].append((time.process_time() - began) / n * 1e6)
    middle = {switch: median(found) for switch, found in used.items()}
    return {
        "detectors": detectors,
        "cpu_us_an_event": {switch: round(us, 1) for switch, us in middle.items()},
        "by_round": {switch: [round(us) for us in found] for switch, found in used.items()},
        "more_percent": round(100 * (middle["on"] / middle["off"] - 1), 1),
    }


def _records(n: int, seed: int) -> list[Record]:
    """Gives chatroom events as they are read."""
    found = chat.records(n, seed=seed // 2, now=datetime.now(UTC))
    return [
        Record(
            source=Source(topic=one.topic, partition=at % N_PARTITIONS, offset=at),
            key=one.key,
            value=one.value,
            headers=one.headers,
            timestamp_ms=BEGIN_MS + at,
        )
        for at, one in enumerate(found)
    ]


def measure_state(n: int) -> dict[str, object]:
    """Gives bytes of states and the memory that so many take on a shelf."""
    made = kinds(min(n, N_KINDS))
    sizes = sorted(len(state) for _, state in made)
    before = _resident_bytes()
    shelf = MemoryShelf()
    for number in range(n):
        actor, state = entry(number, made)
        shelf.put(number % N_PARTITIONS, actor, state)
    grown = _resident_bytes() - before
    return {
        "actors": n,
        "items_of_the_hour_mean": round(sum(sent for sent, _ in made) / len(made), 2),
        "state_bytes_mean": round(sum(sizes) / len(sizes), 1),
        "state_bytes_median": sizes[len(sizes) // 2],
        "state_bytes_p99": sizes[int(len(sizes) * 0.99)],
        "state_bytes_max": sizes[-1],
        "memory_mib": round(grown / MEBIBYTE),
        "memory_bytes_an_actor": round(grown / n),
    }


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize()


def measure_overhead(given: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Gives the fast lane's throughput with policy and state and without, and its cost.

    With: the shipped policy, actors remembered, campaigns followed and told of. Without: a policy
    of one rule, and nothing of that.
    """
    bare = folder / "bare.toml"
    bare.write_text(BARE, encoding="utf-8")
    now = datetime.now(UTC)
    events = tuple(chat.records(given.events, seed=3, now=now))
    warm_up = tuple(chat.records(300, seed=1, now=now))
    drains: dict[str, list[Drain]] = {"on": [], "off": []}
    for number in range(given.rounds):
        # Which goes first changes, as the machine's temper does.
        for switch in ("on", "off") if number % 2 else ("off", "on"):
            crew = Crew(
                name=f"policy and state {switch}",
                detectors=given.detectors,
                settings=(
                    ("TIDEGATE_ACTORS", switch),
                    ("TIDEGATE_CAMPAIGNS", switch),
                    *((("TIDEGATE_POLICY", str(bare)),) if switch == "off" else ()),
                ),
            )
            place = folder / f"{switch}-{number}"
            place.mkdir()
            with stand(
                crew, place, bootstrap=given.bootstrap, n_partitions=4, warm_up=warm_up
            ) as ground:
                drains[switch].append(ground.drain(events))
    rates = {switch: median(one.per_s for one in found) for switch, found in drains.items()}
    names = drains["on"][0].cpu_s
    cpu_us = {
        name: {
            switch: round(median(one.cpu_s[name] for one in found) / given.events * 1e6, 1)
            for switch, found in drains.items()
        }
        for name in names
    }
    if not rates["off"]:
        message = "nothing was answered"
        raise BenchFailed(message)
    return {
        "detectors": given.detectors,
        "events": given.events,
        "rounds": given.rounds,
        "per_s": {switch: round(rate) for switch, rate in rates.items()},
        "per_s_by_round": {s: [round(one.per_s) for one in found] for s, found in drains.items()},
        "cpu_us_an_event": cpu_us,
        "throughput_lost_percent": round(100 * (1 - rates["on"] / rates["off"]), 1),
        "worker_cpu_more_percent": round(
            100 * (cpu_us["worker"]["on"] / cpu_us["worker"]["off"] - 1), 1
        ),
    }


if __name__ == "__main__":
    main()
