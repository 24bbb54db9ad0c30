"""The media lanes: which modalities each judges, and the way of an item through them. Pure.

An item goes from lane to lane as a task that holds all that was said of it, pictures first: so
each revision knows those before, and nobody joins anything.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct, structs

from detectors.examiners import LaneName
from schemas import headers as names
from schemas.content import Item, MediaPart
from schemas.labels import MediaModality
from schemas.tasks import MediaTask
from schemas.topics import MEDIA_AV, MEDIA_IMAGE, Topic
from schemas.verdicts import Stage, Verdict
from streams.decide import Judged
from streams.record import Outgoing, Record
from streams.settings import PREFIX, Settings, SettingsInvalid

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(MediaTask)


class Lane(Struct, frozen=True, kw_only=True):
    """A lane: its topic, the stage that its verdicts name, and the modalities it judges."""

    name: LaneName
    topic: Topic
    stage: Stage
    modalities: frozenset[MediaModality]

    def parts(self, item: Item) -> tuple[MediaPart, ...]:
        """Gives the parts of an item that the lane judges."""
        return tuple(part for part in item.media if part.modality in self.modalities)


IMAGE: Final = Lane(name="image", topic=MEDIA_IMAGE, stage="image", modalities=frozenset({"image"}))
AV: Final = Lane(name="av", topic=MEDIA_AV, stage="av", modalities=frozenset({"video", "audio"}))
LANES: Final = (IMAGE, AV)
"""All, in the order in which an item passes them."""
_TASK_TOPICS: Final = frozenset(lane.topic.name for lane in LANES)


def chosen(settings: Settings) -> tuple[Lane, ...]:
    """Gives the lanes that the settings name, in the items' order. Raises SettingsInvalid."""
    wanted = {name.strip() for name in settings.lanes.split(",") if name.strip()}
    unknown = sorted(wanted - {lane.name for lane in LANES})
    if unknown:
        there = ", ".join(lane.name for lane in LANES)
        message = f"{PREFIX}LANES: {unknown[0]!r} is no media lane; there are {there}"
        raise SettingsInvalid(message)
    return tuple(lane for lane in LANES if lane.name in wanted)


def group_of(lane: Lane, settings: Settings) -> str:
    """Gives a lane's consumer group."""
    return settings.image_group if lane.name == "image" else settings.av_group


def examiner_names(lane: Lane, settings: Settings) -> tuple[str, ...]:
    """Gives the names of what examines files in a lane. Raises SettingsInvalid for one twice."""
    which = f"{lane.name}_detectors"
    written = settings.image_detectors if lane.name == "image" else settings.av_detectors
    names = tuple(name.strip() for name in written.split(",") if name.strip())
    repeated = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if repeated is not None:
        message = f"{PREFIX}{which.upper()} names {repeated} twice"
        raise SettingsInvalid(message)
    return names


def unread(modalities: Iterable[MediaModality]) -> tuple[str, ...]:
    """Gives the names under which modalities are missing or pending."""
    return tuple(dict.fromkeys(f"{modality}.*" for modality in modalities))


def awaiting(judged: Judged, lanes: Collection[Lane]) -> Judged:
    """Gives what was judged with the modalities that lanes will judge pending, not missing."""
    served = unread(modality for lane in lanes for modality in lane.modalities)
    return structs.replace(
        judged,
        missing=tuple(name for name in judged.missing if name not in served),
        pending=tuple(name for name in judged.missing if name in served),
    )


def next_lane(item: Item, lanes: Sequence[Lane]) -> Lane | None:
    """Gives the first of these lanes that has something to judge of an item."""
    return next((lane for lane in lanes if lane.parts(item)), None)


def hand_on(item: Item, verdict: Verdict, lane: Lane, record: Record, due_at: datetime) -> Outgoing:
    """Gives the task with which an item goes on to a lane, after the verdict on it so far."""
    task = MediaTask(
        item_id=item.item_id,
        actor_id=item.actor_id,
        item=item,
        signals=verdict.signals,
        missing=verdict.missing,
        unanswered=verdict.unanswered,
        stages=verdict.stages,
        detectors=verdict.detectors,
        features=verdict.features,
        due_at=due_at,
        trace_id=verdict.trace_id,
    )
    return Outgoing(
        topic=lane.topic.name,
        key=item.item_id.encode(),
        value=_ENCODER.encode(task),
        headers=(
            (names.SCHEMA, lane.topic.schema.encode()),
            (names.VERSION, str(lane.topic.version).encode()),
            (names.SOURCE, names.format_source(record.source)),
        ),
    )


def due(now: datetime, deadline_s: float) -> datetime:
    """Gives the time by which the lanes must have answered."""
    return now + timedelta(seconds=deadline_s)


def due_again(outgoing: Outgoing, due_at: datetime) -> Outgoing:
    """Gives a media task with another time by which it must be answered; other records as is."""
    if outgoing.topic not in _TASK_TOPICS or outgoing.value is None:
        return outgoing
    try:
        task = _DECODER.decode(outgoing.value)
    except (ValueError, RecursionError):
        return outgoing
    value = _ENCODER.encode(structs.replace(task, due_at=due_at))
    return structs.replace(outgoing, value=value)
