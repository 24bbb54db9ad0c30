"""What a server answered: bytes, a redirect or a refusal."""

import asyncio
import socket
from http import HTTPStatus
from typing import Final

import aiohttp
from msgspec import Struct

from streams.fetching.fetched import Arrival, Fetched
from streams.fetching.limits import Limits
from streams.fetching.refusals import Code, Refusal
from streams.fetching.resolving import UNKNOWN_NAME, AddressRefused

QUICK_BYTES: Final = 1 << 20
"""A smaller file is looked through on the event loop."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CODES: Final[dict[int, Code]] = {
    HTTPStatus.UNAUTHORIZED: "access_denied",
    HTTPStatus.FORBIDDEN: "access_denied",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.GONE: "not_found",
    HTTPStatus.REQUEST_TIMEOUT: "server_failed",
    HTTPStatus.TOO_MANY_REQUESTS: "server_failed",
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_failed",
    HTTPStatus.BAD_GATEWAY: "server_failed",
    HTTPStatus.SERVICE_UNAVAILABLE: "server_failed",
    HTTPStatus.GATEWAY_TIMEOUT: "server_failed",
}
_MAX_WAIT_DIGITS: Final = 6


class Redirect(Struct, frozen=True):
    """Where the server sends on to, as it was written; None where it did not say."""

    location: str | None


async def receive(
    response: aiohttp.ClientResponse, limits: Limits, sha256: str | None
) -> tuple[Fetched | Refusal | Redirect, float]:
    """Reads an answer as far as it is wanted. Raises what the client raises.

    Gives with it how long the server wants to be left alone, seconds.
    """
    if response.status in _REDIRECTS:
        return Redirect(response.headers.get("Location")), 0.0
    if response.status != HTTPStatus.OK:
        return Refusal(_CODES.get(response.status, "status_refused")), _wait_s(response)
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        return Refusal("encoding_refused"), 0.0
    return await _receive_body(response, limits, sha256), 0.0


async def _receive_body(
    response: aiohttp.ClientResponse, limits: Limits, sha256: str | None
) -> Fetched | Refusal:
    arrival = Arrival(limits)
    refusal = arrival.announce(response.content_length)
    if refusal is not None:
        return refusal
    clock = asyncio.get_running_loop().time
    started_s = clock()
    async for chunk in response.content.iter_any():
        refusal = arrival.add(chunk)
        if refusal is not None:
            return refusal
        elapsed_s = clock() - started_s
        if elapsed_s > limits.idle_s and arrival.n_bytes < elapsed_s * limits.least_bytes_s:
            return Refusal("too_slow")
    declared = response.headers.get("Content-Type")
    if arrival.n_bytes < QUICK_BYTES:
        return arrival.end(sha256, declared)
    # A large file is searched through for a second format: others are fetched meanwhile.
    return await asyncio.to_thread(arrival.end, sha256, declared)


def refusal_of(error: Exception) -> Refusal:
    """Gives what an error of the client means; the error's own text quotes the address."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, AddressRefused):
        return Refusal("address_refused")
    if isinstance(cause, socket.gaierror):
        return Refusal("name_unknown" if cause.errno in UNKNOWN_NAME else "unreachable")
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)):
        return Refusal("tls_failed")
    if isinstance(error, aiohttp.ClientPayloadError):
        return Refusal("truncated")
    if isinstance(error, (aiohttp.ClientConnectionError, OSError)):
        return Refusal("unreachable")
    return Refusal("response_invalid")


def _wait_s(response: aiohttp.ClientResponse) -> float:
    """What `Retry-After` says in seconds; a date is passed over."""
    written = response.headers.get("Retry-After", "").strip()
    is_number = written.isascii() and written.isdigit() and len(written) <= _MAX_WAIT_DIGITS
    return float(written) if is_number else 0.0
