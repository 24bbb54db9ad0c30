import numpy as np
import pytest
from msgspec.structs import replace

from detectors.card import ModelFile
from detectors.detector import Partial, Undecodable, signals_of
from detectors.session import ModelMismatch
from detectors.video.clip import Burst, Clip, Refusal
from detectors.video.decode import open_clip
from detectors.video.motion import NAMES
from detectors.video.violence import MAX_WINDOWS, Seen, VideoViolence, grouped, windows
from tests.detectors.video.films import film, moving, scene


@pytest.fixture(scope="module")
def detector() -> VideoViolence:
    return VideoViolence()


def clip_of(content: bytes, name: str = "media") -> Clip:
    clip = open_clip(content, name=name)
    assert isinstance(clip, Clip), clip
    return clip


MOVING = clip_of(film(n=60))
STILL = clip_of(film(lambda _: scene(1), 60), "still")
REFUSED = Refusal("not_a_video", "no")


def burst(start_ms: int, n: int) -> Burst:
    times_ms = tuple(range(start_ms, start_ms + 80 * n, 80))
    return Burst(times_ms=times_ms, frames=np.zeros((n, 18, 32), np.uint8))


def test_signals_keep_the_contract(detector: VideoViolence) -> None:
    (answer,) = detector.predict([MOVING])
    assert isinstance(answer, tuple)
    (signal,) = answer
    assert (signal.label, signal.detector, signal.part) == ("violence", "video.violence@1", "media")
    assert 0 <= signal.score <= 1
    assert signal.time_range is not None
    assert 0 <= signal.time_range.start_ms < signal.time_range.end_ms <= MOVING.duration_ms
    assert signal.evidence is not None
    left, top, width, height = map(int, signal.evidence["box"].split(","))
    assert 0 <= left <= left + width <= MOVING.width_px + 1
    assert 0 <= top <= top + height <= MOVING.height_px + 1


def test_batch_is_one_by_one(detector: VideoViolence) -> None:
    parts: list[Clip | Refusal] = [MOVING, REFUSED, STILL, MOVING]
    assert detector.predict(parts) == [detector.predict([part])[0] for part in parts]
    assert detector.predict([]) == []


def test_a_refusal_fills_its_own_slot(detector: VideoViolence) -> None:
    moving_one, refused, still = detector.predict([MOVING, REFUSED, STILL])
    assert refused == Undecodable("not_a_video: no")
    assert signals_of(moving_one)
    assert signals_of(still)


def test_harmless_clips_pass(detector: VideoViolence) -> None:
    threshold = detector.card.thresholds["violence"]
    for clip in (MOVING, STILL, clip_of(film(lambda n: scene(n // 20), 60))):
        (answer,) = detector.predict([clip])
        assert all(signal.score < threshold for signal in signals_of(answer))


def test_too_few_frames_are_said(detector: VideoViolence) -> None:
    (answer,) = detector.predict([clip_of(film(n=3))])
    assert isinstance(answer, Partial)
    assert answer.signals == ()


def test_what_was_not_read_is_said(detector: VideoViolence) -> None:
    for changed in (replace(MOVING, is_partial=True), replace(MOVING, is_truncated=True)):
        (answer,) = detector.predict([changed])
        assert isinstance(answer, Partial)
        assert answer.signals


def test_windows_cover_a_clip_within_the_budget() -> None:
    long = replace(MOVING, bursts=(burst(0, 900),))
    found = windows(long)
    assert len(found) == MAX_WINDOWS
    assert found[0].time_range.start_ms == 0
    assert found[-1].time_range.end_ms > 65_000
    short = windows(replace(MOVING, bursts=(burst(0, 26), burst(9_000, 5), burst(20_000, 40))))
    assert [one.time_range.start_ms for one in short] == [0, 20_000, 21_040]


def test_windows_next_to_each_other_are_one_stretch() -> None:
    found = windows(replace(MOVING, bursts=(burst(0, 60), burst(30_000, 26))))
    groups = grouped([Seen(one, 0.9, None) for one in found])  # type: ignore[arg-type]
    assert [len(group) for group in groups] == [len(found) - 1, 1]


def test_scores_of_canonical_numbers(detector: VideoViolence) -> None:
    canonical = detector.card.canonical
    assert len(canonical) == 5
    values = [float(one.text.removeprefix("every number ")) for one in canonical]
    rows = np.stack([np.full(len(NAMES), value, np.float32) for value in values])
    scores = detector.scores(rows)
    assert scores.tolist() == pytest.approx([one.score for one in canonical], abs=1e-3)
    one_by_one = np.concatenate([detector.scores(row[None]) for row in rows])
    assert np.abs(scores - one_by_one).max() < 1e-6


def test_another_file_is_refused(detector: VideoViolence) -> None:
    file = detector.card.files["model"]
    other = ModelFile(path=file.path, sha256="0" * 64, size_bytes=file.size_bytes)
    with pytest.raises(ModelMismatch):
        VideoViolence(card=replace(detector.card, files={"model": other}))


def test_a_moving_thing_is_seen_where_it_is(detector: VideoViolence) -> None:
    seen = detector.seen(MOVING)
    assert seen
    assert all(0 <= one.region.top < 1 for one in seen)
    assert moving(0).shape == (MOVING.height_px, MOVING.width_px, 3)
