"""List files read into store entries: plain lines, JSON, and YAML lists of `- url:`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detectors.text.links import hosts
from detectors.text.links.store import Kind

DEFAULT_ALLOW: Final = Path(__file__).parent / "allow.txt"
"""Well-known legitimate sites, written for this project."""
_DENY_KEYS: Final = ("deny", "domains", "blacklist", "blocklist")
_ALLOW_KEYS: Final = ("allow", "domains", "whitelist", "allowlist")
_YAML_URL: Final = re.compile(r"""\s*-\s+(?:url:\s*)?["']?([^"'\s#:,]+)["']?,?\s*(?:#.*)?""")
_YAML_FOLDED: Final = re.compile(r"\s*-\s+url:\s*>-?\s*")
_HOSTS_LINE: Final = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1)\s+(\S+)")
_SCHEME: Final = re.compile(r"[a-z]{2,8}://")
_MAX_UNUSABLE: Final = 0.5
_MAX_NAME: Final = 255


class ListInvalid(ValueError):
    """A list file that cannot be read as one; the message names the file and says why."""


class ListFile(Struct, frozen=True):
    """What a file holds: entries to deny and to allow, and lines that are no names."""

    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()


def entry(written: str) -> str | None:
    """A list's line as a store's name: `host`, `*.host` or `host/path`; None if it is no name."""
    text = _SCHEME.sub("", written.strip().lower(), count=1)
    host, slash, path = text.partition("/")
    star = "*." if host.startswith("*.") else ""
    found = hosts.named(host.removeprefix("*."))
    if found is None:
        return None
    path = path.rstrip("/")
    name = f"{star}{found.name}{slash if path else ''}{path}"
    return name if name.isascii() and len(name) <= _MAX_NAME else None


def read(path: Path, *, is_allow: bool) -> ListFile:
    """Reads one file. Raises ListInvalid, OSError.

    A JSON object may hold both lists (`deny` or `domains`, and `allow`): both are taken from a
    file of names to deny, only `allow` or `domains` from one of names to allow.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8 ({error.reason} at byte {error.start})"
        raise ListInvalid(message) from error
    deny: list[str]
    allow: list[str] = []
    if path.suffix in {".yaml", ".yml"}:
        deny = _yaml(path, text)
    elif path.suffix == ".json" or text.lstrip()[:1] in {"[", "{"}:
        deny, allow = _json(path, text, is_allow=is_allow)
    else:
        deny = lines(text)
    if is_allow:
        deny, allow = [], [*deny, *allow]
    return _checked(path, deny, allow)


def _checked(path: Path, deny: Sequence[str], allow: Sequence[str]) -> ListFile:
    unusable = [line for line in (*deny, *allow) if entry(line) is None]
    n = len(deny) + len(allow)
    if n == 0:
        message = f"{path}: holds no names"
        raise ListInvalid(message)
    if len(unusable) > _MAX_UNUSABLE * n:
        message = (
            f"{path}: {len(unusable)} of {n} entries are no names, such as {unusable[0]!r:.80}"
        )
        raise ListInvalid(message)
    return ListFile(_entries(deny), _entries(allow), tuple(unusable))


def _entries(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in map(entry, lines) if name is not None)


def lines(text: str) -> list[str]:
    """The entries of a plain list: one a line, comments after `#`, hosts files too."""
    found = []
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if line:
            match = _HOSTS_LINE.fullmatch(line)
            found.append(line if match is None else match[1])
    return found


def _yaml(path: Path, text: str) -> list[str]:
    found = []
    is_folded = False
    for at, line in enumerate(text.splitlines(), start=1):
        match = _YAML_URL.fullmatch(line)
        if is_folded:
            found.append(line.strip())
            is_folded = False
        elif _YAML_FOLDED.fullmatch(line):
            is_folded = True
        elif match is not None:
            found.append(match[1])
        elif line.lstrip().startswith("-") and line.strip() != "---":
            message = f"{path}:{at}: expected `- url: NAME`, found {line.strip()!r:.80}"
            raise ListInvalid(message)
    return found


def _json(path: Path, text: str, *, is_allow: bool) -> tuple[list[str], list[str]]:
    try:
        content = msgspec.json.decode(text, type=list[str] | dict[str, msgspec.Raw])
        if isinstance(content, list):
            return content, []
        keys = _ALLOW_KEYS if is_allow else _DENY_KEYS
        found = [
            name
            for key in keys
            if key in content
            for name in msgspec.json.decode(content[key], type=list[str])
        ]
        if is_allow or "allow" not in content:
            return found, []
        return found, msgspec.json.decode(content["allow"], type=list[str])
    except msgspec.DecodeError as error:
        message = f"{path}: {error}"
        raise ListInvalid(message) from error


def merge(files: Iterable[ListFile]) -> tuple[dict[str, Kind], list[str]]:
    """The store's entries, and the names to deny that cannot be: public suffixes.

    Allow wins over deny for the same name. An allowed public suffix, or name that also stands
    there with `*.`, is a platform.
    """
    entries: dict[str, Kind] = {}
    refused: list[str] = []
    allowed: list[str] = []
    for file in files:
        allowed.extend(file.allow)
        for name in file.deny:
            bare = name.removeprefix("*.")
            if hosts.is_public_suffix(bare):
                refused.append(bare)
            else:
                entries[bare] = Kind.DENY
    for name in allowed:
        bare = name.removeprefix("*.")
        if bare != name or hosts.is_public_suffix(bare):
            entries[bare] = Kind.PLATFORM
        elif entries.get(bare) is not Kind.PLATFORM:
            entries[bare] = Kind.ALLOW
    return entries, refused
