"""Who says what in the demo: the choice of product, language, kind and form of each event."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from schemas.events import ChatroomMessage, Event, SquarePost
from schemas.labels import Surface
from streams.demo.crowds import Crowd
from streams.demo.events import (
    Draft,
    ai_generation,
    attached,
    chatroom_message,
    into_chunks,
    memerush_launch,
    square_post,
)
from streams.demo.media import DemoFile
from streams.demo.texts import (
    HARMLESS,
    Kind,
    Language,
    Phrase,
    load_languages,
    load_slots,
    slot_values,
    write_phrase,
)
from streams.normalise import normalise

SURFACE_WEIGHTS: Final[dict[Surface, float]] = {
    "chatroom": 0.62,
    "square": 0.20,
    "ai": 0.12,
    "memerush": 0.06,
}
SOCIAL_WEIGHTS: Final[dict[Kind, float]] = {
    "chatter": 40,
    "market": 24,
    "support": 8,
    "advice": 6,
    "pump": 4,
    "giveaway": 4,
    "phishing": 4,
    "staff": 3,
    "insult": 3,
    "advert": 3,
    "rumour": 1,
}
KIND_WEIGHTS: Final[dict[Surface, dict[Kind, float]]] = {
    "chatroom": SOCIAL_WEIGHTS,
    "square": SOCIAL_WEIGHTS,
    "ai": {"ask": 78, "injection": 9, "injected_context": 7, "unsafe": 6},
    "memerush": {"launch": 65, "rug": 35},
}
LANGUAGE_WEIGHTS: Final = {"en": 4.0, "zh": 1.6}
"""Any other language has weight 1."""

SHARE_EDIT: Final = 0.02
SHARE_REPLY: Final = 0.2
SHARE_REPOST: Final = 0.1
SHARE_STREAMED: Final = 0.25
SHARE_BAIT: Final = 0.25
"""Of edits of something harmless: those that turn it into a scam."""
SHARE_NEXT_CHUNK: Final = 0.5
N_ACTORS: Final = 400
"""Ordinary actors of each language; a fifth as many write what violates."""
N_REMEMBERED: Final = 60


class Written(Struct, frozen=True, kw_only=True):
    """An event with the phrase it says and the form it has, as in `streams.demo.traffic.Sample`.

    `shown` is the file that is attached to it, where that is one of the demo's.
    """

    event: Event
    phrase: Phrase
    surface: Surface
    form: str
    shown: DemoFile | None = None


class Scene:
    """What has been said so far, for replies, reposts, edits and streams under way."""

    def __init__(
        self, rng: Random, *, seed: int, now: datetime, gallery: Sequence[DemoFile] = ()
    ) -> None:
        """Takes the files that events show; without any their media lead nowhere."""
        self._gallery = tuple(gallery)
        self._rng = rng
        self._seed = seed
        self._now = now
        self._slots = load_slots()
        self._languages = load_languages()
        self._weights = [LANGUAGE_WEIGHTS.get(x.lang, 1.0) for x in self._languages]
        self._recent: deque[Written] = deque(maxlen=N_REMEMBERED)
        self._streaming: deque[Written] = deque()
        self._count = 0

    def next(self) -> Written:
        """Gives the next event: of a stream under way, an edit, or something new."""
        if self._streaming and self._rng.random() < SHARE_NEXT_CHUNK:
            return self._streaming.popleft()
        is_edit = self._recent and self._rng.random() < SHARE_EDIT
        written = self._edit() if is_edit else self._shown(self._new())
        if written.surface in ("chatroom", "square") and written.phrase.text:
            self._recent.append(written)
        return written

    def of_crowd(self, crowd: Crowd) -> Written:
        """Gives a post of a crowd's next member, who has written nothing else."""
        rng = self._rng
        spoken = [one for one in self._languages if one.lang in crowd.texts]
        weights = [len(crowd.texts[one.lang]) for one in spoken]
        (language,) = rng.choices(spoken, weights=weights)
        coin = rng.choice(self._slots.coins)
        values = {**slot_values(self._slots, coin, rng), "link": crowd.link}
        phrase = Phrase(
            kind=crowd.kind,
            lang=language.lang,
            locale=rng.choice(language.locales),
            text=rng.choice(crowd.texts[language.lang]).format_map(values),
            response="",
            coin=coin,
        )
        draft = self._draft(phrase)
        draft = msgspec.structs.replace(draft, actor_id=f"{crowd.form}-{draft.number}")
        surface = rng.choice(crowd.surfaces)
        if surface == "chatroom":
            message = msgspec.structs.replace(chatroom_message(draft, rng), attachments=())
            return _write(message, phrase, surface, crowd.form)
        post = square_post(draft, self._slots, rng)
        bare = msgspec.structs.replace(post, title="", media=(), cashtags=(), links=())
        return _write(bare, phrase, surface, crowd.form)

    def _shown(self, written: Written) -> Written:
        """Puts a file of the gallery in the place of what an event attaches."""
        suited = [one for one in self._gallery if one.suits(written.surface)]
        if written.form != "media" or not suited:
            return written
        file = self._rng.choice(suited)
        return msgspec.structs.replace(
            written, event=attached(written.event, file.media()), shown=file
        )

    def _new(self) -> Written:
        rng = self._rng
        (surface,) = rng.choices(list(SURFACE_WEIGHTS), weights=list(SURFACE_WEIGHTS.values()))
        weights = KIND_WEIGHTS[surface]
        (kind,) = rng.choices(list(weights), weights=list(weights.values()))
        (language,) = rng.choices(self._languages, weights=self._weights)
        draft = self._draft(self._phrase(kind, language))
        if surface == "chatroom":
            return self._chat(draft)
        if surface == "square":
            return self._post(draft)
        if surface == "memerush":
            launch = memerush_launch(draft, self._slots, rng)
            return _write(launch, draft.phrase, surface, "media" if launch.logo else "plain")
        return self._generation(draft, language)

    def _phrase(self, kind: Kind, language: Language) -> Phrase:
        return write_phrase(kind, language, self._slots, self._rng)

    def _draft(self, phrase: Phrase) -> Draft:
        self._count += 1
        is_harmless = phrase.kind in HARMLESS
        crowd, n_actors = ("u", N_ACTORS) if is_harmless else ("x", N_ACTORS // 5)
        return Draft(
            number=f"demo{self._seed}-{self._count}",
            actor_id=f"{crowd}-{phrase.lang}-{self._rng.randrange(n_actors):02}",
            at=self._now - timedelta(milliseconds=self._rng.randint(20, 2_000)),
            phrase=phrase,
        )

    def _chat(self, draft: Draft) -> Written:
        earlier = self._earlier("chatroom", draft.phrase.lang)
        is_reply = earlier is not None and self._rng.random() < SHARE_REPLY
        reply_to = normalise(earlier.event).item_id if earlier is not None and is_reply else None
        message = chatroom_message(draft, self._rng, reply_to=reply_to)
        form = "reply" if is_reply else "media" if message.attachments else "plain"
        return _write(message, draft.phrase, "chatroom", form)

    def _post(self, draft: Draft) -> Written:
        earlier = self._earlier("square", draft.phrase.lang)
        is_repost = earlier is not None and self._rng.random() < SHARE_REPOST
        repost_of = normalise(earlier.event).item_id if earlier is not None and is_repost else None
        post = square_post(draft, self._slots, self._rng, repost_of=repost_of)
        phrase = msgspec.structs.replace(draft.phrase, text=post.text)
        if not post.text:
            phrase = msgspec.structs.replace(phrase, kind="chatter")
        form = "repost" if is_repost else "media" if post.media else "plain"
        return _write(post, phrase, "square", form)

    def _earlier(self, surface: Surface, lang: str) -> Written | None:
        return next(
            (w for w in reversed(self._recent) if w.surface == surface and w.phrase.lang == lang),
            None,
        )

    def _edit(self) -> Written:
        """Rewrites something said before; now and then the harmless turns harmful."""
        place = self._rng.randrange(len(self._recent))
        before = self._recent[place]
        del self._recent[place]
        (language,) = (x for x in self._languages if x.lang == before.phrase.lang)
        is_bait = before.phrase.kind in HARMLESS and self._rng.random() < SHARE_BAIT
        kind = self._rng.choice(("giveaway", "phishing")) if is_bait else before.phrase.kind
        phrase = self._phrase(kind, language)
        if not isinstance(before.event, ChatroomMessage | SquarePost):
            message = "only messages and posts are remembered"
            raise TypeError(message)
        event = msgspec.structs.replace(
            before.event, text=phrase.text, revision=before.event.revision + 1, created_at=self._now
        )
        return _write(event, phrase, before.surface, "edit")

    def _generation(self, draft: Draft, language: Language) -> Written:
        asked, read = self._phrase("ask", language), self._phrase("advice", language)
        event = ai_generation(draft, self._slots, self._rng, asked=asked, read=read)
        if not event.response or self._rng.random() >= SHARE_STREAMED:
            return _write(event, draft.phrase, "ai", "media" if event.media else "plain")
        chunks = into_chunks(event, self._rng.randint(2, 4))
        # Behind an attack in the retrieved context the streamed answer itself is harmless.
        rest = asked if draft.phrase.kind == "injected_context" else draft.phrase
        self._streaming.extend(
            _write(chunk, msgspec.structs.replace(rest, text=chunk.response), "ai", "chunk")
            for chunk in chunks[1:]
        )
        return _write(chunks[0], draft.phrase, "ai", "chunk")


def _write(event: Event, phrase: Phrase, surface: Surface, form: str) -> Written:
    return Written(event=event, phrase=phrase, surface=surface, form=form)
