"""Seeded mutations of records: of bytes, of JSON's structure, of headers, of text files."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from streams.record import Headers

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | int | bool | None"
Mutation = Callable[[random.Random, bytes], bytes]

MAX_BYTES: Final = 400_000
"""No mutated value is longer; the limit on events is below it."""

MAX_PARSED_BYTES: Final = 150_000
"""Longer values are not restructured: copies of their parts would fill the memory."""

ODD_VALUES: Final[tuple[Json, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308,
    float("nan"), float("inf"), "", " ", "0", "null", "\x00", "\u202e", "\ud800", "\udfff\ud800",
    "x" * 201, "2026-11-22T12:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59+14:00",
    [], {}, [[]], [None], {"": {}}, ["a"] * 70,
)  # fmt: skip
"""Values that decoders are tempted to mistake. NaN, infinities and surrogates are no JSON."""

ODD_BYTES: Final = (
    b"", b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf",
    b"NaN", b"Infinity", b"-", b"1e999", b"-0", b"01", b"\\ud800", b"\\udc00\\ud800", b"\\u00",
    b"\\x", b"\n", b"\r\n", b'"', b"{", b"}", b"[", b"]", b",", b":", b"//", b"/**/",
)  # fmt: skip

ODD_HEADER_VALUES: Final = (
    None, b"", b"\xff\xfe", b"0", b"1", b"2", b"-1", b"a/b/c", b"a/1/2", b"/0/0", b"a/1/2/3",
    b"chatroom.messages.v1/3/7", b"square.posts.v1/2147483648/9", b"x/1/99999999999999999999",
    b"00-" + b"0" * 32 + b"-0000000000000000-00", b"00-zz", b"x" * 70_000, "١/٢/٣".encode(),
    b"2026-11-22T12:00:00+00:00", b"0001-01-01T00:00:00+23:59", b"9999-12-31", b"1" * 5_000,
    b"ChatroomMessage", b"SquarePost", b"Verdict",
)  # fmt: skip


def flip(dice: random.Random, value: bytes) -> bytes:
    """Changes single bits."""
    changed = bytearray(value)
    for _ in range(dice.randint(1, 8)):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def truncate(dice: random.Random, value: bytes) -> bytes:
    return value[: dice.randint(0, len(value))]


def insert(dice: random.Random, value: bytes) -> bytes:
    """Puts odd bytes, or random ones, somewhere."""
    added = dice.choice(ODD_BYTES) if dice.random() < 0.7 else dice.randbytes(dice.randint(1, 9))
    place = dice.randint(0, len(value))
    return value[:place] + added + value[place:]


def remove(dice: random.Random, value: bytes) -> bytes:
    start = dice.randint(0, len(value))
    return value[:start] + value[start + dice.randint(1, 12) :]


def repeat(dice: random.Random, value: bytes) -> bytes:
    """Repeats a stretch, rarely so often that the value exceeds every limit."""
    start = dice.randint(0, len(value))
    stretch = value[start : start + dice.randint(1, 30)]
    n_times = 20_000 if dice.random() < 0.02 else dice.randint(2, 9)
    return (value[:start] + stretch * n_times + value[start:])[:MAX_BYTES]


def nest(dice: random.Random, value: bytes) -> bytes:
    """Wraps the value, or opens brackets that nothing closes, up to ten thousand deep."""
    depth = dice.choice((1, 2, 50, 1_000, 10_000))
    opening, closing = dice.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'{"text":', b"}")))
    place = dice.choice((0, value.find(b":") + 1))
    inner = value[place:] if dice.random() < 0.5 else b""
    return value[:place] + opening * depth + inner + closing * dice.choice((0, depth))


def restructure(dice: random.Random, value: bytes) -> bytes:
    """Parses JSON and changes its structure: types, keys, odd values, duplicates."""
    try:
        document: Json = json.loads(value) if len(value) <= MAX_PARSED_BYTES else None
    except (ValueError, RecursionError):
        return flip(dice, value)
    for _ in range(dice.randint(1, 3)):
        document = _change(dice, document, 0)
    if isinstance(document, dict) and dice.random() < 0.1:
        lists = {name: node for name, node in document.items() if isinstance(node, list)}
        document |= {name: node * 40 for name, node in lists.items() if len(node) < 40}
    written = json.dumps(document, ensure_ascii=dice.random() < 0.5)
    return _duplicate_key(dice, written).encode(errors="surrogatepass")


def _change(dice: random.Random, node: Json, depth: int) -> Json:
    """Walks down at random and replaces, removes, renames or adds where it ends."""
    is_end = depth > 6 or dice.random() < 0.25
    if isinstance(node, dict) and node:
        name = dice.choice(sorted(node))
        if not is_end:
            return node | {name: _change(dice, node[name], depth + 1)}
        without = {key: kept for key, kept in node.items() if key != name}
        renamed: dict[str, Json] = {name.upper(): node[name]}
        added: dict[str, Json] = {name: dice.choice(ODD_VALUES)}
        changes: tuple[Json, ...] = (without, without | renamed, node | added, [node])
        return dice.choice(changes)
    if isinstance(node, list) and node and not is_end:
        place = dice.randrange(len(node))
        changed = list(node)
        changed[place] = _change(dice, node[place], depth + 1)
        return changed
    return _swap(dice, node)


def _swap(dice: random.Random, node: Json) -> Json:
    """Gives a value of another type that says the same, or an odd one."""
    same: tuple[Json, ...] = (str(node), [node], {"value": node})
    return dice.choice(same) if dice.random() < 0.3 else dice.choice(ODD_VALUES)


def _duplicate_key(dice: random.Random, written: str) -> str:
    """JSON does not forbid a key twice; readers disagree on which counts."""
    if written.startswith("{") and '"' in written and dice.random() < 0.15:
        name = written.split('"', 2)[1]
        return (
            f"{written[:-1]}, {json.dumps(name)}: {json.dumps(dice.choice(('again', 1, None)))}}}"
        )
    return written


ODD_TEXTS: Final = (
    "", " ", "\x00", "\u2028", "\u202e", "\ufeff", "\U0010ffff", "مرحبا", "語" * 300,
    "e\u0301" * 99, "x" * 200, "x" * 99_999, "en", "zh_Hant", "0", "#", "\x1f",
    "2026-11-22T12:00:00.123456789+05:45",
)  # fmt: skip


TEXT_FIELDS: Final = frozenset(
    {"text", "title", "description", "token_name", "prompt", "response", "note", "reply_to"}
)


def reword(dice: random.Random, value: bytes) -> bytes:
    """Changes texts and adds fields nobody knows: most inputs stay legal."""
    try:
        document: Json = json.loads(value)
    except (ValueError, RecursionError):
        return value
    if not isinstance(document, dict) or not document:
        return value
    for _ in range(dice.randint(1, 3)):
        name = dice.choice(sorted(document))
        old = document[name]
        if isinstance(old, str) and (name in TEXT_FIELDS or dice.random() < 0.1):
            document[name] = dice.choice((old + dice.choice(ODD_TEXTS), dice.choice(ODD_TEXTS)))
        else:
            document[f"added_{name}"] = dice.choice(ODD_VALUES[:14])
    return json.dumps(document, ensure_ascii=dice.random() < 0.5).encode(errors="surrogatepass")


def splice(dice: random.Random, value: bytes, other: bytes) -> bytes:
    """Gives the beginning of one and the end of another."""
    return value[: dice.randint(0, len(value))] + other[dice.randint(0, len(other)) :]


_MUTATIONS: Final[tuple[Mutation, ...]] = (
    flip, truncate, insert, remove, repeat, nest,
    restructure, restructure, restructure, restructure, reword,
)  # fmt: skip


def mutate(dice: random.Random, value: bytes, corpus: Sequence[bytes]) -> bytes:
    """Gives a mutated value: 2 % random bytes, 2 % unchanged, 30 % reworded, the rest wilder."""
    draw = dice.random()
    if draw < 0.02:
        return dice.randbytes(dice.randint(0, 300))
    if draw < 0.04:
        return value
    if draw < 0.34:
        return reword(dice, value)[:MAX_BYTES]
    for _ in range(dice.choice((1, 1, 1, 1, 2, 3))):
        value = dice.choice(_MUTATIONS)(dice, value)
        if dice.random() < 0.03:
            value = splice(dice, value, dice.choice(corpus))
    return value[:MAX_BYTES]


def mutate_headers(dice: random.Random, headers: Headers, names: Sequence[str]) -> Headers:
    """Drops, repeats, changes and adds headers; leaves them alone half of the time."""
    if dice.random() < 0.5:
        return headers
    kept = [pair for pair in headers if dice.random() < 0.7]
    for _ in range(dice.randint(0, 3)):
        name = dice.choice(names) if dice.random() < 0.9 else dice.choice(("", "\x00", "é" * 99))
        old = next((value for known, value in kept if known == name), None)
        drawn = dice.choice(ODD_HEADER_VALUES)
        value = flip(dice, old) if old and dice.random() < 0.5 else drawn
        kept.insert(dice.randint(0, len(kept)), (name, value))
    return tuple(kept)
