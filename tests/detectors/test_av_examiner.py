"""What the av lane's examiner says of files that nothing judges, or not all of which was read."""

import pytest

from detectors.asking import UNJUDGED
from detectors.examiners import LaneName, Setup, load
from detectors.media import Examination, File
from schemas.labels import MediaModality
from tests.detectors.audio import sounds
from tests.detectors.image import pictures
from tests.detectors.video import films

PICTURE = pictures.encoded(pictures.image(), "PNG")
VOICE = sounds.wav(sounds.tone(1.0))
CLIP = films.film(has_audio=True)


def examined(
    content: bytes, modality: MediaModality, *names: str, lane: LaneName = "av"
) -> Examination:
    examiner = load(Setup(lane=lane, names=names))
    return examiner.examine(File(name="media[0]", modality=modality, content=content))


def unanswered(found: Examination) -> list[tuple[str, str]]:
    return [(one.detector, one.cause) for one in found.unanswered]


@pytest.mark.parametrize(
    ("content", "modality", "names"),
    [
        (VOICE, "audio", ("image.hash", "image.qr", "media.provenance")),
        (CLIP, "video", ("audio.asr", "media.provenance", "image.watermark")),
        (PICTURE, "image", ("image.watermark", "media.provenance")),
        (PICTURE, "image", ()),
    ],
)
def test_what_nothing_judges_is_unanswered(
    content: bytes, modality: MediaModality, names: tuple[str, ...]
) -> None:
    found = examined(content, modality, *names, lane="image" if modality == "image" else "av")
    assert unanswered(found) == [(f"{modality}.*", UNJUDGED)]


@pytest.mark.parametrize("name", ["image.hash", "image.qr"])
def test_one_that_judges_is_enough(name: str) -> None:
    assert unanswered(examined(CLIP, "video", name)) == []
    assert unanswered(examined(PICTURE, "image", name, lane="image")) == []


def test_a_clip_that_was_sent_as_a_recording_is_looked_at() -> None:
    examiner = load(Setup(lane="av", names=("image.hash", "audio.asr")))
    sent = File(name="media[0]", modality="audio", content=CLIP, kind="mp4")
    found = examiner.examine(sent)
    assert {"video.decode", "image.hash@1", "audio.decode"} <= {one.name for one in found.stages}
    voice = File(name="media[0]", modality="audio", content=VOICE, kind="mp4")
    assert unanswered(examiner.examine(voice)) == []


def test_a_clip_not_seen_whole_is_told_whatever_looks() -> None:
    found = examined(films.film(n_videos=2), "video", "image.qr")
    assert unanswered(found) == [("video.decode", "only parts of the clip were read")]
    damaged = films.film(n=100, form="matroska")
    found = examined(damaged[: len(damaged) * 2 // 3], "video", "image.hash")
    assert [one.detector for one in found.unanswered] == ["video.decode"]
    assert "damaged" in found.unanswered[0].cause


def test_slides_past_the_budget_are_told() -> None:
    slides = films.film(lambda n: films.scene(n // 5), 300, rate=5)
    found = examined(slides, "video", "image.qr")
    assert unanswered(found) == [
        ("video.decode", "36 shots or slides are past the frames looked at")
    ]


def test_a_second_sound_track_is_told() -> None:
    assert unanswered(examined(sounds.two_tracks(), "audio", "audio.asr")) == [
        ("audio.decode", "further sound tracks, not read: 1"),
        ("audio.asr@1", "further sound tracks, not read: 1"),
    ]
