"""Traffic for the demo: a few thousand events of all products that look alive, from one seed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from schemas import headers as names
from schemas.events import Event
from schemas.labels import Surface
from schemas.topics import PRODUCT_TOPICS, Topic
from streams.demo.broken import FAULTS, break_record
from streams.demo.crowds import due, load_crowds
from streams.demo.media import DemoFile
from streams.demo.scene import Scene, Written
from streams.demo.texts import HARMLESS
from streams.normalise import normalise
from streams.record import Headers, Outgoing

SHARE_BROKEN: Final = 0.01
TOPIC_OF: Final[dict[Surface, Topic]] = {t.surface: t for t in PRODUCT_TOPICS if t.surface}


class Sample(Struct, frozen=True, kw_only=True):
    """A record to send, and what is known of it besides.

    `truth` is its kind (`pump`, `chatter`), `media:<kind>` where a file that it shows violates
    something and its words do not, or `broken:<fault>`; `form` says what it exercises
    (`plain`, `reply`, `edit`, `repost`, `media`, `chunk`; `wave` and `viral` of the members of a
    crowd). `item_id` is that of the content item,
    None for a broken record.
    """

    record: Outgoing
    truth: str
    form: str
    lang: str
    surface: Surface
    item_id: str | None
    excerpt: str

    @property
    def is_harmless(self) -> bool:
        """Whether it was written to violate nothing."""
        return self.truth in HARMLESS


def generate(
    n: int, *, seed: int, now: datetime, gallery: Sequence[DemoFile] = ()
) -> Iterator[Sample]:
    """Yields `n` samples, deterministic in its arguments.

    What events attach is from the gallery; without one it leads nowhere.

    Events happened up to two seconds before `now`. About one record in a hundred is
    broken, each fault in its turn. Two crowds post nearly the same: a scam's wave, and what is
    harmless and goes around.
    """
    rng = Random(seed)  # noqa: S311 - invented traffic
    scene = Scene(rng, seed=seed, now=now, gallery=gallery)
    crowds = load_crowds()
    faults = 0
    for number in range(n):
        crowd = due(crowds, number)
        written = scene.next() if crowd is None else scene.of_crowd(crowd)
        sample = _sample(written, seed=seed, number=number, rng=rng)
        if rng.random() < SHARE_BROKEN:
            fault = FAULTS[faults % len(FAULTS)]
            faults += 1
            sample = msgspec.structs.replace(
                sample,
                record=break_record(sample.record, fault, rng),
                truth=f"broken:{fault}",
                item_id=None,
            )
        yield sample


def _sample(written: Written, *, seed: int, number: int, rng: Random) -> Sample:
    event, topic = written.event, TOPIC_OF[written.surface]
    truth: str = written.phrase.kind
    excerpt = written.phrase.text or written.phrase.coin[0]
    if written.shown is not None:
        excerpt = f"[{written.shown.shows}] {excerpt}"
        if written.shown.labels and truth in HARMLESS:
            truth = f"media:{written.shown.kind}"
    record = Outgoing(
        topic=topic.name,
        key=event.actor_id.encode(),
        value=msgspec.json.encode(event),
        headers=_headers(event, topic, f"demo{seed}-{number}", rng),
    )
    return Sample(
        record=record,
        truth=truth,
        form=written.form,
        lang=written.phrase.lang,
        surface=written.surface,
        item_id=normalise(event).item_id,
        excerpt=excerpt,
    )


def _headers(event: Event, topic: Topic, ce_id: str, rng: Random) -> Headers:
    # A trace id or span id of zeros is invalid; the leading 1 rules it out.
    traceparent = f"00-1{rng.getrandbits(124):031x}-1{rng.getrandbits(60):015x}-01"
    return (
        (names.SCHEMA, topic.schema.encode()),
        (names.VERSION, str(topic.version).encode()),
        (names.TRACEPARENT, traceparent.encode()),
        (names.CE_SPECVERSION, b"1.0"),
        (names.CE_ID, ce_id.encode()),
        (names.CE_SOURCE, f"/demo/{topic.producers[0].replace(' ', '-')}".encode()),
        (names.CE_TYPE, f"demo.{topic.schema.lower()}.v{topic.version}".encode()),
        (names.CE_TIME, event.created_at.isoformat().encode()),
    )
