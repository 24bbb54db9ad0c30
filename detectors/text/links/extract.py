"""Web addresses in a text, from plain, defanged and obfuscated forms. Linear in the text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from detectors.text.links import hosts
from detectors.text.links.dots import WEAK, Name, names, readings
from detectors.text.links.fold import Folded, fold
from detectors.text.links.gate import may_hold_link
from detectors.text.links.hosts import Host
from detectors.text.links.link import Link, Trick, is_doubtful, tricks_of
from detectors.text.links.markup import anchors

MAX_LINKS: Final = 64
"""Links read of one text; a text with more is a list, and read in part."""
MAX_REMEMBERED: Final = 4_000
"""Characters of a text whose links are kept for whoever asks next."""
_SCHEME: Final = re.compile(
    r"(?:h[tx*_]{1,3}p|fxp|ftp|xxxx)\[?s?\]?\s?[\[({<]?\s?:?\s?[\])}>]?\s?"
    r"[\[({]?[/\\]{2,3}[\])}]?\s?"
)
_ORDINARY: Final = frozenset({"http://", "https://", "ftp://"})
_NUMBER: Final = re.compile(r"(?:[^\s/@]{0,128}@)?(0x[0-9a-f]{1,8}|[0-9]{4,11})(?=[/:?#\s]|$)")
_BRACKETED: Final = re.compile(r"\[([0-9a-f:.]{2,45})\]")
_PORT: Final = re.compile(r"\.?:[0-9]{1,5}(?![0-9])")
_PATH: Final = re.compile(r"\.?[/\\?#][^\s<>\"'`«»“”]{0,2048}")
_ASIDE: Final = re.compile(r"[?#]|%(?:25)*(?:3f|23)")
"""Where a query or a fragment begins in a folded text, which leaves these two escaped."""
_TRAILING: Final = ".,;:!?)]}*_~|"
_MAX_USER: Final = 256
_MAX_WRITTEN: Final = 200
_N_QUAD: Final = 4
_MAX_TRIMMED: Final = 2
"""Last labels that may be the next sentence's words."""


class _Scheme(Struct, frozen=True, gc=False):
    """Where a scheme stands in the folded text; the authority begins at `end`."""

    start: int
    end: int
    is_ordinary: bool


class _Page(Struct, frozen=True):
    """A text being read."""

    original: str
    folded: Folded
    schemes: tuple[_Scheme, ...]


class _Found(Struct, frozen=True, kw_only=True):
    """An address in the folded text: the whole, the host in it, and what was seen."""

    start: int
    end: int
    host_start: int
    host_end: int
    host: Host
    scheme: _Scheme | None
    user: str = ""
    name: Name | None = None
    is_nested: bool = False
    bait: str | None = None


def links(text: str) -> list[Link]:
    """The web addresses of a text, in order; `MAX_LINKS` + 1 at most.

    Mail addresses are none, nor are bare version numbers such as `1.2.3.4`.
    """
    if not may_hold_link(text):
        return []
    return list(_remembered(text)) if len(text) <= MAX_REMEMBERED else _read(text)


@lru_cache(2_048)
def _remembered(text: str) -> tuple[Link, ...]:
    """Several ask of one text in a row: the detector, and whoever compares items."""
    return tuple(_read(text))


def _read(text: str) -> list[Link]:
    folded = fold(text)
    schemes = tuple(
        _Scheme(*match.span(), is_ordinary=match[0] in _ORDINARY)
        for match in _SCHEME.finditer(folded.text)
    )
    page = _Page(text, folded, schemes)
    return [_link(page, one) for one in _with_bait(page, _in_order(page))]


def _in_order(page: _Page) -> list[_Found]:
    """What is found, without what is only part of another address."""
    found: list[_Found] = []
    numbered = list(_numbered(page))
    for reading in _readings(page):
        while numbered and numbered[0].host_start < reading.labels[0].start:
            _put(found, numbered.pop(0))
        if found and reading.labels[0].start < found[-1].end and not _is_nested(page, reading):
            continue
        one = _settled(page, reading)
        if one is not None:
            _put(found, one)
        if len(found) > MAX_LINKS:
            return found
    for one in numbered[: MAX_LINKS + 1]:
        _put(found, one)
    return found


def _put(found: list[_Found], one: _Found) -> None:
    """Adds an address, as nested where it begins inside the one before."""
    if found and one.start < found[-1].end:
        end = max(min(one.end, found[-1].end), one.host_end)
        one = msgspec.structs.replace(one, is_nested=True, end=end)
    found.append(one)


def _is_nested(page: _Page, name: Name) -> bool:
    """Whether a name inside another address has a scheme of its own."""
    return _before(page, name.narrowed(page.folded.text).labels[0].start)[0] is not None


def _readings(page: _Page) -> Iterator[Name]:
    for name in names(page.folded.text):
        yield from reversed(list(readings(name)))


def _settled(page: _Page, name: Name) -> _Found | None:
    """The address around a dotted name, if it is one."""
    text = page.folded.text
    host, name = _host(page, name)
    if host is None:
        return None
    start, end = name.labels[0].start, name.labels[-1].end
    scheme, user = _before(page, start)
    if text[end : end + 1] == "@" or (scheme is None and start > 1 and text[start - 1] == "@"):
        return None
    stop = _stop(text, end)
    if host.is_ip and scheme is None and not _is_address(name, has_path=stop > end):
        return None
    return _Found(
        start=start if scheme is None else scheme.start,
        end=stop,
        host_start=start,
        host_end=end,
        host=host,
        scheme=scheme,
        user=user,
        name=name,
    )


