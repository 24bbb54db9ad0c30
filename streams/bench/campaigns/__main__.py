"""`python -m streams.bench.campaigns --data DIR`: what is caught of waves, what else is touched."""

import sys
import time
from functools import partial
from pathlib import Path
from random import Random
from typing import Annotated, Final

import msgspec
import typer
from msgspec import Struct
from msgspec.structs import replace

from detectors import registry
from schemas.signals import Signal
from streams.bench.campaigns.measuring import PARTS, Found, item_of, measure
from streams.bench.campaigns.traffic import Post, copies, members, mixes, ordinary
from streams.bench.campaigns.waves import waves
from streams.detect import detect
from streams.pipeline import detector_names
from streams.policy import SHIPPED, load
from streams.settings import Settings

BATCH: Final = 256
KEPT_EVERY: Final = 2_048
"""Answers are kept after so many texts: a run that is ended goes on from there."""
LEAST: Final = 0.01
"""Lower scores are in no record."""
LEAST_CAUGHT: Final = 0.95
MOST_TOUCHED: Final = 0.001
"""Shares of a wave's members and of ordinary items: the goals; missing one is exit code 1."""
HARDLY: Final = 0.25
"""What is left of the scores of a member that detectors hardly see."""
_CACHE: Final = msgspec.msgpack.Decoder(dict[str, tuple[Signal, ...]])


class Row(Struct, frozen=True, kw_only=True):
    """A mix's figures. Delays are from the wave's first post; items count all traffic."""

    mix: str
    n_members: int
    alone: float
    caught: float
    by_revision: float
    n_ordinary: int
    touched: int
    n_copies: int
    copies_touched: int
    told: float
    first_items: int
    first_s: float
    median_delay_s: float
    n_campaigns: int


def main(
    data: Annotated[Path, typer.Option(help="Folder of data sets with harmless texts.")],
    items: Annotated[int, typer.Option(min=0, help="Ordinary items.")] = 50_000,
    actors: Annotated[int, typer.Option(min=1, help="Actors of each wave.")] = 300,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.")] = 1,
    missed: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of members that detectors hardly see.")
    ] = 0.5,
    judged: Annotated[
        Path | None, typer.Option(help="File that keeps the detectors' answers for a next run.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="JSON file of the figures.")] = None,
) -> None:
    """Send each mix of waves among ordinary traffic and count what becomes of it.

    Of a share of each wave, `--missed`, detectors are made to say a quarter of what they would:
    what these waves say is flagged by itself otherwise, and a campaign has little to add. Exit
    code 1 where less than 95 % of a wave is caught, or more than 0.1 % of what is ordinary touched.
    """
    # Waves and copies are the same however many ordinary items go around them.
    rng, others = Random(seed), Random(f"{seed}-ordinary")  # noqa: S311 - invented traffic
    copied = list(copies(rng))
    sent = [(mix, list(members(mix, waves()[mix.wave], actors, rng))) for mix in mixes()]
    around = [*copied, *ordinary(data, items, others)]
    known = _judged([*(post for _, own in sent for post in own), *around], judged)
    policy = load(SHIPPED)
    rows = []
    for mix, own in sent:
        started_s = time.perf_counter()
        unseen = {post.actor_id for post in own if rng.random() < missed}
        found = measure([*around, *own], partial(_signals, known, unseen), policy)
        rows.append(_row(mix.name, found))
        print(msgspec.json.encode(rows[-1]).decode(), f"{time.perf_counter() - started_s:.0f} s")  # noqa: T201
    print(_table(rows))  # noqa: T201
    if output is not None:
        output.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
    if not all(map(is_good, rows)):
        raise typer.Exit(1)


def is_good(row: Row) -> bool:
    """Whether enough of a wave is caught and little else touched."""
    n_others = max(1, row.n_ordinary)
    return row.caught >= LEAST_CAUGHT and row.touched <= MOST_TOUCHED * n_others


def _signals(
    known: dict[str, tuple[Signal, ...]], unseen: set[str], post: Post
) -> tuple[Signal, ...]:
    signals = known[_key(post)]
    if post.actor_id not in unseen:
        return signals
    return tuple(replace(one, score=one.score * HARDLY) for one in signals)


def _key(post: Post) -> str:
    return f"{PARTS[post.surface]}:{post.text}"


def _judged(posts: list[Post], kept: Path | None) -> dict[str, tuple[Signal, ...]]:
    """What the default detectors of texts say of each text, once."""
    known = _CACHE.decode(kept.read_bytes()) if kept is not None and kept.exists() else {}
    left = list({_key(post): post for post in posts if _key(post) not in known}.values())
    if not left:
        return known
    settings = Settings()
    loaded = registry.load(detector_names(settings.detectors), threads=settings.detector_threads)
    for start in range(0, len(left), KEPT_EVERY):
        # Texts of one length are judged together: a batch takes as long as its longest.
        piece = sorted(left[start : start + KEPT_EVERY], key=lambda post: len(post.text))
        for first in range(0, len(piece), BATCH):
            batch = piece[first : first + BATCH]
            found = detect([item_of(n, post) for n, post in enumerate(batch)], loaded)
            for post, one in zip(batch, found, strict=True):
                known[_key(post)] = tuple(signal for signal in one.signals if signal.score >= LEAST)
        sys.stderr.write(f"\rjudged {start + len(piece)} of {len(left)}")
        if kept is not None:
            written = kept.with_name(kept.name + ".part")
            written.write_bytes(msgspec.msgpack.encode(known))
            written.replace(kept)
    sys.stderr.write("\n")
    return known


def _row(mix: str, found: Found) -> Row:
    own = [one for one in found.outcomes if one.post.kind == "member"]
    copied = [one for one in found.outcomes if one.post.kind == "copy"]
    others = [one for one in found.outcomes if one.post.kind == "ordinary"]
    first = next(n for n, one in enumerate(found.outcomes) if one.post.kind == "member")
    start_s = found.outcomes[first].post.at_s
    seen = [n for n, one in enumerate(found.outcomes) if one.post.kind == "member"
            and one.arrival != one.alone]  # fmt: skip
    delays = sorted(one.delay_s for one in own if one.final != one.arrival)
    return Row(
        mix=mix,
        n_members=len(own),
        alone=sum(one.alone != "allow" for one in own) / len(own),
        caught=sum(one.final != "allow" for one in own) / len(own),
        by_revision=len(delays) / len(own),
        n_ordinary=len(others),
        touched=sum(one.final != one.alone for one in others),
        n_copies=len(copied),
        copies_touched=sum(one.final != one.alone for one in copied),
        told=sum(one.is_told for one in others) / max(1, len(others)),
        first_items=seen[0] - first if seen else -1,
        first_s=round(found.outcomes[seen[0]].post.at_s - start_s, 1) if seen else -1.0,
        median_delay_s=round(delays[len(delays) // 2], 1) if delays else 0.0,
        n_campaigns=found.n_campaigns,
    )


def _first(row: Row) -> str:
    if row.first_items < 0:
        return "none otherwise than by itself"
    return f"{row.first_items} items, {row.first_s:.0f} s after the first"


def _table(rows: list[Row]) -> str:
    lines = [
        "| mix | flagged alone | caught | by revision | ordinary touched | copies touched |"
        " first member judged with the campaign | revised after, median |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.mix} | {one.alone:.1%} | {one.caught:.1%} | {one.by_revision:.1%} |"
        f" {one.touched} of {one.n_ordinary} | {one.copies_touched} of {one.n_copies} |"
        f" {_first(one)} | {one.median_delay_s:.0f} s |"
        for one in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
