"""Addresses as they are written: read once, strictly, and written anew for the HTTP client.

What is checked is what is fetched: the URL given on is put together from the pieces that were
checked, so no second parser can read the host differently.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urljoin

import idna
from msgspec import Struct
from publicsuffixlist import PublicSuffixList
from yarl import URL

from streams.fetching.addresses import Address, parse
from streams.fetching.limits import Limits
from streams.fetching.refusals import Refusal

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")
"""Parsers disagree about them: controls, blanks, backslashes; and what is no text."""
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_HOST_LENGTH: Final = 253
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


class WebTarget(Struct, frozen=True):
    """A URL to ask a server for. `host` is in ASCII, without brackets or trailing dot."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def url(self) -> URL:
        """The URL as it is sent; of the given one's path and query, ASCII stays as it was."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return URL(f"{self.scheme}://{host}{port}{self.path}{query}", encoded=True)

    @property
    def site(self) -> str:
        """The registered domain or IP address: what one party owns."""
        return _site(self.host)


class FileTarget(Struct, frozen=True):
    """A file: the names on the way to it from the root of the file system."""

    names: tuple[str, ...]


Target = WebTarget | FileTarget


def read_target(uri: str, limits: Limits, reachable: Callable[[Address], bool]) -> Target | Refusal:
    """Gives what an address leads to, or why it is not followed. Looks nothing up.

    Args:
        uri: The address as the actor or a redirect wrote it.
        limits: Which schemes, ports and lengths are allowed.
        reachable: Which IP addresses may be connected to.
    """
    if not uri or len(uri) > limits.url_length or _FORBIDDEN.search(uri):
        return Refusal("url_invalid")
    scheme_match = _SCHEME.match(uri)
    if scheme_match is None:
        return Refusal("url_invalid")
    scheme, rest = scheme_match[1].lower(), uri[scheme_match.end() :]
    if scheme == "file" and limits.files_root is not None:
        return _read_file(rest)
    if scheme != "https" and not (scheme == "http" and limits.is_http_allowed):
        return Refusal("scheme_refused")
    if not rest.startswith("//"):
        return Refusal("url_invalid")
    return _read_web(scheme, rest[2:], limits, reachable)


def read_redirect(
    target: WebTarget, location: str | None, limits: Limits, reachable: Callable[[Address], bool]
) -> WebTarget | Refusal:
    """Gives where a redirect from `target` leads, checked like an address of its own."""
    if not location:
        return Refusal("redirect_invalid")
    if len(location) > limits.url_length or _FORBIDDEN.search(location):
        return Refusal("url_invalid")
    try:
        joined = urljoin(str(target.url), location)
    except ValueError:
        return Refusal("url_invalid")
    if target.scheme == "https" and joined[:5].lower() == "http:":
        return Refusal("downgrade_refused")
    found = read_target(joined, limits, reachable)
    return Refusal("scheme_refused") if isinstance(found, FileTarget) else found


def _read_web(
    scheme: str, rest: str, limits: Limits, reachable: Callable[[Address], bool]
) -> WebTarget | Refusal:
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:].partition("#")[0]
    if "@" in authority:
        return Refusal("userinfo_refused")
    host, port = _split_port(authority)
    name = _read_host(host)
    if name is None:
        return Refusal("host_invalid")
    number = _read_port(scheme, port, limits)
    if number is None:
        return Refusal("port_refused")
    literal = parse(name)
    if literal is not None and not reachable(literal):
        return Refusal("address_refused")
    path, _, query = tail.partition("?")
    return WebTarget(scheme, name, number, _to_ascii(path) or "/", _to_ascii(query))


def _split_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        if rest and not rest.startswith(":"):
            return "", ""
        return host + bracket, rest[1:]
    host, _, port = authority.partition(":")
    return host, port


def _read_host(written: str) -> str | None:
    """Gives a full domain name in ASCII or an IP address; None where it is neither.

    A name that ends in a number is an IPv4 address (WHATWG URL), here only in its usual form:
    what `127.1`, `0x7f000001` or `2130706433` mean depends on who reads them.
    """
    if written.startswith("["):
        address = parse(written[1:-1]) if written.endswith("]") else None
        is_plain = address is not None and address.version == 6 and "%" not in written  # noqa: PLR2004
        return str(address) if is_plain else None
    if len(written) > _HOST_LENGTH + 1:
        return None
    name = written.lower() if written.isascii() else _to_idna(written)
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > _HOST_LENGTH or not all(map(_LABEL.fullmatch, labels)):
        return None
    if _NUMERIC.fullmatch(labels[-1]):
        address = parse(name)
        return str(address) if address is not None else None
    return name if len(labels) > 1 else None


def _to_idna(written: str) -> str:
    try:
        return idna.encode(written, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def _read_port(scheme: str, written: str, limits: Limits) -> int | None:
    if not written:
        port = _DEFAULT_PORTS[scheme]
    elif _PORT.fullmatch(written):
        port = int(written)
    else:
        return None
    is_plain_http = scheme == "http" and port == _DEFAULT_PORTS["http"]
    return port if port in limits.ports or is_plain_http else None


def _to_ascii(written: str) -> str:
    """Escapes what is not ASCII and nothing else: a presigned address must stay as signed."""
    return written if written.isascii() else quote(written, safe=_ASCII)


def _read_file(rest: str) -> FileTarget | Refusal:
    path = rest.removeprefix("//localhost") if rest.startswith("//localhost/") else rest
    path = path.removeprefix("//") if path.startswith("///") else path
    if not path.startswith("/") or path.startswith("//"):
        return Refusal("file_refused")
    try:
        names = tuple(unquote_to_bytes(path.partition("#")[0]).decode().split("/")[1:])
    except UnicodeError:
        return Refusal("file_refused")
    if any(name in {"", ".", ".."} or "\0" in name for name in names):
        return Refusal("file_refused")
    return FileTarget(names)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=4096)
def _site(host: str) -> str:
    return host if parse(host) else _suffixes().privatesuffix(host) or host
