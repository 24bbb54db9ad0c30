"""Events of the demo: a phrase as each product would send it."""

from datetime import datetime
from random import Random

import msgspec
from msgspec import Struct

from schemas.events import (
    AiGeneration,
    ChatroomMessage,
    Event,
    Media,
    MemerushLaunch,
    ResponseChunk,
    SquarePost,
    TokenFacts,
)
from streams.demo.texts import HARMLESS, Phrase, Slots

SHARE_MEDIA = 0.02
SHARE_TITLE = 0.4
SHARE_LINK = 0.12
SHARE_RETRIEVED = 0.25
SHARE_BARE = 0.5
"""Of reposts: those without a word of their own."""
SHARE_LOGO = 0.2
SHARE_FREEZE = 0.7
"""Of rug-like launches: those that can freeze accounts."""


class Draft(Struct, frozen=True, kw_only=True):
    """What an event is to say, who says it and when. `number` is unique within a run."""

    number: str
    actor_id: str
    at: datetime
    phrase: Phrase


def chatroom_message(draft: Draft, rng: Random, *, reply_to: str | None = None) -> ChatroomMessage:
    """Gives a chat message, now and then with a picture."""
    phrase = draft.phrase
    return ChatroomMessage(
        message_id=f"m-{draft.number}",
        room_id=f"room-{rng.choice(('lobby', 'trading', 'newcomers'))}-{phrase.lang}",
        actor_id=draft.actor_id,
        created_at=draft.at,
        text=phrase.text,
        attachments=(_picture(draft, rng),) if rng.random() < SHARE_MEDIA else (),
        reply_to=reply_to,
        locale=phrase.locale,
    )


def square_post(
    draft: Draft, slots: Slots, rng: Random, *, repost_of: str | None = None
) -> SquarePost:
    """Gives a post; a repost may be without any words of its own."""
    phrase = draft.phrase
    name, symbol = phrase.coin
    is_bare = repost_of is not None and rng.random() < SHARE_BARE
    text = "" if is_bare else phrase.text
    link = f"https://{rng.choice(slots.good_hosts)}/{rng.randint(1, 99)}"
    return SquarePost(
        post_id=f"p-{draft.number}",
        actor_id=draft.actor_id,
        created_at=draft.at,
        title=name if rng.random() < SHARE_TITLE and not is_bare else "",
        text=text,
        media=(_picture(draft, rng),) if rng.random() < 3 * SHARE_MEDIA else (),
        cashtags=(symbol,) if f"${symbol}" in text else (),
        links=(link,) if phrase.kind in HARMLESS and rng.random() < SHARE_LINK else (),
        repost_of=repost_of,
        locale=phrase.locale,
    )


def memerush_launch(draft: Draft, slots: Slots, rng: Random) -> MemerushLaunch:
    """Gives a launch whose token facts suit its words: honest or rug-like."""
    name, symbol = draft.phrase.coin
    is_honest = draft.phrase.kind in HARMLESS
    hosts = slots.good_hosts if is_honest else slots.bad_hosts
    return MemerushLaunch(
        launch_id=f"l-{draft.number}",
        actor_id=draft.actor_id,
        created_at=draft.at,
        chain=rng.choice(slots.chains),
        contract_address=f"0x{rng.randbytes(24).hex()}",
        creator_address=f"0x{rng.randbytes(24).hex()}",
        token_name=name,
        symbol=symbol,
        description=draft.phrase.text,
        logo=_picture(draft, rng) if rng.random() < SHARE_LOGO else None,
        links=(f"https://{rng.choice(hosts)}/{symbol.lower()}",),
        facts=_honest_facts(rng) if is_honest else _rug_facts(rng),
        locale=draft.phrase.locale,
    )


def _honest_facts(rng: Random) -> TokenFacts:
    return TokenFacts(
        has_mint_authority=False,
        has_freeze_authority=False,
        lp_locked_percent=float(rng.randint(90, 100)),
        top10_holders_percent=round(rng.uniform(8, 30), 1),
        buy_tax_percent=0.0,
        sell_tax_percent=0.0,
        # Of the very first minutes nothing is known yet.
        n_holders=rng.choice((None, rng.randint(50, 3_000))),
    )


def _rug_facts(rng: Random) -> TokenFacts:
    return TokenFacts(
        has_mint_authority=True,
        has_freeze_authority=rng.random() < SHARE_FREEZE,
        lp_locked_percent=0.0,
        top10_holders_percent=round(rng.uniform(75, 99), 1),
        buy_tax_percent=float(rng.randint(0, 10)),
        sell_tax_percent=float(rng.randint(20, 99)),
        n_holders=rng.randint(2, 40),
    )


def ai_generation(
    draft: Draft, slots: Slots, rng: Random, *, asked: Phrase, read: Phrase
) -> AiGeneration:
    """Gives a generation. `asked` is a harmless dialogue and `read` a harmless page.

    They surround an attack that stands in the retrieved context.
    """
    phrase = draft.phrase
    is_indirect = phrase.kind == "injected_context"
    if is_indirect:
        retrieved: tuple[str, ...] = (read.text, phrase.text)
    else:
        retrieved = (read.text,) if rng.random() < SHARE_RETRIEVED else ()
    return AiGeneration(
        generation_id=f"g-{draft.number}",
        conversation_id=f"c-{draft.number}",
        actor_id=draft.actor_id,
        created_at=draft.at,
        model=rng.choice(slots.models),
        prompt=asked.text if is_indirect else phrase.text,
        retrieved=retrieved,
        response=asked.response if is_indirect else phrase.response,
        media=(_picture(draft, rng),) if rng.random() < SHARE_MEDIA else (),
        locale=phrase.locale,
    )


def into_chunks(event: AiGeneration, n_chunks: int) -> list[AiGeneration]:
    """Gives a generation as it streams: its response in `n_chunks` pieces, the prompt in the first.

    Fewer pieces where the response is shorter.
    """
    size = max(1, -(-len(event.response) // n_chunks))
    pieces = [event.response[i : i + size] for i in range(0, len(event.response), size)]
    later = msgspec.structs.replace(event, prompt="", retrieved=(), media=())
    return [
        msgspec.structs.replace(
            later if i else event,
            response=piece,
            chunk=ResponseChunk(sequence=i, is_last=i == len(pieces) - 1),
        )
        for i, piece in enumerate(pieces)
    ]


def attached(event: Event, media: Media) -> Event:
    """Gives an event with a file in the place of those it attaches."""
    if isinstance(event, ChatroomMessage):
        return msgspec.structs.replace(event, attachments=(media,))
    if isinstance(event, MemerushLaunch):
        return msgspec.structs.replace(event, logo=media)
    return msgspec.structs.replace(event, media=(media,))


def _picture(draft: Draft, rng: Random) -> Media:
    return Media(
        uri=f"https://media.harborex.example/{draft.number}.png",
        sha256=rng.randbytes(32).hex(),
        media_type="image/png",
    )
