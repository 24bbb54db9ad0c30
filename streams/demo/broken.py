"""Broken records: each way in which a real stream has been seen to go wrong."""

from collections.abc import Callable
from random import Random
from typing import Final, Literal, get_args

import msgspec

from schemas import headers as names
from streams.record import Headers, Outgoing

Fault = Literal["json", "version", "missing", "binary", "large", "tombstone", "nesting", "type"]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)

N_NESTED: Final = 20_000
"""Levels of nesting: more than any decoder's stack."""
N_LARGE: Final = 90_000
"""Characters of three bytes: an event within every field's limit, yet larger than 256 KiB."""


def break_record(record: Outgoing, fault: Fault, rng: Random) -> Outgoing:
    """Gives a sound product event's record with one fault. A tombstone is a fault no one made."""
    if fault == "version":
        return msgspec.structs.replace(record, headers=_other_version(record.headers))
    if fault == "tombstone":
        return msgspec.structs.replace(record, value=None)
    return msgspec.structs.replace(record, value=_BREAKERS[fault](record.value or b"", rng))


def _other_version(headers: Headers) -> Headers:
    return tuple((name, b"9" if name == names.VERSION else value) for name, value in headers)


def _truncate(value: bytes, rng: Random) -> bytes:
    return value[: rng.randint(1, len(value) - 2)]


def _rubbish(value: bytes, rng: Random) -> bytes:
    # A leading zero byte, so that it never happens to be JSON.
    return b"\x00" + rng.randbytes(rng.randint(16, 512))


def _without_actor(value: bytes, rng: Random) -> bytes:
    event = msgspec.json.decode(value, type=dict[str, object])
    return msgspec.json.encode({name: v for name, v in event.items() if name != "actor_id"})


def _too_large(value: bytes, rng: Random) -> bytes:
    event = msgspec.json.decode(value, type=dict[str, object])
    field = next(name for name in ("text", "description", "prompt") if name in event)
    return msgspec.json.encode({**event, field: "浪" * N_LARGE})


def _nested(value: bytes, rng: Random) -> bytes:
    return b'{"extra":' + b"[" * N_NESTED + b"]" * N_NESTED + b"," + value[1:]


def _wrong_type(value: bytes, rng: Random) -> bytes:
    event = msgspec.json.decode(value, type=dict[str, object])
    return msgspec.json.encode({**event, "actor_id": [1, 2, 3], "revision": "second"})


_BREAKERS: Final[dict[str, Callable[[bytes, Random], bytes]]] = {
    "json": _truncate,
    "missing": _without_actor,
    "binary": _rubbish,
    "large": _too_large,
    "nesting": _nested,
    "type": _wrong_type,
}
