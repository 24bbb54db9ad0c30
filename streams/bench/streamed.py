"""Measures streamed responses: `python -m streams.bench.streamed`.

Some ten minutes. Makes responses of the sentences in `streamed.toml`, cuts them into chunks of 20
tokens, has `pipeline.judge` answer each, and writes `streams/bench/streamed_1.md`: at which chunk a
response is stopped, and how long after its arrival a chunk is answered.
"""

import base64
import json
import logging
import os
import random
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, structs
from tokenizers import Tokenizer

from detectors import card as cards
from detectors.text.generation.detector import Generation
from detectors.text.risk.detector import MODEL_ID, ROOT
from detectors.text.risk.stretches import sentences
from schemas.records import Source
from schemas.topics import PRODUCT_TOPICS
from streams.bench import machine
from streams.bench.figures import percentiles
from streams.chunks import Chunks
from streams.pipeline import Pipeline, judge, load_pipeline
from streams.recent import Recent
from streams.record import Record
from streams.settings import Settings

_LOG: Final = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
SENTENCES_FILE: Final = _FOLDER / "streamed.toml"
TOPIC: Final = next(one.name for one in PRODUCT_TOPICS if one.name.startswith("ai."))
CHUNK_TOKENS: Final = 20
SEED: Final = 7
GOAL_MS: Final = 100.0
WAIT_S: Final = 0.01
"""How long a part-full micro-batch waits, as the worker's setting has it."""
CHUNKS_A_SECOND: Final = 2.5
"""Of one response: 50 tokens a second."""
PHRASE: Final = "legal winner thank year wave sausage worth useful legal winner thank yellow"
"""A published test vector of BIP-39."""


class Response(Struct, frozen=True, kw_only=True):
    """A response to stream; `low` to `high` is its violating sentence, empty in harmless ones."""

    lang: str
    kind: str
    text: str
    low: int = 0
    high: int = 0


class Stopped(Struct, frozen=True, kw_only=True):
    """Where a response was stopped: chunk numbers, None for never."""

    response: Response
    n_chunks: int
    first: int
    """The chunk in which the violation begins."""
    last: int
    """The chunk in which it ends."""
    at: int | None

    @property
    def outcome(self) -> str:
        """Early, exact, late or missed; for harmless responses passed or stopped."""
        if self.response.kind == "harmless":
            return "passed" if self.at is None else "stopped"
        if self.at is None:
            return "missed"
        if self.at < self.first:
            return "early"
        return "exact" if self.at <= self.last else "late"


def responses() -> list[Response]:
    """Gives all responses: harmless ones, and these with a violating sentence in them."""
    rng = random.Random(SEED)  # noqa: S311
    written = tomllib.loads(SENTENCES_FILE.read_text(encoding="utf-8"))
    found: list[Response] = []
    for lang, own in written.items():
        for text in own["harmless"]:
            found.append(Response(lang=lang, kind="harmless", text=text))
        secrets = [("phrase", PHRASE), ("key", f"AIza{_random(rng, 35)}")]
        for number, (kind, violation) in enumerate([*own["violating"], *secrets]):
            text = own["harmless"][number % len(own["harmless"])]
            found.append(_with(lang, kind, text, violation, rng))
    return found


def _random(rng: random.Random, n: int) -> str:
    return base64.urlsafe_b64encode(rng.randbytes(n)).decode()[:n]


def _with(lang: str, kind: str, text: str, violation: str, rng: random.Random) -> Response:
    """A harmless text with a sentence put behind one of its first four."""
    ends = [high for _, high in sentences(text)][:-1]
    at = ends[rng.randrange(min(4, len(ends)))]
    before, after = text[:at].rstrip(), text[at:].lstrip()
    gap = "" if lang == "zh" else " "
    low = len(before) + len(gap)
    whole = f"{before}{gap}{violation}{gap}{after}"
    return Response(lang=lang, kind=kind, text=whole, low=low, high=low + len(violation))


def chunks_of(text: str, tokenizer: Tokenizer) -> list[tuple[int, int]]:
    """Gives where chunks of 20 tokens begin and end."""
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    starts = [offsets[at][0] for at in range(CHUNK_TOKENS, len(offsets), CHUNK_TOKENS)]
    cuts = [0, *starts, len(text)]
    return [(low, high) for low, high in zip(cuts, cuts[1:], strict=False) if low < high]


def records_of(number: int, response: Response, tokenizer: Tokenizer) -> list[Record]:
    """Gives the events of a response, one a chunk."""
    places = chunks_of(response.text, tokenizer)
    return [
        Record(
            source=Source(topic=TOPIC, partition=0, offset=sequence),
            key=f"a-{number}".encode(),
            value=json.dumps(
                {
                    "generation_id": f"g-{number}",
                    "conversation_id": f"v-{number}",
                    "actor_id": f"a-{number}",
                    "created_at": "2026-11-22T12:00:00Z",
                    "model": "helper-1",
                    "locale": response.lang,
                    "prompt": "How does this work?",
                    "response": response.text[low:high],
                    "chunk": {"sequence": sequence, "is_last": sequence == len(places) - 1},
                }
            ).encode(),
            headers=(),
            timestamp_ms=0,
        )
        for sequence, (low, high) in enumerate(places)
    ]


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


