"""The page of `streams.bench.streamed`."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from streams.bench import machine
from streams.bench.figures import percentiles
from streams.bench.responses import CHUNK_TOKENS, Stopped

GOAL_MS: Final = 100.0
WAIT_S: Final = 0.01
"""How long a part-full micro-batch waits, as the worker's setting has it."""
CHUNKS_A_SECOND: Final = 2.5
"""Of one response: 50 tokens a second."""
Timed = tuple[list[float], float]
"""Milliseconds from each chunk's arrival to its verdict, and what a call takes a chunk."""


def page(outcomes: dict[bool, list[Stopped]], alone: set[int], timed: dict[str, Timed]) -> str:
    """Gives the page: outcomes with and without windows, what is known by itself, times."""
    lines = [
        "# Streamed responses",
        "",
        "Written by `python -m streams.bench.streamed`: responses of some hundred words in 12"
        f" languages, written for it, in chunks of {CHUNK_TOKENS} tokens; in the violating ones one"
        " sentence was put between harmless ones. The pipeline and policy that ship, with"
        " `text.generation`; a response is stopped at the first chunk that is not allowed.",
        "",
        "*Exact*: stopped at a chunk that holds a part of the violating sentence. *Late*: at a"
        " later one. *Early*: before it. *Known*: the sentence as a whole response by itself is not"
        " allowed; what is not known cannot be stopped, but by what stands around it.",
        "",
        "| violation | n | known | exact | exact of known | late | missed | early |"
        " exact without windows |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    kinds = list(dict.fromkeys(one.response.kind for one in outcomes[True]))
    kinds.remove("harmless")
    lines += [_row(kind, outcomes, alone) for kind in (*kinds, "")]
    lines += ["", _delays(outcomes[True]), "", _harmless(outcomes), "", _missed(outcomes[True])]
    lines += ["", *_times(timed), ""]
    at = machine.describe()
    lines.append(f"Load average {at.load_1min:.1f} on {at.n_cores} processors ({at.cpu}).")
    return "\n".join(lines) + "\n"


def _row(kind: str, outcomes: dict[bool, list[Stopped]], alone: set[int]) -> str:
    own = {
        has: {
            number: one.outcome
            for number, one in enumerate(given)
            if one.response.kind == kind or (not kind and one.response.kind != "harmless")
        }
        for has, given in outcomes.items()
    }
    counts, n = Counter(own[True].values()), len(own[True])
    known = alone & own[True].keys()
    n_known = sum(own[True][number] == "exact" for number in known)
    without = Counter(own[False].values())["exact"]
    return (
        f"| {kind or '**all**'} | {n} | {len(known)} | {_share(counts['exact'], n)}"
        f" | {_share(n_known, len(known))} | {counts['late']} | {counts['missed']}"
        f" | {counts['early']} | {_share(without, n)} |"
    )


def _share(n: int, of: int) -> str:
    return f"{n} ({100 * n / max(of, 1):.0f} %)"


def _delays(given: Sequence[Stopped]) -> str:
    found = [
        one.at - one.last for one in given if one.at is not None and one.response.kind != "harmless"
    ]
    counts = Counter(found)
    told = ", ".join(f"{delay:+d}: {counts[delay]}" for delay in sorted(counts))
    return f"Chunks from the end of the violation to the stop, of those stopped: {told}."


def _harmless(outcomes: dict[bool, list[Stopped]]) -> str:
    lines = []
    for has_windows, name in ((True, "With windows"), (False, "Without")):
        own = [one for one in outcomes[has_windows] if one.response.kind == "harmless"]
        wrong = [one.response.lang for one in own if one.outcome == "stopped"]
        n_chunks = sum(one.n_chunks for one in own)
        lines.append(
            f"{name}, {len(wrong)} of {len(own)} harmless responses ({n_chunks} chunks) are"
            f" stopped{' (' + ', '.join(wrong) + ')' if wrong else ''}."
        )
    return " ".join(lines)


def _missed(given: Sequence[Stopped]) -> str:
    names = ", ".join(
        f"{one.response.lang} {one.response.kind} ({one.outcome})"
        for one in given
        if one.outcome in {"missed", "early", "late"}
    )
    return f"Not exact: {names or 'none'}."


def _times(timed: dict[str, Timed]) -> list[str]:
    lines = [
        "## From a chunk's arrival to its verdict",
        "",
        f"The harmless responses, {CHUNKS_A_SECOND} chunks a second each, so many at a time; a"
        f" micro-batch waits {1e3 * WAIT_S:.0f} ms. Nothing was read before. Kafka is not in it. By"
        " the *clock*, a call takes what it took beside whatever else the machine did; by the"
        " *processor*, what it took of it, all threads together: a machine with one core, idle.",
        "",
        "| responses at a time | chunks/s | time | chunks | p50 ms | p95 ms | p99 ms | within"
        f" {GOAL_MS:.0f} ms | ms a chunk |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (found, taken_ms) in timed.items():
        own = percentiles(found)
        within = sum(one <= GOAL_MS for one in found) / len(found)
        lines.append(
            f"| {name} | {len(found)} | {own.p50:.0f} | {own.p95:.0f} | {own.p99:.0f}"
            f" | {100 * within:.1f} % | {taken_ms:.0f} |"
        )
    return lines
