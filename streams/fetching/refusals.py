"""Why there are no bytes: a closed list of codes, each with one line."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

Code = Literal[
    "url_invalid",
    "scheme_refused",
    "userinfo_refused",
    "host_invalid",
    "port_refused",
    "address_refused",
    "file_refused",
    "name_unknown",
    "unreachable",
    "tls_failed",
    "redirects_exceeded",
    "redirect_invalid",
    "downgrade_refused",
    "access_denied",
    "not_found",
    "status_refused",
    "server_failed",
    "response_invalid",
    "encoding_refused",
    "too_large",
    "too_slow",
    "busy",
    "truncated",
    "empty",
    "kind_unknown",
    "sha256_differs",
]
LINES: Final[Mapping[Code, str]] = MappingProxyType(
    {
        "url_invalid": "The address cannot be read as a URL, or is too long.",
        "scheme_refused": "The address is neither https nor another scheme that is allowed here.",
        "userinfo_refused": "The address carries a user name or a password.",
        "host_invalid": "The host is no full domain name and no IP address in its usual form.",
        "port_refused": "The port is not one of those allowed.",
        "address_refused": "The host's address is not on the public internet.",
        "file_refused": "The path is no regular file in the allowed folder, or leads over a link.",
        "name_unknown": "There is no such host.",
        "unreachable": "The host could not be looked up or connected to, or hung up.",
        "tls_failed": "The server's certificate does not hold, or TLS could not be agreed on.",
        "redirects_exceeded": "There were too many redirects.",
        "redirect_invalid": "A redirect did not say where to.",
        "downgrade_refused": "A redirect led from https to http.",
        "access_denied": "The server wants a permission, or a presigned address has expired.",
        "not_found": "There is nothing at the address.",
        "status_refused": "The server answered with another status than 200.",
        "server_failed": "The server failed or was overloaded, also when asked again.",
        "response_invalid": "The answer is not HTTP, or its headers are too many or too long.",
        "encoding_refused": "The answer is compressed although that was not asked for.",
        "too_large": "The file is larger than its kind may be.",
        "too_slow": "The file did not arrive in the time allowed, or came too slowly.",
        "busy": "Too many others were being fetched for the whole time allowed.",
        "truncated": "The connection ended before the file did.",
        "empty": "The file is empty.",
        "kind_unknown": "The first bytes are those of no image, video or audio kind that is known.",
        "sha256_differs": "The file is not the one whose SHA-256 was given.",
    }
)
TRANSIENT: Final[frozenset[Code]] = frozenset({"unreachable", "server_failed", "truncated"})
"""Worth asking again, while there is time. A slow server is not: it has had its time."""


class Refusal(Struct, frozen=True):
    """Why there are no bytes. It quotes nothing of the address, which may hold secrets."""

    code: Code

    @property
    def line(self) -> str:
        """The code in words, one sentence."""
        return LINES[self.code]