def latencies(
    given: Sequence[Response], tokenizer: Tokenizer, judging: Pipeline, n_streams: int
) -> tuple[list[float], float]:
    """Gives milliseconds from each chunk's arrival to its verdict, and processor ms a chunk.

    `n_streams` responses run at a time, each at `CHUNKS_A_SECOND`. Time between calls is not waited
    for but counted: a micro-batch is what has arrived when the one before is answered, and `WAIT_S`
    more. Kafka is not in it.
    """
    arrivals = sorted(_arrivals(given, tokenizer, n_streams), key=lambda one: one[0])
    found: list[float] = []
    now_s, next_ = 0.0, 0
    cpu_s = time.process_time()
    while next_ < len(arrivals):
        now_s = max(now_s, arrivals[next_][0]) + WAIT_S
        batch = [one for one in arrivals[next_:] if one[0] <= now_s]
        next_ += len(batch)
        started_s = time.perf_counter()
        judge([record for _, record in batch], judging)
        now_s += time.perf_counter() - started_s
        found += [1e3 * (now_s - arrived_s) for arrived_s, _ in batch]
    return found, 1e3 * (time.process_time() - cpu_s) / len(found)


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
    harmless = [one for one in given if one.kind == "harmless"]
    timed = {}
    for n_streams in (1, 4, 8, 16):
        timed[n_streams] = latencies(harmless, tokenizer, fresh(load()), n_streams)
        _LOG.info("%d streams: %s", n_streams, percentiles(timed[n_streams][0]))
    page = _page(outcomes, timed)
    (_FOLDER / "streamed_1.md").write_text(page, encoding="utf-8")


def _page(
    outcomes: dict[bool, list[Stopped]], timed: dict[int, tuple[list[float], float]]
) -> str:
    lines = [
        "# Streamed responses",
        "",
        "Written by `python -m streams.bench.streamed`: responses of some hundred words in 12 languages, written for it,"
        f" in chunks of {CHUNK_TOKENS} tokens; in the violating ones one sentence was put between harmless ones. The pipeline"
        " and policy that ship, with `text.generation`; a response is stopped at the first chunk that is not allowed.",
        "",
        "*Exact*: stopped at a chunk that holds a part of the violating sentence. *Late*: at a later one. *Early*: before it.",
        "",
        "| violation | n | exact | late | missed | early | exact, each chunk by itself |",
        "|---|---|---|---|---|---|---|",
    ]
    kinds = list(dict.fromkeys(one.response.kind for one in outcomes[True]))
    kinds.remove("harmless")
    for kind in (*kinds, None):
        own = [_of(outcomes[has], kind) for has in (True, False)]
        counts = [Counter(one.outcome for one in given) for given in own]
        n = len(own[0])
        lines.append(
            f"| {kind or '**all**'} | {n} | {_share(counts[0]['exact'], n)} | {counts[0]['late']}"
            f" | {counts[0]['missed']} | {counts[0]['early']} | {_share(counts[1]['exact'], n)} |"
        )
    lines += ["", *_delays(outcomes[True]), "", *_harmless(outcomes), "", *_missed(outcomes[True])]
    lines += ["", *_times(timed), "", f"Load average {os.getloadavg()[0]:.1f} on"]
    lines[-1] += f" {machine.describe().n_cores} processors ({machine.describe().cpu})."
    return "\n".join(lines) + "\n"


def _of(given: Sequence[Stopped], kind: str | None) -> list[Stopped]:
    if kind is None:
        return [one for one in given if one.response.kind != "harmless"]
    return [one for one in given if one.response.kind == kind]


def _share(n: int, of: int) -> str:
    return f"{n} ({100 * n / of:.0f} %)"


def _delays(given: Sequence[Stopped]) -> list[str]:
    found = [one.at - one.last for one in _of(given, None) if one.at is not None]
    counts = Counter(found)
    told = ", ".join(f"{delay:+d}: {counts[delay]}" for delay in sorted(counts))
    return [f"Chunks from the end of the violation to the stop, of those stopped: {told}."]


def _harmless(outcomes: dict[bool, list[Stopped]]) -> list[str]:
    lines = []
    for has_windows, name in ((True, "With windows"), (False, "Each chunk by itself")):
        own = [one for one in outcomes[has_windows] if one.response.kind == "harmless"]
        wrong = [one for one in own if one.outcome == "stopped"]
        langs = ", ".join(sorted({one.response.lang for one in wrong}))
        n_chunks = sum(one.n_chunks for one in own)
        lines.append(
            f"{name}, {len(wrong)} of {len(own)} harmless responses ({n_chunks} chunks) are stopped"
            + (f" ({langs})." if wrong else ".")
        )
    return ["  \n".join(lines)]


def _missed(given: Sequence[Stopped]) -> list[str]:
    wrong = [one for one in _of(given, None) if one.outcome in {"missed", "early", "late"}]
    names = ", ".join(
        f"{one.response.lang} {one.response.kind} ({one.outcome})" for one in wrong
    )
    return [f"Not exact: {names or 'none'}."]


def _times(timed: dict[int, tuple[list[float], float]]) -> list[str]:
    lines = [
        "## From a chunk's arrival to its verdict",
        "",
        f"The harmless responses, {CHUNKS_A_SECOND} chunks a second each, so many at a time; a micro-batch waits"
        f" {1e3 * WAIT_S:.0f} ms. Nothing was read before. Kafka is not in it.",
        "",
        "| responses at a time | chunks/s | chunks | p50 ms | p95 ms | p99 ms | within 100 ms | processor ms a chunk |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for n_streams, (found, cpu_ms) in timed.items():
        ranked = sorted(found)
        p50, p95, p99 = (ranked[min(len(ranked) - 1, int(q * len(ranked)))] for q in (0.5, 0.95, 0.99))
        within = sum(one <= GOAL_MS for one in found)
        lines.append(
            f"| {n_streams} | {n_streams * CHUNKS_A_SECOND:.0f} | {len(found)} | {p50:.0f} | {p95:.0f} | {p99:.0f}"
            f" | {100 * within / len(found):.1f} % | {cpu_ms:.0f} |"
        )
    return lines


if __name__ == "__main__":
    main()
