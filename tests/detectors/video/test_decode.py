import socket
import struct
from itertools import count

import numpy as np
import pytest

from detectors.video.clip import REASONS, Clip, Limits, Refusal
from detectors.video.container import _refuse_io
from detectors.video.decode import halving, open_clip
from tests.detectors.image.pictures import encoded, image
from tests.detectors.video import films
from tests.detectors.video.films import film, moving, scene
from tests.hostile.clips import packed
from tests.hostile.jpeg import many_scans

MP4 = film(n=50)
AVI = film(n=5, form="avi", codec="mpeg4")
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


def opened(content: bytes, limits: Limits | None = None) -> Clip:
    clip = open_clip(content, name="media", limits=limits or Limits())
    assert isinstance(clip, Clip), clip
    return clip


def refused(content: bytes, limits: Limits | None = None) -> str:
    refusal = open_clip(content, name="media", limits=limits or Limits())
    assert isinstance(refusal, Refusal), refusal
    assert refusal.reason in REASONS
    return refusal.reason


@pytest.mark.parametrize(
    ("form", "codec", "options", "found"),
    [
        ("mp4", "libx264", None, ("mov", "h264")),
        ("mov", "libx264", None, ("mov", "h264")),
        ("matroska", "libx264", None, ("matroska", "h264")),
        ("webm", "libvpx", {"cpu-used": "16", "deadline": "realtime"}, ("matroska", "vp8")),
        ("webm", "libvpx-vp9", {"cpu-used": "8", "deadline": "realtime"}, ("matroska", "vp9")),
        ("mp4", "mpeg4", None, ("mov", "mpeg4")),
        ("avi", "mpeg4", None, ("avi", "mpeg4")),
        ("avi", "mjpeg", {"strict": "-1"}, ("avi", "mjpeg")),
    ],
)
def test_every_format_gives_its_frames(
    form: str, codec: str, options: dict[str, str] | None, found: tuple[str, str]
) -> None:
    clip = opened(film(form=form, codec=codec, options=options))
    assert (clip.format, clip.codec) == found
    assert (clip.width_px, clip.height_px) == (160, 96)
    assert clip.n_frames_decoded == 25
    assert clip.duration_ms == pytest.approx(1000, abs=50)
    assert (clip.is_partial, clip.is_truncated, clip.unseen) == (False, False, "")
    shown = clip.frames[0].picture.frames[0].pixels
    assert shown.shape == (96, 160, 3)
    assert shown.flags.c_contiguous
    assert np.abs(shown.astype(int) - moving(0)).mean() < 12


def test_frames_stand_for_the_whole_clip() -> None:
    clip = opened(MP4)
    assert clip.frames[0].time_range.start_ms == 0
    assert clip.frames[-1].time_range.end_ms == clip.duration_ms
    for one, later in zip(clip.frames, clip.frames[1:], strict=False):
        assert one.time_range.end_ms == later.time_range.start_ms == later.at_ms
        assert one.at_ms < later.at_ms
    assert {sample.picture.name for sample in clip.frames} == {"media"}


def test_a_still_clip_gives_one_frame() -> None:
    clip = opened(film(lambda _: scene(1), 50))
    assert len(clip.frames) == 1
    assert clip.frames[0].time_range.end_ms == clip.duration_ms


