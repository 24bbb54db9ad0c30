"""Measures streamed responses: `python -m streams.bench.streamed`.

Some ten minutes. Makes responses of the sentences in `streamed.toml`, cuts them into chunks of 20
tokens, has `pipeline.judge` answer each, and writes `streams/bench/streamed_1.md`: at which chunk a
response is stopped, and how long after its arrival a chunk is answered.
"""

import argparse
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import structs
from tokenizers import Tokenizer

from detectors import card as cards
from detectors.text.generation.detector import Generation
from detectors.text.risk.detector import MODEL_ID, ROOT
from streams.bench.figures import percentiles
from streams.bench.responses import (
    SEED,
    Response,
    Stopped,
    chunks_of,
    record_of,
    records_of,
    responses,
)
from streams.bench.streamed_page import CHUNKS_A_SECOND, WAIT_S, Timed, page
from streams.chunks import Chunks
from streams.pipeline import Pipeline, judge, load_pipeline
from streams.recent import Recent
from streams.record import Record
from streams.settings import Settings

_LOG: Final = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
CLOCKS: Final = (
    (1, "clock", time.perf_counter),
    (1, "processor", time.process_time),
    (4, "processor", time.process_time),
    (8, "processor", time.process_time),
    (16, "processor", time.process_time),
)
"""Responses at a time, and the time by which calls are taken."""


def stopped(number: int, response: Response, tokenizer: Tokenizer, judging: Pipeline) -> Stopped:
    """Streams a response, chunk by chunk, and gives where it was stopped."""
    at: int | None = None
    records = records_of(number, response, tokenizer)
    for sequence, record in enumerate(records):
        verdict = judge([record], judging)[0].verdict
        if at is None and verdict is not None and verdict.action != "allow":
            at = sequence
    places = chunks_of(response.text, tokenizer)
    inside = [
        n for n, (low, high) in enumerate(places) if low < response.high and response.low < high
    ]
    return Stopped(
        response=response,
        n_chunks=len(records),
        first=inside[0] if inside else 0,
        last=inside[-1] if inside else 0,
        at=at,
    )


def known(given: Sequence[Response], judging: Pipeline) -> set[int]:
    """Gives the numbers of responses whose violating sentence is not allowed by itself."""
    found: set[int] = set()
    for number, one in enumerate(given):
        if one.kind != "harmless":
            verdict = judge([record_of(number, one, one.text[one.low : one.high])], judging)[
                0
            ].verdict
            if verdict is not None and verdict.action != "allow":
                found.add(number)
    return found


def latencies(
    given: Sequence[Response],
    tokenizer: Tokenizer,
    judging: Pipeline,
    n_streams: int,
    clock: Callable[[], float],
) -> tuple[list[float], float]:
    """Gives milliseconds from each chunk's arrival to its verdict, and what a call takes a chunk.

    `n_streams` responses run at a time, each at `CHUNKS_A_SECOND`. Time between calls is not waited
    for but counted: a micro-batch is what has arrived when the one before is answered, and `WAIT_S`
    more. Calls take their time by `clock`. Kafka is not in it.
    """
    arrivals = sorted(_arrivals(given, tokenizer, n_streams), key=lambda one: one[0])
    found: list[float] = []
    now_s, next_ = 0.0, 0
    busy_s = 0.0
    while next_ < len(arrivals):
        now_s = max(now_s, arrivals[next_][0]) + WAIT_S
        batch = [one for one in arrivals[next_:] if one[0] <= now_s]
        next_ += len(batch)
        started_s = clock()
        judge([record for _, record in batch], judging)
        taken_s = clock() - started_s
        now_s += taken_s
        busy_s += taken_s
        found += [1e3 * (now_s - arrived_s) for arrived_s, _ in batch]
    return found, 1e3 * busy_s / len(found)


def _arrivals(
    given: Sequence[Response], tokenizer: Tokenizer, n_streams: int
) -> Iterator[tuple[float, Record]]:
    rng = random.Random(SEED)  # noqa: S311
    free_s = [rng.random() for _ in range(n_streams)]
    for number, response in enumerate(given):
        lane = min(range(n_streams), key=free_s.__getitem__)
        for record in records_of(number, response, tokenizer):
            yield free_s[lane], record
            free_s[lane] += rng.uniform(0.7, 1.3) / CHUNKS_A_SECOND


def fresh(loaded: Pipeline, *, has_windows: bool = True) -> Pipeline:
    """Gives the pipeline having read nothing; without windows each chunk is judged alone."""
    recent = Recent()
    if not has_windows:
        recent.chunks = Chunks(0)
    return structs.replace(loaded, recent=recent)


def load() -> Pipeline:
    """Loads the pipeline that ships, with `text.generation` if it is not among its detectors."""
    loaded = load_pipeline(Settings())
    if any(one.card.id.startswith("text.generation@") for one in loaded.detectors):
        return loaded
    return structs.replace(loaded, detectors=(*loaded.detectors, Generation()))


def main() -> None:
    """Measures everything and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m streams.bench.streamed", description=__doc__)
    parser.add_argument("--output", type=Path, default=_FOLDER / "streamed_1.md")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    card = cards.read(MODEL_ID)
    tokenizer = Tokenizer.from_file(str(ROOT / card.files["tokenizer"].path))
    given = responses()
    outcomes: dict[bool, list[Stopped]] = {}
    for has_windows in (True, False):
        judging = fresh(load(), has_windows=has_windows)
        outcomes[has_windows] = [
            stopped(number, one, tokenizer, judging) for number, one in enumerate(given)
        ]
        _LOG.info("%s", Counter(one.outcome for one in outcomes[has_windows]))
    alone = known(given, fresh(judging))
    harmless = [one for one in given if one.kind == "harmless"]
    timed: dict[str, Timed] = {}
    for n_streams, name, clock in CLOCKS:
        judging = fresh(load())
        latencies(given[-1:], tokenizer, judging, 1, clock)  # the first call of all takes longer
        own = latencies(harmless, tokenizer, judging, n_streams, clock)
        timed[f"{n_streams} | {n_streams * CHUNKS_A_SECOND:.1f} | {name}"] = own
        _LOG.info("%d streams, %s: %s", n_streams, name, percentiles(own[0]))
    written = page(outcomes, alone, timed)
    options.output.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
