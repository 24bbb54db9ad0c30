"""Product events: what the four products send to Tidegate, one struct a topic.

Each is JSON, at most `schemas.topics.Topic.max_message_bytes` long, keyed by `actor_id`. Unknown
fields are ignored, so that a product may add its own ahead of a schema change. `revision` grows
when the actor edits the item; an event with the same ids and revision is the same content.
"""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.accounts import Account
from schemas.bounds import (
    Count,
    GenerationId,
    Id,
    Locale,
    LongText,
    Percent,
    Revision,
    Sha256,
    ShortText,
    Time,
    Uri,
)
from schemas.labels import MediaModality


class Media(Struct, frozen=True, kw_only=True):
    """A picture, clip or recording, by address: never by bytes."""

    uri: Uri
    modality: MediaModality = "image"
    sha256: Sha256 | None = None
    media_type: Annotated[str, Meta(max_length=200)] | None = None


MediaList = Annotated[tuple[Media, ...], Meta(max_length=32)]
LinkList = Annotated[tuple[Uri, ...], Meta(max_length=64)]


class ChatroomMessage(Struct, frozen=True, kw_only=True):
    """A message in a live chatroom."""

    message_id: Id
    room_id: Id
    actor_id: Id
    created_at: Time
    text: LongText = ""
    attachments: MediaList = ()
    reply_to: Id | None = None
    locale: Locale | None = None
    revision: Revision = 1
    account: Account | None = None


class SquarePost(Struct, frozen=True, kw_only=True):
    """A post on Square, the social feed."""

    post_id: Id
    actor_id: Id
    created_at: Time
    title: ShortText = ""
    text: LongText = ""
    media: MediaList = ()
    cashtags: Annotated[tuple[ShortText, ...], Meta(max_length=64)] = ()
    links: LinkList = ()
    repost_of: Id | None = None
    locale: Locale | None = None
    revision: Revision = 1
    account: Account | None = None


class TokenFacts(Struct, frozen=True, kw_only=True):
    """What is known on chain of a token at its launch; None is unknown, not false."""

    has_mint_authority: bool | None = None
    has_freeze_authority: bool | None = None
    lp_locked_percent: Percent | None = None
    top10_holders_percent: Percent | None = None
    buy_tax_percent: Percent | None = None
    sell_tax_percent: Percent | None = None
    n_holders: Count | None = None


class MemerushLaunch(Struct, frozen=True, kw_only=True):
    """A meme coin launched on Meme rush."""

    launch_id: Id
    actor_id: Id
    created_at: Time
    chain: Id
    contract_address: Id
    creator_address: Id
    token_name: ShortText
    symbol: ShortText
    description: LongText = ""
    logo: Media | None = None
    links: LinkList = ()
    facts: TokenFacts = TokenFacts()
    locale: Locale | None = None
    revision: Revision = 1
    account: Account | None = None


class ResponseChunk(Struct, frozen=True, kw_only=True):
    """The place of a streamed response chunk in its response."""

    sequence: Count
    is_last: bool = False


class AiGeneration(Struct, frozen=True, kw_only=True):
    """A prompt to an AI agent with its response, or one chunk of a streamed response.

    With `chunk`, `response` holds that chunk's text alone.
    """

    generation_id: GenerationId
    conversation_id: Id
    actor_id: Id
    created_at: Time
    model: ShortText
    prompt: LongText = ""
    retrieved: Annotated[tuple[LongText, ...], Meta(max_length=32)] = ()
    response: LongText = ""
    chunk: ResponseChunk | None = None
    media: MediaList = ()
    locale: Locale | None = None
    revision: Revision = 1
    account: Account | None = None


Event = ChatroomMessage | SquarePost | MemerushLaunch | AiGeneration
