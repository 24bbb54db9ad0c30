"""A request of ClickHouse's HTTP protocol: its head checked, its address and body read. Pure."""

import re
from email.message import Message
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import msgspec

from streams.archive.errors import QueryFailed
from streams.archive.reader import refused

MAX_BODY_BYTES: Final = 1 << 20
DEFAULT_FORMAT: Final = "TabSeparated"
BAD_ARGUMENTS: Final = 36
QUERY_IS_TOO_LARGE: Final = 161
HTTP_LENGTH_REQUIRED: Final = 381

FORMAT_CLAUSE: Final = re.compile(r"\bFORMAT\s+(\w+)\s*(?:SETTINGS\s[^;]*)?;?\s*\Z", re.IGNORECASE)
FORMAT_NAME: Final = re.compile(r"\w{1,60}", re.ASCII)
QUERY_ID: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)
PROTOCOL_PARAMETERS: Final = frozenset(
    {
        "query",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "user",
        "password",
        "role",
        "quota_key",
        "client_protocol_version",
        "enable_http_compression",
        "http_zlib_compression_level",
        "wait_end_of_query",
        "buffer_size",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "cancel_http_readonly_queries_on_client_close",
        "readonly",
    }
)
"""What the protocol has beside settings. Those that do not apply to a reader are passed over."""

LENGTH: Final = re.compile(r"[0-9]+")
LENGTH_DIGITS: Final = 18
"""More digits are no length that anybody means, and Python would not read thousands of them."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for."""

    sql: str
    form: str
    database: str | None
    query_id: str
    parameters: dict[str, str]
    settings: dict[str, str]


def read_request(target: str, body: str, format_header: str | None) -> Request:
    """Reads a request's address and body. Raises QueryFailed."""
    given = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True, errors="strict"))
    if given.pop("compress", "0") != "0" or given.pop("decompress", "0") != "0":
        text = "compress and decompress are not served, enable_http_compression is"
        raise refused(48, text, "NOT_IMPLEMENTED")
    sql = "\n".join(piece for piece in (given.get("query", ""), body) if piece)
    clause = FORMAT_CLAUSE.search(sql)
    form = clause[1] if clause else given.get("default_format") or format_header or DEFAULT_FORMAT
    if not FORMAT_NAME.fullmatch(form):
        raise refused(73, f"Unknown format {form!r}", "UNKNOWN_FORMAT")
    query_id = given.get("query_id", "")
    return Request(
        sql=sql,
        form=form,
        database=given.get("database") or None,
        query_id=query_id if QUERY_ID.fullmatch(query_id) else str(uuid4()),
        parameters={
            name.removeprefix("param_"): value
            for name, value in given.items()
            if name.startswith("param_")
        },
        settings={
            name: value
            for name, value in given.items()
            if name not in PROTOCOL_PARAMETERS and not name.startswith("param_")
        },
    )


def check_head(headers: Message) -> None:
    """Raises QueryFailed for a head that another program might read in another way."""
    if headers.defects or any(name != name.strip() for name in headers):
        text = "a header line is no header"
        raise bad_request(text)


def body_length(headers: Message, *, may_have_body: bool) -> int:
    """Gives how many bytes a request's body has.

    Raises QueryFailed; what follows such a head cannot be told apart from another request, so the
    connection must end.
    """
    lengths = {length.strip(" \t") for length in headers.get_all("Content-Length", ())}
    is_chunked = "Transfer-Encoding" in headers
    if is_chunked and lengths:
        text = "a request has a Content-Length or a Transfer-Encoding, not both"
        raise bad_request(text)
    if is_chunked or (may_have_body and ("Content-Encoding" in headers or not lengths)):
        text = "a body needs a Content-Length and no encoding"
        raise refused(HTTP_LENGTH_REQUIRED, text, "HTTP_LENGTH_REQUIRED")
    if not lengths:
        return 0
    length = lengths.pop()
    if lengths or not LENGTH.fullmatch(length):
        text = "Content-Length is no number"
        raise bad_request(text)
    if len(length) > LENGTH_DIGITS or int(length) > MAX_BODY_BYTES:
        text = f"a query may have {MAX_BODY_BYTES} bytes"
        raise refused(QUERY_IS_TOO_LARGE, text, "QUERY_IS_TOO_LARGE")
    if int(length) and not may_have_body:
        text = "a query in a body wants POST"
        raise bad_request(text)
    return int(length)


def bad_request(text: str) -> QueryFailed:
    """Gives the refusal of what is no request of this protocol."""
    return refused(BAD_ARGUMENTS, text, "BAD_ARGUMENTS")