def _is_address(name: Name, *, has_path: bool) -> bool:
    """Whether numbers without a scheme are an IP address rather than a version or an amount."""
    if len(name.labels) != _N_QUAD or not WEAK.isdisjoint(name.forms):
        return False
    return has_path or "defanged" in name.forms


def _host(page: _Page, name: Name) -> tuple[Host | None, Name]:
    """The host that a dotted name means, and how much of it that is.

    Last labels that make no name are left out: `example.test.then` is a missing space.
    """
    text = page.folded.text
    name = name.narrowed(text)
    n = len(name.labels)
    if name.forms[-1] == "sentence":
        shorter = name.cut(0, n - 1)
        host = hosts.named(shorter.read(text))
        before = shorter.labels[-1]
        is_initial = before.end - before.start == 1  # U.S. law
        if host is not None or is_initial or _begins(page, name) or shorter.read(text).isdigit():
            return host, shorter
    for last in range(n, max(1, n - 1 - _MAX_TRIMMED), -1):
        shorter = name.cut(0, last)
        host = hosts.named(shorter.read(text))
        if host is not None:
            return host, shorter
    return None, name


def _begins(page: _Page, name: Name) -> bool:
    """Whether the last label begins a sentence, by its capital."""
    last = name.labels[-1]
    start, end = page.folded.span(last.start, last.end)
    written = page.original[start:end]
    return written[:1].isupper() and not written.isupper()


def _before(page: _Page, start: int) -> tuple[_Scheme | None, str]:
    """The scheme of the address whose host begins at `start`, and the user name between."""
    at = bisect_right(page.schemes, start, key=lambda one: one.end)
    if not at:
        return None, ""
    scheme = page.schemes[at - 1]
    between = page.folded.text[scheme.end : min(start, scheme.end + _MAX_USER + 1)]
    if not between:
        return scheme, ""
    if len(between) > _MAX_USER or not between.endswith("@"):
        return None, ""
    if any(character in " \t\n/\\" for character in between):
        return None, ""
    return scheme, between[:-1]


def _stop(text: str, end: int) -> int:
    """Where the address ends: after port, path and query, without closing punctuation."""
    port = _PORT.match(text, end)
    stop = end if port is None else port.end()
    path = _PATH.match(text, stop)
    if path is None:
        return stop
    return stop + len(path[0].rstrip(_TRAILING))


def _numbered(page: _Page) -> Iterator[_Found]:
    """Hosts without a dot: an IPv4 address as one number, an IPv6 address in brackets."""
    text = page.folded.text
    for scheme in page.schemes:
        match = _NUMBER.match(text, scheme.end) or _BRACKETED.match(text, scheme.end)
        host = None if match is None else hosts.address(match[1])
        if match is None or host is None:
            continue
        yield _Found(
            start=scheme.start,
            end=_stop(text, match.end()),
            host_start=match.start(1),
            host_end=match.end(),
            host=host,
            scheme=scheme,
            user=text[scheme.end : max(scheme.end, match.start(1) - 1)],
        )


def _with_bait(page: _Page, found: list[_Found]) -> list[_Found]:
    """Says of links whose shown text names another host which host that is."""
    pairs = list(anchors(page.folded.text)) if found else []
    starts = [one.host_start for one in found]
    for pair in pairs:
        at = bisect_right(starts, pair.target_start - 1)
        shown = bisect_right(starts, pair.shown_start - 1)
        if at >= len(found) or starts[at] >= pair.target_end:
            continue
        if shown >= len(found) or starts[shown] >= pair.shown_end:
            continue
        target, bait = found[at].host, found[shown].host
        if bait.registered != target.registered:
            found[at] = msgspec.structs.replace(found[at], bait=bait.name)
    return found


def _link(page: _Page, found: _Found) -> Link:
    start, end = page.folded.span(found.start, found.end)
    host_start, host_end = page.folded.span(found.host_start, found.host_end)
    text = page.folded.text
    tricks: list[Trick] = []
    if found.scheme is not None and not found.scheme.is_ordinary:
        tricks.append("defanged")
    forms = () if found.name is None else found.name.forms
    plain = text[found.host_start : found.host_end]
    tricks.extend(tricks_of(page.original[host_start:host_end], plain, found.host, forms))
    if found.bait is not None:
        tricks.append("shown text differs")
    user = hosts.named(found.user.rsplit(":", 1)[-1]) or hosts.named(found.user.split(":")[0])
    if user is not None and user.registered == found.host.registered:
        user = None
    if user is not None:
        tricks.append("user name before the host")
    if found.is_nested:
        tricks.append("inside another link")
    path = text[found.host_end : found.end].removeprefix(".")
    has_context = found.scheme is not None or "/" in path or found.host.name.startswith("www.")
    return Link(
        start=start,
        end=end,
        written=_written(page, found)[:_MAX_WRITTEN],
        host=found.host,
        path=path,
        tricks=tuple(dict.fromkeys(tricks)),
        bait=found.bait if user is None else user.name,
        is_doubtful=not has_context and is_doubtful(found.host, forms),
    )


def _written(page: _Page, found: _Found) -> str:
    """Scheme, host and path in the original text."""
    aside = _ASIDE.search(page.folded.text, found.host_end, found.end)
    stop = found.end if aside is None else aside.start()
    scheme = found.scheme
    if scheme is None or not found.user:
        start, end = page.folded.span(found.start, stop)
        return page.original[start:end]
    (start, end), (host, stop) = (
        page.folded.span(scheme.start, scheme.end),
        page.folded.span(found.host_start, stop),
    )
    return page.original[start:end] + page.original[host:stop]