def test_every_shot_gives_a_frame() -> None:
    clip = opened(film(lambda n: scene(n // 15), 90))
    assert [sample.shot for sample in clip.frames] == [0, 1, 2, 3, 4, 5]
    assert clip.bursts[0].cuts
    for sample in clip.frames:
        shown = sample.picture.frames[0].pixels
        assert np.abs(shown.astype(int) - scene(sample.shot)).mean() < 25


def test_one_line_of_writing_makes_another_frame() -> None:
    def slide(n: int) -> films.Shown:
        picture = np.full((films.HEIGHT, films.WIDTH, 3), 250, np.uint8)
        if n >= 25:
            picture[40:46, 20:140:3] = 20
        return picture

    assert len(opened(film(slide, 50)).frames) == 2


def test_the_budget_of_frames_is_kept() -> None:
    clip = opened(film(lambda n: scene(n // 10), 200), Limits(n_frames=5))
    assert len(clip.frames) == 5
    assert clip.frames[-1].at_ms > 5_000


def test_shots_past_the_budget_are_told() -> None:
    slides = film(lambda n: scene(n // 25), 250)
    assert opened(slides).unseen == ""
    clip = opened(slides, Limits(n_frames=6))
    assert (clip.n_left_out, clip.is_partial) == (4, False)
    assert clip.unseen == "4 shots or slides are past the frames looked at"


def test_slides_of_one_shot_past_the_budget_are_told() -> None:
    def slide(n: int) -> films.Shown:
        picture = np.full((films.HEIGHT, films.WIDTH, 3), 250, np.uint8)
        row, column = divmod(n // 25, 4)
        picture[20 + 20 * row : 28 + 20 * row, 10 + 40 * column : 30 + 40 * column] = 20
        return picture

    slides = film(slide, 200)
    assert len(opened(slides).frames) == 8
    assert opened(slides, Limits(n_frames=5)).n_left_out == 3


def test_what_moves_all_the_time_leaves_nothing_out() -> None:
    clip = opened(film(n=250), Limits(n_frames=5))
    assert (len(clip.frames), clip.unseen) == (5, "")


def test_frames_are_kept_small() -> None:
    clip = opened(MP4, Limits(kept_pixels=4_000))
    height, width = clip.frames[0].picture.frames[0].pixels.shape[:2]
    assert height * width <= 4_000
    assert (clip.frames[0].picture.width_px, clip.width_px) == (160, 160)


@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_rotation_is_undone(rotation: int, turns: int) -> None:
    def corner(_: int) -> films.Shown:
        picture = np.full((96, 160, 3), 250, np.uint8)
        picture[:24, :40] = 10
        return picture

    clip = opened(film(corner, 5, rotation=rotation))
    shown = clip.frames[0].picture.frames[0].pixels
    expected = np.rot90(corner(0), turns)
    assert (clip.width_px, clip.height_px) == expected.shape[1::-1]
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).mean() < 8


def test_a_varying_frame_rate_keeps_its_times() -> None:
    times_ms = [0, 40, 80, 120, 900, 2_500, 2_540, 2_580, 2_620]
    clip = opened(film(lambda n: scene(n // 4), 9, times_ms=times_ms))
    assert clip.n_frames_decoded == 9
    assert [sample.at_ms for sample in clip.frames] == [0, 900, 2_620]


def test_a_second_video_stream_is_said() -> None:
    assert opened(film(n_videos=2)).is_partial


def test_a_long_clip_is_looked_at_all_over() -> None:
    limits = Limits(max_frames=160, burst_ms=600)
    clip = opened(film(lambda n: scene(n // 50), 1_000, options={"g": "25"}), limits)
    assert clip.is_partial
    assert not clip.is_truncated
    assert clip.n_frames_decoded <= 160
    assert clip.duration_ms == 40_000
    starts_ms = [burst.times_ms[0] for burst in clip.bursts]
    assert len(starts_ms) == 10
    assert starts_ms[0] < 5_000
    assert starts_ms[-1] > 35_000
    assert clip.frames[-1].at_ms > 35_000


def test_a_long_clip_with_one_keyframe_ends_with_the_budget() -> None:
    limits = Limits(max_frames=80, burst_ms=300)
    clip = opened(film(n=500, options={"g": "1000", "preset": "ultrafast"}), limits)
    assert clip.is_partial
    assert clip.n_frames_decoded <= 120


def test_time_that_is_up_keeps_what_there_is() -> None:
    ticks = count()
    clip = open_clip(
        MP4, name="media", limits=Limits(max_decode_s=20), clock=lambda: float(next(ticks))
    )
    assert isinstance(clip, Clip)
    assert clip.is_partial
    assert 0 < clip.n_frames_decoded < 25


def test_time_that_is_up_at_once() -> None:
    ticks = count(step=100)
    refusal = open_clip(MP4, name="media", clock=lambda: float(next(ticks)))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "out_of_time"


@pytest.mark.parametrize("form", ["matroska", "avi"])
def test_the_end_cut_off(form: str) -> None:
    content = film(n=100, form=form)
    clip = opened(content[: len(content) * 2 // 3])
    assert clip.is_truncated
    assert 0 < clip.n_frames_decoded < 100
    assert clip.duration_ms < 4_000


def test_a_hole_in_the_middle() -> None:
    content = bytearray(film(n=60, form="matroska", options={"g": "10"}))
    middle = len(content) // 2
    content[middle : middle + 300] = bytes(300)
    clip = opened(bytes(content))
    assert clip.n_frames_decoded > 10


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_never_raises(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = ("mp4", "matroska", "avi")[seed % 3]
    content = bytearray(film(n=12, form=form, codec="mpeg4"))
    for at in rng.integers(12, len(content), 20):
        content[int(at)] = int(rng.integers(256))
    answer = open_clip(bytes(content), name="media", limits=Limits(max_decode_s=5))
    assert isinstance(answer, Clip | Refusal)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, this is no film", "not_a_video"),
        (PLAYLIST, "format_refused"),
        (b"\xef\xbb\xbf\n" + PLAYLIST, "format_refused"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "format_refused"),
        (b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>', "format_refused"),
        (b"data:video/mp4;base64,AAAA", "not_a_video"),
        (b"concat:/etc/passwd|/etc/hosts", "not_a_video"),
        (b"GIF89a" + bytes(40), "format_refused"),
        (b"\x00\x00\x00\x1cftypavif" + bytes(40), "format_refused"),
        (b"\x00\x00\x00\x18ftypisom" + PLAYLIST, "header_corrupt"),
        (b"\x1a\x45\xdf\xa3" + PLAYLIST, "header_corrupt"),
        (b"RIFF\x00\x01\x00\x00AVI " + PLAYLIST, "no_video"),
        (MP4[: len(MP4) // 2], "header_corrupt"),
        (films.sound_only(), "no_video"),
        (films.sound_only(has_cover=True), "no_video"),
        (film(n=0, form="matroska"), "header_corrupt"),
    ],
)
def test_what_is_no_clip_has_a_reason(content: bytes, reason: str) -> None:
    assert refused(content) == reason


def test_names_in_another_encoding_are_no_harm() -> None:
    content = films.sound_only(title="café").replace("é".encode(), b"\xe9\xe9")
    assert refused(content) == "no_video"


def test_limits_refuse() -> None:
    assert refused(MP4, Limits(max_bytes=100)) == "too_many_bytes"
    assert refused(MP4, Limits(max_pixels=10_000)) == "too_many_pixels"
    assert refused(film(n=3, n_videos=3), Limits(max_streams=2)) != "no_frames"


def test_a_codec_that_is_not_on_the_list() -> None:
    assert refused(film(form="matroska", codec="ffv1")) in {"codec_refused", "no_video"}


def test_dimensions_that_are_claimed_are_not_decoded() -> None:
    content = MP4.replace(struct.pack(">HH", 160, 96), struct.pack(">HH", 60_000, 60_000))
    answer = open_clip(content, name="media")
    assert isinstance(answer, Refusal) or (answer.width_px, answer.height_px) == (160, 96)


def test_times_that_make_no_sense() -> None:
    times_ms = [0, 40, 80, 2**40, 2**40 + 40, 2**40 + 80]
    clip = opened(film(n=6, form="matroska", times_ms=times_ms))
    assert clip.n_frames_decoded == 6
    assert clip.duration_ms <= 24 * 3_600_000


def test_lists_of_files_are_never_followed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/".encode()
        playlist = PLAYLIST.replace(b"file:///etc/passwd", address + b"a.ts")
        hostile = [head + playlist for head in (b"", MP4[:32], b"\x1a\x45\xdf\xa3", AVI[:12])]
        # Data that is said to lie in another file.
        url = struct.pack(">I", 13 + len(address)) + b"url " + bytes(4) + address + b"\0"
        hostile.append(MP4.replace(struct.pack(">I", 12) + b"url \0\0\0\1", url))
        for content in hostile:
            assert isinstance(open_clip(content, name="media"), Clip | Refusal)
        with pytest.raises(TimeoutError):
            server.accept()


def test_what_a_container_asks_for_is_refused() -> None:
    with pytest.raises(PermissionError):
        _refuse_io("file:///etc/passwd", 0, {})


def test_bursts_visit_the_whole_clip_early() -> None:
    assert halving(8) == [0, 4, 2, 6, 1, 5, 3, 7]
    assert sorted(halving(24)) == list(range(24))
    assert halving(1) == [0]


def test_a_frame_of_too_many_scans_is_passed_over() -> None:
    content = packed([encoded(image(0, 160, 96), "JPEG"), many_scans(160, 96, 60)] * 2, "avi")
    clip = open_clip(content, name="media")
    assert isinstance(clip, Clip)
    assert clip.n_frames_decoded == 2
    assert clip.is_truncated
