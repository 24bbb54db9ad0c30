"""Keys and tokens of services, by the forms that their makers publish.

PyPI `detect-secrets` knows fewer of them, without places in the text, and had its last release in
2024; it is meant for repositories. Wallet keys and recovery phrases are `text.entities`' matter.
"""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from detectors.text.entities.finding import Finding
from detectors.text.entities.scoring import Judged, judged

FORMS_FILE: Final = Path(__file__).parent / "forms.toml"
KIND: Final = "api_key"
MAX_FOUND: Final = 16
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKED, _FORM, _NAMED = 4.0, 3.2, 1.4
_PLACEHOLDER: Final = re.compile(
    r"example|x{5,}|\*{3,}|\.{3}|your[-_ ]?|placeholder|dummy|changeme|redacted|<[^>]*>|0{8,}"
    r"|^(?:user|db|my|the)?[-_]?(?:pass|password|secret|pwd)\d*$|1234567|abcdef(?:g|0)|test[-_]?key|sample|insert",
    re.IGNORECASE,
)
_MIN_BITS: Final = 3.2
"""Bits a character that a random key has at least; words and runs have less."""


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """A published form: its name, what it looks like, and the check that says more, if any."""

    name: str
    hint: str
    pattern: str
    check: Literal["crc32", "decimal", "json"] | None = None


class _Forms(Struct, frozen=True, forbid_unknown_fields=True):
    forms: tuple[Form, ...]
    named: str


def _has_crc(token: str) -> bool:
    """GitHub's own check: the last six characters are the CRC-32 of the rest, in base 62."""
    body, check = token.partition("_")[2][:-6], token[-6:]
    left = zlib.crc32(body.encode())
    digits = ""
    while left:
        left, digit = divmod(left, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0") == check


def _is_jwt(token: str) -> bool:
    """Whether the first two parts of a token are JSON objects, and it is signed."""
    parts = token.split(".")
    return all(isinstance(_json(one), dict) for one in parts[:2]) and len(parts[2]) > 16  # noqa: PLR2004


def _json(part: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def _is_discord(token: str) -> bool:
    """Whether the first part is a decimal id in base 64."""
    first = token.partition(".")[0]
    try:
        return base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).isdigit()
    except (ValueError, binascii.Error):
        return False


_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "crc32": _has_crc,
    "decimal": _is_discord,
    "json": _is_jwt,
}


class Credentials:
    """The forms of a file, compiled. Safe across threads."""

    def __init__(self, path: Path = FORMS_FILE) -> None:
        """Reads the forms. Raises OSError, msgspec.ValidationError, re.error."""
        written = msgspec.toml.decode(path.read_bytes(), type=_Forms)
        self._forms = [(one, re.compile(one.pattern)) for one in written.forms]
        self._named = re.compile(written.named)

    def find(self, text: str) -> list[Judged]:
        """Gives keys and tokens in a text. What is plainly a placeholder is none."""
        found = list(self._formed(text))
        taken = [(one.finding.start, one.finding.end) for one in found]
        for match in self._named.finditer(text):
            start, end = match.span("value")
            if any(low < end and start < high for low, high in taken):
                continue
            if _is_random(match["value"]):
                found.append(_judged("named value", match["value"], start, _NAMED))
        return found[:MAX_FOUND]

    def _formed(self, text: str) -> Iterator[Judged]:
        for form, pattern in self._forms:
            if form.hint not in text:
                continue
            for match in pattern.finditer(text):
                value = match["value"] if "value" in pattern.groupindex else match[0]
                if _PLACEHOLDER.search(value) or _bits(value) < _least_bits(value):
                    continue
                if form.check is None:
                    yield _judged(form.name, match[0].rstrip(), match.start(), _FORM)
                elif _CHECKS[form.check](match[0]):
                    yield _judged(form.name, match[0].rstrip(), match.start(), _CHECKED)


def _judged(form: str, value: str, start: int, log_odds: float) -> Judged:
    place = Finding(
        kind=KIND,
        start=start,
        end=start + len(value),
        evidence={"form": form, "length": str(len(value))},
    )
    return judged("privacy", {"form": log_odds}, place)


def _is_random(value: str) -> bool:
    has_both = any(one.isdigit() for one in value) and any(one.isalpha() for one in value)
    return has_both and not _PLACEHOLDER.search(value) and _bits(value) > _MIN_BITS


def _least_bits(value: str) -> float:
    """What is short has fewer different characters, however random."""
    return min(_MIN_BITS, math.log2(len(value)) - 0.5)


def _bits(value: str) -> float:
    """Bits a character, by how often each occurs."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
