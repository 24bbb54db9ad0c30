"""Field types with the limits that every decoder enforces."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, max_length=200)]
"""An identifier given by a product or by us: 1 to 200 characters."""

ItemId = Annotated[str, Meta(min_length=1, max_length=240)]
"""A content item's identifier: a product's `Id`, for a streamed chunk with its number added."""

GenerationId = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[^#]*$")]
"""An `Id` without `#`, which joins a generation to its chunk's number in an item id."""

ShortText = Annotated[str, Meta(max_length=1_000)]
"""A name, a title, a symbol: up to 1,000 characters."""

LongText = Annotated[str, Meta(max_length=100_000)]
"""A message, a post, a prompt: up to 100,000 characters."""

Uri = Annotated[str, Meta(min_length=1, max_length=4_000)]
"""An address as the actor wrote it; not fetched and not validated here."""

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hexadecimal."""

Locale = Annotated[str, Meta(pattern="^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}$")]
"""A BCP 47 language tag (an underscore is let through, since products send it)."""

Time = Annotated[datetime, Meta(tz=True)]
"""A moment with its offset from UTC."""

Score = Annotated[float, Meta(ge=0.0, le=1.0)]
"""A calibrated probability."""

Percent = Annotated[float, Meta(ge=0.0, le=100.0)]

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]

Revision = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""1 for the first form of an item, higher after each edit or re-judgement."""

Milliseconds = Annotated[float, Meta(ge=0.0)]

PolicyHash = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
"""The first 16 hexadecimal digits of a SHA-256 over a policy's content."""

TraceId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
"""A W3C trace id."""
