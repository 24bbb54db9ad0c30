"""Normalisation: each product event as the one content item that detectors and policy know."""

from typing import TYPE_CHECKING, Final, cast

from schemas.content import Item, MediaPart, Scalar, TextPart
from schemas.events import (
    AiGeneration,
    ChatroomMessage,
    Event,
    Media,
    MemerushLaunch,
    SquarePost,
    TokenFacts,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def normalise(event: Event) -> Item:
    """Gives the content item of an event. Empty texts make no part."""
    make = cast("Callable[[Event], Item]", _MAKERS[type(event)])
    return make(event)


def _texts(locale: str | None, *named: tuple[str, str]) -> tuple[TextPart, ...]:
    lang = language(locale)
    return tuple(
        TextPart(name=name, text=text, lang=lang) for name, text in named if text and text.strip()
    )


def language(locale: str | None) -> str | None:
    """Gives the primary language subtag, lower case: `pt-BR` gives `pt`."""
    if locale is None:
        return None
    return locale.replace("_", "-").partition("-")[0].lower()


def _media(name: str, media: tuple[Media, ...]) -> tuple[MediaPart, ...]:
    return tuple(
        MediaPart(name=f"{name}[{i}]", modality=m.modality, uri=m.uri, sha256=m.sha256)
        for i, m in enumerate(media)
    )


def _context(**given: Scalar | None) -> dict[str, Scalar]:
    return {name: value for name, value in given.items() if value is not None}


def _from_chatroom(event: ChatroomMessage) -> Item:
    return Item(
        item_id=event.message_id,
        surface="chatroom",
        actor_id=event.actor_id,
        revision=event.revision,
        account=event.account,
        created_at=event.created_at,
        origin="human",
        texts=_texts(event.locale, ("text", event.text)),
        media=_media("attachments", event.attachments) if event.attachments else (),
        context=_context(room_id=event.room_id, reply_to=event.reply_to, locale=event.locale),
    )


def _from_square(event: SquarePost) -> Item:
    return Item(
        item_id=event.post_id,
        surface="square",
        actor_id=event.actor_id,
        revision=event.revision,
        account=event.account,
        created_at=event.created_at,
        origin="human",
        texts=_texts(
            event.locale,
            ("title", event.title),
            ("text", event.text),
            ("cashtags", " ".join(event.cashtags)),
            ("links", " ".join(event.links)),
        ),
        media=_media("media", event.media),
        context=_context(repost_of=event.repost_of, locale=event.locale),
    )


def _from_memerush(event: MemerushLaunch) -> Item:
    return Item(
        item_id=event.launch_id,
        surface="memerush",
        actor_id=event.actor_id,
        revision=event.revision,
        account=event.account,
        created_at=event.created_at,
        origin="human",
        texts=_texts(
            event.locale,
            ("name", _name(event.token_name, event.symbol)),
            ("description", event.description),
            ("links", " ".join(event.links)),
        ),
        media=_media("logo", (event.logo,)) if event.logo else (),
        context=_context(
            chain=event.chain,
            contract_address=event.contract_address,
            creator_address=event.creator_address,
            locale=event.locale,
        )
        | _facts(event.facts),
    )


def _name(token_name: str, symbol: str) -> str:
    """Gives `Puffin Coin (PUFN)`: a ticker says too little to be judged as a text of its own."""
    first, second = token_name.strip(), symbol.strip()
    return f"{first} ({second})" if first and second else first or second


def _facts(facts: TokenFacts) -> dict[str, Scalar]:
    return _context(**{name: getattr(facts, name) for name in TokenFacts.__struct_fields__})


def _from_ai(event: AiGeneration) -> Item:
    """A streamed chunk is an item of its own: `<generation>#<sequence>`."""
    chunk = event.chunk
    return Item(
        item_id=event.generation_id if chunk is None else f"{event.generation_id}#{chunk.sequence}",
        surface="ai",
        actor_id=event.actor_id,
        revision=event.revision,
        account=event.account,
        created_at=event.created_at,
        origin="ai",
        texts=_texts(
            event.locale,
            ("prompt", event.prompt),
            *((f"retrieved[{i}]", text) for i, text in enumerate(event.retrieved)),
            ("response", event.response),
        ),
        media=_media("media", event.media),
        context=_context(
            conversation_id=event.conversation_id,
            generation_id=event.generation_id,
            model=event.model,
            locale=event.locale,
            sequence=None if chunk is None else chunk.sequence,
            is_last=None if chunk is None else chunk.is_last,
        ),
    )


_MAKERS: Final = {
    ChatroomMessage: _from_chatroom,
    SquarePost: _from_square,
    MemerushLaunch: _from_memerush,
    AiGeneration: _from_ai,
}
