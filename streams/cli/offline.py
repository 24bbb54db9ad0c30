"""Commands that need no broker: detect and moderate, on JSON lines."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import msgspec
import typer
from rich.progress import BarColumn, Progress, TimeElapsedColumn

from schemas.labels import SURFACES, Label, Surface
from streams.cli.console import ERR, Misuse, settings

if TYPE_CHECKING:
    from detectors.detector import Detector
    from schemas.content import TextPart
    from streams.pipeline import Answer

BATCH: Final = 256
MAX_LINE_BYTES: Final = 16 << 20

InputFile = Annotated[Path, typer.Option("--input", "-i", help="JSON lines; - is standard input.")]
OutputFile = Annotated[
    Path, typer.Option("--output", "-o", help="JSON lines; - is standard output.")
]
Detectors = Annotated[
    str | None, typer.Option(help="Detectors, comma-separated [env TIDEGATE_DETECTORS].")
]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `tidegate detect`'s input."""

    id: str | int
    text: str = ""
    lang: str | None = None
    surface: Surface | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `tidegate detect`'s output; `error` says why a line could not be read."""

    id: str | int | None
    scores: dict[Label, float]
    signals: tuple[msgspec.Raw, ...]
    missing: tuple[str, ...]
    error: str | None = None


def detect(
    input: InputFile,  # noqa: A002 - the option's name
    output: OutputFile,
    detectors: Detectors = None,
) -> None:
    """Score texts: {"id", "text"?, "lang"?, "surface"?} in; scores, signals and missing out.

    Same order, one line each. A line that cannot be read gets `error` in its place and all
    detectors in `missing`; the others are scored, and the exit code is 2.
    """
    from streams.pipeline import load_detectors  # noqa: PLC0415 - keeps `--help` fast

    given = settings()
    _refuse_same(input, output)
    loaded = load_detectors(given.detectors if detectors is None else detectors, given)
    n_bad = 0
    with _reading(input) as lines, _writing(output) as file, _progress(input) as progress:
        for batch in _batches(lines):
            for line in _score(batch, loaded):
                n_bad += line.error is not None
                file.write(msgspec.json.encode(_in_full(line)) + b"\n")
            progress(sum(len(raw) for raw in batch), len(batch))
    if n_bad:
        message = f"{n_bad} lines could not be read; each has its error in {output}"
        raise Misuse(message)


def _in_full(line: Line) -> dict[str, object]:
    """Leaves out `error` alone: empty `missing` and `signals` are written."""
    written = {name: getattr(line, name) for name in ("id", "scores", "signals", "missing")}
    return written if line.error is None else written | {"error": line.error}


def _score(batch: list[bytes], detectors: "list[Detector[TextPart]]") -> Iterator[Line]:
    from schemas.content import TextPart  # noqa: PLC0415
    from streams.detect import detect_groups  # noqa: PLC0415

    queries = [_query(raw) for raw in batch]
    groups = [
        (TextPart(name="text", text=query.text, lang=query.lang),)
        if isinstance(query, Query) and query.text.strip()
        else ()
        for query in queries
    ]
    everything = tuple(detector.card.id for detector in detectors)
    for query, judged in zip(queries, detect_groups(groups, detectors), strict=True):
        if not isinstance(query, Query):
            yield Line(id=None, scores={}, signals=(), missing=everything, error=str(query))
            continue
        scores: dict[Label, float] = {}
        for signal in judged.signals:
            scores[signal.label] = max(signal.score, scores.get(signal.label, 0.0))
        encoded = tuple(msgspec.Raw(msgspec.json.encode(signal)) for signal in judged.signals)
        yield Line(id=query.id, scores=scores, signals=encoded, missing=judged.missing)


def _query(raw: bytes) -> Query | Exception:
    if len(raw) > MAX_LINE_BYTES:
        message = f"a line of {len(raw)} bytes, the limit is {MAX_LINE_BYTES}"
        return ValueError(message)
    try:
        return msgspec.json.decode(raw, type=Query)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return error


def moderate(
    surface: Annotated[str, typer.Option("--surface", "-s", help="One of " + ", ".join(SURFACES))],
    input: InputFile,  # noqa: A002 - the option's name
    output: OutputFile,
    detectors: Detectors = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file [env TIDEGATE_POLICY].")] = None,
) -> None:
    """Judge product events of one surface, as the agents would: events in, verdicts out.

    Same order, one line each. An event that cannot be judged gets its dead letter in its place.
    """
    from schemas.records import Source  # noqa: PLC0415 - keeps `--help` fast
    from schemas.topics import PRODUCT_TOPICS  # noqa: PLC0415
    from streams.pipeline import judge, load_pipeline  # noqa: PLC0415
    from streams.record import Record  # noqa: PLC0415

    topic = next((topic for topic in PRODUCT_TOPICS if topic.surface == surface), None)
    if topic is None:
        message = f"{surface} is not a surface; there are {', '.join(SURFACES)}"
        raise Misuse(message)
    given = settings()
    _refuse_same(input, output)
    given = msgspec.structs.replace(
        given,
        detectors=given.detectors if detectors is None else detectors,
        policy=policy or given.policy,
    )
    pipeline = load_pipeline(given)
    n_read = n_dead = 0
    with _reading(input) as lines, _writing(output) as file, _progress(input) as progress:
        for batch in _batches(lines):
            records = [
                Record(
                    source=Source(topic=topic.name, partition=0, offset=n_read + i),
                    key=None,
                    value=raw,
                )
                for i, raw in enumerate(batch)
            ]
            for answer in judge(records, pipeline):
                n_dead += answer.kind == "dead_letter"
                file.write(_as_line(answer) + b"\n")
            n_read += len(batch)
            progress(sum(len(raw) for raw in batch), len(batch))
    ERR.print(f"{n_read} events, {n_dead} dead letters", highlight=False)


def _refuse_same(source: Path, target: Path) -> None:
    """Writing to the file that is read would empty it first."""
    if source.exists() and target.exists() and source.samefile(target):
        message = f"{target} is the input too: name another output"
        raise Misuse(message)


def _as_line(answer: "Answer") -> bytes:
    from streams.dlq import exhume  # noqa: PLC0415
    from streams.record import Record  # noqa: PLC0415

    if answer.kind != "dead_letter":
        return answer.outgoing.value or b"null"
    out = answer.outgoing
    buried = Record(source=answer.record.source, key=out.key, value=out.value, headers=out.headers)
    return msgspec.json.encode({"dead_letter": exhume(buried)})


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for raw in lines:
        if raw.strip():
            batch.append(raw)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Misuse(message) from error


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Misuse(message) from error


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int, int], None]]:
    """Shows progress on a terminal, by bytes of the input file, with the number of lines."""
    if not ERR.is_terminal:
        yield lambda _n_bytes, _n_lines: None
        return
    total = None if str(path) == "-" else path.stat().st_size
    with Progress(
        "{task.description}", BarColumn(), "{task.percentage:>3.0f} %", TimeElapsedColumn(),
        console=ERR,
    ) as bar:  # fmt: skip
        task = bar.add_task("0 lines", total=total)
        n_done = 0

        def advance(n_bytes: int, n_lines: int) -> None:
            nonlocal n_done
            n_done += n_lines
            bar.update(task, advance=n_bytes, description=f"{n_done:,} lines")

        yield advance
