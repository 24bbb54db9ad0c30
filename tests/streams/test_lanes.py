from datetime import timedelta

import msgspec
import pytest

from schemas.content import MediaPart
from schemas.labels import MediaModality
from schemas.tasks import MediaTask
from schemas.topics import MEDIA_AV, MEDIA_IMAGE
from streams.decide import Judged
from streams.lanes import (
    AV,
    IMAGE,
    LANES,
    awaiting,
    chosen,
    due_again,
    examiner_names,
    next_lane,
)
from streams.pipeline import judge
from streams.settings import Settings, SettingsInvalid

from .samples import SQUARE, event, item, pipeline, record


def part(modality: MediaModality, number: int = 0) -> MediaPart:
    return MediaPart(name=f"media[{number}]", modality=modality, uri="https://cdn.example/a")


def test_pictures_come_before_clips() -> None:
    both = item(media=(part("audio"), part("image", 1)))
    assert next_lane(both, LANES) is IMAGE
    assert next_lane(both, (AV,)) is AV
    assert next_lane(item(media=(part("image"),)), (AV,)) is None
    assert next_lane(item(), LANES) is None


def test_what_no_lane_judges_stays_missing() -> None:
    judged = Judged(missing=("text.risk@4", "image.*", "audio.*"))
    assert awaiting(judged, (IMAGE,)) == Judged(
        missing=("text.risk@4", "audio.*"), pending=("image.*",)
    )


@pytest.mark.parametrize(
    ("written", "names"),
    [("image,av", ["image", "av"]), (" av , image ", ["image", "av"]), ("", [])],
)
def test_lanes_are_named_by_a_setting(written: str, names: list[str]) -> None:
    assert [lane.name for lane in chosen(Settings(lanes=written))] == names


def test_an_unknown_lane_and_a_repeated_detector_are_refused() -> None:
    with pytest.raises(SettingsInvalid, match="TIDEGATE_LANES: 'images' is no media lane"):
        chosen(Settings(lanes="images"))
    with pytest.raises(SettingsInvalid, match=r"TIDEGATE_IMAGE_DETECTORS names image\.qr twice"):
        examiner_names(IMAGE, Settings(image_detectors="image.qr,image.qr"))


def test_an_item_with_media_is_partial_and_goes_to_its_lane() -> None:
    media = [
        {"uri": "https://cdn.example/a.png", "sha256": "a" * 64},
        {"uri": "https://cdn.example/v.ogg", "modality": "audio"},
    ]
    judging = msgspec.structs.replace(pipeline(), lanes=LANES)
    (answer,) = judge([record(event(SQUARE, text="look", media=media), SQUARE)], judging)
    verdict = answer.verdict
    assert verdict is not None
    assert (verdict.status, verdict.revision) == ("partial", 1)
    assert verdict.pending == ("image.*", "audio.*")
    assert verdict.missing == ()
    assert verdict.action == "limit"
    assert [reason.rule for reason in verdict.reasons] == ["on_pending.image", "on_pending.audio"]
    (task,) = answer.also
    assert task.topic == MEDIA_IMAGE.name
    given = msgspec.json.decode(task.value or b"", type=MediaTask)
    assert [one.uri for one in given.item.media] == [one["uri"] for one in media]
    assert given.detectors == verdict.detectors
    assert given.trace_id == verdict.trace_id
    assert (given.due_at - verdict.decided_at).total_seconds() == judging.media_deadline_s


def test_recordings_go_to_the_av_lane_at_once() -> None:
    media = [{"uri": "https://cdn.example/v.ogg", "modality": "audio"}]
    judging = msgspec.structs.replace(pipeline(), lanes=LANES)
    (answer,) = judge([record(event(SQUARE, media=media), SQUARE)], judging)
    assert [task.topic for task in answer.also] == [MEDIA_AV.name]


def test_without_lanes_media_are_missing() -> None:
    media = [{"uri": "https://cdn.example/a.png"}]
    (answer,) = judge([record(event(SQUARE, media=media), SQUARE)], pipeline())
    assert answer.verdict is not None
    assert (answer.verdict.status, answer.verdict.missing) == ("final", ("image.*",))
    assert answer.also == ()


def test_a_task_that_is_sent_again_is_due_later() -> None:
    media = [{"uri": "https://cdn.example/a.png"}]
    judging = msgspec.structs.replace(pipeline(), lanes=LANES)
    (answer,) = judge([record(event(SQUARE, text="look", media=media), SQUARE)], judging)
    (sent,) = answer.also
    before = msgspec.json.decode(sent.value or b"", type=MediaTask)
    later = before.due_at + timedelta(hours=2)
    again = due_again(sent, later)
    assert (again.topic, again.key, again.headers) == (sent.topic, sent.key, sent.headers)
    after = msgspec.json.decode(again.value or b"", type=MediaTask)
    assert after == msgspec.structs.replace(before, due_at=later)
    for other in (answer.outgoing, msgspec.structs.replace(sent, value=b"{")):
        assert due_again(other, later) is other
