"""The decoders under test: each takes a mutated input, checks what must hold, names the outcome."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from detectors.canary import Canary
from detectors.null import Null
from schemas import headers as names
from schemas.labels import SURFACES
from schemas.records import Filtered
from schemas.topics import FILTERED, MEBIBYTE, VERDICTS
from schemas.verdicts import Verdict
from streams import policy, settings
from streams.archive.archive import ArchivedVerdict
from streams.archive.intake import RecordInvalid, read, rows_of
from streams.archive.rows import blocks
from streams.dlq import MAX_LETTER_BYTES, LetterIncomplete, bury, exhume, revive
from streams.pipeline import Answer, Pipeline, judge
from streams.policy.checking import check
from streams.recent import Recent
from streams.record import Record, header
from streams.trace import trace_id, traceparent

from .corpus import ARCHIVED, DLQ_NAMES, EVENTS, HEADER_NAMES, VALUES
from .mutations import ODD_HEADER_VALUES, flip, mutate, mutate_headers

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PIPELINE: Final = Pipeline(
    detectors=(Null(), Canary()),
    policy=policy.load(policy.SHIPPED),
    recent=Recent(),
    max_event_bytes=256 * 1024,
    clock=lambda: NOW,
)
BATCH: Final = 64


class Broken(AssertionError):
    """A decoder gave what it must not."""


Target: TypeAlias = Callable[[random.Random, int, Path], list[str]]
"""Takes dice, how many inputs to make and a scratch folder; gives an outcome for each."""


def expect(holds: bool, what: str) -> None:
    """Raises Broken unless something holds."""
    if not holds:
        raise Broken(what)


def mutated(dice: random.Random, corpus: Sequence[Record], offset: int) -> Record:
    """Gives a mutated record of the corpus: value, key, headers, time."""
    original = dice.choice(corpus)
    value = None if dice.random() < 0.02 else mutate(dice, original.value or b"", VALUES)
    return Record(
        source=msgspec.structs.replace(original.source, offset=offset),
        key=dice.choice((original.key, None, b"", b"\xff" * 3)),
        value=value,
        headers=mutate_headers(dice, original.headers, HEADER_NAMES),
        timestamp_ms=dice.choice((original.timestamp_ms, 0, -1, 2**63 - 1, -(2**63))),
    )


def events(dice: random.Random, n: int, _folder: Path) -> list[str]:
    """Product events through the pipeline, in batches: each gets exactly one answer."""
    outcomes: list[str] = []
    while len(outcomes) < n:
        size = min(dice.randint(1, BATCH), n - len(outcomes))
        batch = [mutated(dice, EVENTS, len(outcomes) + i) for i in range(size)]
        answers = judge(batch, PIPELINE)
        expect([answer.record for answer in answers] == batch, "one answer a record, in order")
        outcomes += [outcome(answer) for answer in answers]
    return outcomes


def outcome(answer: Answer) -> str:
    """Checks an answer and names its kind, with the action or the error."""
    outgoing, topic = answer.outgoing, answer.record.source.topic
    place = names.parse_source(header(outgoing.headers, names.SOURCE) or b"")
    expect(place == answer.record.source, "the answer names the record")
    if answer.kind == "filtered":
        expect(answer.record.value is None and outgoing.topic == FILTERED.name, "a tombstone")
        msgspec.json.decode(outgoing.value or b"", type=Filtered)
        return "filtered"
    if answer.kind == "dead_letter":
        expect(outgoing.topic == DLQ_NAMES[topic], "the topic's own DLQ")
        expect(answer.stage == "decode", f"no defect of ours: {answer.stage} {answer.error!r}")
        expect((answer.record.value or b"").startswith(outgoing.value or b""), "the bytes are kept")
        return f"dead_letter {type(answer.error).__name__}"
    expect(outgoing.topic == VERDICTS.name, "the action topic")
    expect(len(outgoing.value or b"") < MEBIBYTE, "a verdict fits its topic")
    verdict = msgspec.json.decode(outgoing.value or b"", type=Verdict)
    expect(verdict == answer.verdict, "a verdict is read back as it was")
    return f"verdict {verdict.action}"


def archived(dice: random.Random, n: int, _folder: Path) -> list[str]:
    """Verdicts, labels and dead letters as the archiver reads them: rows, or unreadable."""
    return [archive(mutated(dice, ARCHIVED, i)) for i in range(n)]


def archive(record: Record) -> str:
    """Reads a record as the archiver does and makes its rows."""
    entry = read(record)
    kind = record.source.topic.removeprefix("moderation.")
    if isinstance(entry.payload, RecordInvalid):
        if not record.source.topic.endswith(".dlq"):
            bury(record, stage="decode", error=entry.payload, now=NOW)
        return f"{kind} unreadable"
    made = blocks(rows_of([entry]))
    if entry.payload is None:
        expect(not made, "no rows of what was removed")
        return f"{kind} removed"
    expect(bool(made) and all(len(row) == len(b.columns) for b in made for row in b.rows), "rows")
    if isinstance(entry.payload, ArchivedVerdict):
        msgspec.json.encode(entry.payload.verdict)
    return f"{kind} rows" if not record.source.topic.endswith(".dlq") else "dead letter rows"


def letters(dice: random.Random, n: int, _folder: Path) -> list[str]:
    """Any record buried, exhumed and revived: the original again, or refused by name."""
    return [bury_and_revive(dice, mutated(dice, (*EVENTS, *ARCHIVED), i)) for i in range(n)]


def bury_and_revive(dice: random.Random, original: Record) -> str:
    """Buries a record, reads its dead letter and revives it."""
    message = dice.choice(("", "x", "\ud800", "é" * 2_000))
    if dice.random() < 0.02:
        value = (original.value or b"") + bytes(dice.randint(1 << 20, 3 << 20))
        original = msgspec.structs.replace(original, value=value)
    buried = bury(original, stage="decode", error=ValueError(message), now=NOW)
    n_bytes = len(buried.value or b"") + len(buried.key or b"")
    n_bytes += sum(len(name.encode()) + len(value or b"") for name, value in buried.headers)
    expect(n_bytes <= MAX_LETTER_BYTES, f"{n_bytes} bytes fit the DLQ")
    source = msgspec.structs.replace(original.source, topic=buried.topic)
    found = Record(source=source, key=buried.key, value=buried.value, headers=buried.headers)
    letter = exhume(found)
    expect(letter.source == original.source, "the place is kept")
    msgspec.json.encode(letter)
    try:
        revived = revive(found)
    except LetterIncomplete:
        return "cut, refused"
    expect(revived.topic == original.source.topic, "its own topic again")
    expect((revived.key, revived.value) == (original.key, original.value), "whole again")
    return "revived"


def headers(dice: random.Random, n: int, _folder: Path) -> list[str]:
    """Places and trace contexts in headers: read, or passed over."""
    return [read_headers(dice, i) for i in range(n)]


def read_headers(dice: random.Random, offset: int) -> str:
    original = dice.choice(EVENTS)
    kept = mutate_headers(dice, original.headers, HEADER_NAMES)
    odd = dice.choice(ODD_HEADER_VALUES)
    name = dice.choice((names.TRACEPARENT, names.SOURCE))
    value = flip(dice, header(original.headers, name) or b"0") if dice.random() < 0.6 else odd
    source = msgspec.structs.replace(original.source, offset=offset)
    record = Record(source=source, key=None, value=b"", headers=(*kept, (name, value)))
    trace = trace_id(record)
    expect(len(trace) == 32 and int(trace, 16) > 0, f"a trace id: {trace}")
    carried = ((names.TRACEPARENT, traceparent(trace, UUID(int=dice.getrandbits(128)))),)
    again = Record(source=source, key=None, value=b"", headers=carried)
    expect(trace_id(again) == trace, "a verdict's trace context is one")
    try:
        place = names.parse_source(header(record.headers, names.SOURCE) or b"")
    except ValueError:
        return "no place"
    expect(names.parse_source(names.format_source(place)) == place, "a place is read back")
    return "place"


POLICY_TEXT: Final = (policy.SHIPPED / "common.toml").read_bytes()
POLICY_WORDS: Final = (
    b"nan", b"inf", b"-1", b"0", b"1e400", b"true", b'"""', b"'''", b"[[", b"]]", b"[", b"{a=",
    b"1979-05-27", b"0x", b'"x"', b"\n", b"#", b"=", b".", b'"scam"', b'"allow"', b'"ai"', b"\x00",
    b'"actor.n_10s > 3"', b'"signals.all(s, s.score > score.scam)"', b'"1 / item.n_links == 1"',
)  # fmt: skip


def policies(dice: random.Random, n: int, folder: Path) -> list[str]:
    """Policy files: a usable policy, or one line that names the file."""
    path = folder / "policy.toml"
    return [load_policy(path, _policy_text(dice)) for _ in range(n)]


def _policy_text(dice: random.Random) -> bytes:
    """Gives a few rules of the shipped policy, mutated as bytes, words or lines."""
    head, *rules = POLICY_TEXT.split(b"[[rules]]")
    text = b"[[rules]]".join((head, *dice.sample(rules, dice.randint(0, 3))))
    for _ in range(dice.randint(1, 3)):
        lines = text.split(b"\n")
        place = dice.randrange(len(lines))
        draw = dice.random()
        if draw < 0.25:
            lines[place] = mutate(dice, lines[place], lines)
        elif draw < 0.6:
            name, equals, _ = lines[place].partition(b"=")
            word = dice.choice(POLICY_WORDS) * dice.choice((1, 1, 1, 2_000))
            lines[place] = name + equals + word
        elif draw < 0.8:
            lines.insert(place, dice.choice(lines))
        else:
            del lines[place]
        text = b"\n".join(lines)
    return text


def load_policy(path: Path, text: bytes) -> str:
    """Loads a policy file that holds `text`."""
    path.write_bytes(text)
    found = check(path)
    expect(all("\n" not in str(one) for one in found), "a finding is a line")
    try:
        loaded = policy.load(path)
    except policy.PolicyInvalid as error:
        message = str(error)
        expect(str(path) in message and "\n" not in message, f"one line: {message!r}")
        expect(any(one.level == "error" for one in found), "what is refused is found")
        return "refused"
    for surface in SURFACES:
        given = policy.Given(surface=surface, now=NOW, missing=("text.risk@1",))
        fired = policy.fire(given, loaded)
        expect(any(reason.code == "missing" for reason in fired.reasons), "missing is a reason")
    expect(policy.load(path).hash == loaded.hash, "a hash is stable")
    return "loaded"


def environments(dice: random.Random, n: int, _folder: Path) -> list[str]:
    """Settings from an environment: settings, or an error that names a variable."""
    fields = sorted(field.name for field in msgspec.structs.fields(settings.Settings))
    odd = (
        "",
        "0",
        "-1",
        "1",
        "nan",
        "inf",
        "1e99",
        "x",
        "8.5",
        "true",
        "null",
        "9" * 400,
        "\udcff",
    )
    outcomes = []
    for _ in range(n):
        given = {}
        for _ in range(dice.randint(0, 4)):
            name = dice.choice(fields)
            if dice.random() < 0.1:
                name = flip(dice, name.encode()).decode(errors="surrogateescape")
            prefix = settings.PREFIX if dice.random() < 0.95 else "OTHER_"
            given[prefix + name.upper()] = dice.choice(odd)
        outcomes.append(load_settings(given))
    return outcomes


def load_settings(given: dict[str, str]) -> str:
    """Loads settings from an environment."""
    try:
        settings.load(given)
    except settings.SettingsInvalid as error:
        expect(any(name.upper() in str(error).upper() for name in given), f"a name: {error}")
        return "refused"
    return "loaded"


TARGETS: Final[dict[str, tuple[int, Target]]] = {
    "events": (60, events),
    "archived": (20, archived),
    "letters": (8, letters),
    "headers": (6, headers),
    "policies": (4, policies),
    "settings": (2, environments),
}
"""Decoders by name, each with its share of the inputs, in percent."""
