"""Responses of an assistant to stream: harmless ones, and these with a sentence that is not."""

import base64
import json
import random
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct
from tokenizers import Tokenizer

from detectors.text.risk.stretches import sentences
from schemas.records import Source
from schemas.topics import PRODUCT_TOPICS
from streams.record import Record

SENTENCES_FILE: Final = Path(__file__).parent / "streamed.toml"
TOPIC: Final = next(one.name for one in PRODUCT_TOPICS if one.name.startswith("ai."))
CHUNK_TOKENS: Final = 20
SEED: Final = 7
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
        found += [Response(lang=lang, kind="harmless", text=text) for text in own["harmless"]]
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
    return [(low, high) for low, high in pairwise(cuts) if low < high]


def records_of(number: int, response: Response, tokenizer: Tokenizer) -> list[Record]:
    """Gives the events of a response, one a chunk."""
    places = chunks_of(response.text, tokenizer)
    last = len(places) - 1
    return [
        record_of(number, response, response.text[low:high], sequence, is_last=sequence == last)
        for sequence, (low, high) in enumerate(places)
    ]


def record_of(
    number: int,
    response: Response,
    text: str,
    sequence: int | None = None,
    *,
    is_last: bool = False,
) -> Record:
    """The event of a chunk, or of all there is."""
    event: dict[str, object] = {
        "generation_id": f"g-{number}",
        "conversation_id": f"v-{number}",
        "actor_id": f"a-{number}",
        "created_at": "2026-11-22T12:00:00Z",
        "model": "helper-1",
        "locale": response.lang,
        "prompt": "How does this work?",
        "response": text,
    }
    if sequence is not None:
        event["chunk"] = {"sequence": sequence, "is_last": is_last}
    return Record(
        source=Source(topic=TOPIC, partition=0, offset=sequence or 0),
        key=f"a-{number}".encode(),
        value=json.dumps(event).encode(),
        headers=(),
        timestamp_ms=0,
    )
