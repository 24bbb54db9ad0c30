import random
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from detectors.audio.decode import decode
from detectors.audio.recording import RATE_HZ, REASONS, Limits, Recording, Refusal
from tests.detectors.audio.sounds import encoded, header, noise, silent_video, tone, wav, wav_floats

SECOND = tone(1.0)
CONTAINERS = [  # demuxer, codec, rate, whether stereo, whether with pictures
    ("wav", "pcm_u8", 16_000, False, False),
    ("wav", "pcm_s16le", 8_000, False, False),
    ("wav", "pcm_s16le", 48_000, True, False),
    ("wav", "pcm_s24le", 16_000, False, False),
    ("wav", "pcm_s32le", 44_100, False, False),
    ("wav", "pcm_f32le", 16_000, False, False),
    ("wav", "pcm_f64le", 16_000, False, False),
    ("wav", "pcm_alaw", 8_000, False, False),
    ("wav", "pcm_mulaw", 8_000, False, False),
    ("mp3", "libmp3lame", 44_100, False, False),
    ("ogg", "libopus", 48_000, False, False),
    ("ogg", "vorbis", 44_100, True, False),
    ("flac", "flac", 16_000, False, False),
    ("ipod", "aac", 48_000, True, False),
    ("ipod", "alac", 16_000, False, False),
    ("adts", "aac", 44_100, False, False),
    ("webm", "libopus", 48_000, False, False),
    ("aiff", "pcm_s16be", 16_000, False, False),
    ("caf", "pcm_s16le", 16_000, False, False),
    ("mp4", "aac", 44_100, False, True),
    ("mov", "aac", 44_100, False, True),
    ("matroska", "aac", 44_100, False, True),
    ("avi", "libmp3lame", 44_100, False, True),
]


def recording(content: bytes, limits: Limits = Limits()) -> Recording:  # noqa: B008 - frozen
    found = decode(content, name="voice", limits=limits)
    assert isinstance(found, Recording), found
    return found


def refusal(content: bytes, limits: Limits = Limits()) -> Refusal:  # noqa: B008 - frozen
    found = decode(content, name="voice", limits=limits)
    assert isinstance(found, Refusal), found
    assert found.reason in REASONS
    return found


def strongest_hz(found: Recording) -> float:
    spectrum = np.abs(np.fft.rfft(found.samples))
    return float(spectrum.argmax() * RATE_HZ / len(found.samples))


@pytest.mark.parametrize(("container", "codec", "rate_hz", "is_stereo", "has_video"), CONTAINERS)
def test_each_kind_of_file(
    container: str, codec: str, rate_hz: int, is_stereo: bool, has_video: bool
) -> None:
    content = encoded(
        SECOND, container, codec, rate_hz=rate_hz, is_stereo=is_stereo, has_video=has_video
    )
    found = recording(content)
    assert found.name == "voice"
    assert found.samples.dtype == np.float32
    assert 0.9 <= len(found.samples) / RATE_HZ <= 1.25
    assert 900 <= found.duration_ms <= 1_250
    assert abs(strongest_hz(found) - 440) < 4
    assert not found.is_silent
    assert not found.is_partial
    assert not found.is_truncated


def test_amr() -> None:
    found = recording(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50)
    assert found.format == "amr"
    assert found.duration_ms == 1_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "not_audio"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_audio"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n", "format_refused"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "format_refused"),
        (b"[playlist]\nFile1=/etc/passwd\n", "format_refused"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", "format_refused"),
        (b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>", "format_refused"),
        (b"MThd\0\0\0\6", "format_refused"),
        (b"RIFF\0\0\0\0WEBP", "not_audio"),
        (b"RIFF\xff\xff\xff\xffWAVE", "header_corrupt"),
        (b"OggS" + bytes(200), "header_corrupt"),
        (b"\x1aE\xdf\xa3" + bytes(200), "header_corrupt"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "header_corrupt"),
        (header(0), "zero_length"),
        (header(100, rate_hz=4_000_000_000) + bytes(100), "header_corrupt"),
        (header(100, rate_hz=1_000_000) + bytes(100), "rate_refused"),
        (header(100, rate_hz=1) + bytes(100), "rate_refused"),
        (header(100, channels=500) + bytes(100_000), "channels_refused"),
        (header(100, tag=0x4D) + bytes(100), "codec_refused"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    found = refusal(content)
    assert found.reason == reason, found


def test_a_video_without_sound() -> None:
    assert refusal(silent_video()).reason == "no_audio"


def test_too_many_bytes() -> None:
    assert refusal(wav(SECOND), Limits(max_bytes=1_000)).reason == "too_many_bytes"


def test_a_playlist_in_disguise_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(SECOND))
    for start in (b"OggS", b"ID3\4\0\0\0\0\0\0", b"\xff\xfb", b"\0\0\0\x18ftypmp42", b"fLaC"):
        playlist = f"\n#EXTM3U\n#EXTINF:1,\nfile://{secret}\nhttp://127.0.0.1:9/a.wav\n".encode()
        found = decode(start + playlist, name="voice")
        assert isinstance(found, Refusal), start


def test_a_quicktime_reference_to_another_file_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mov"
    content = encoded(SECOND, "mov", "pcm_s16le")
    secret.write_bytes(content)
    # The track's own data reference, made one to a file beside it.
    assert b"url \0\0\0\1" in content
    name = str(secret).encode()
    elsewhere = content.replace(b"url \0\0\0\1", b"alis\0\0\0\0")
    elsewhere = elsewhere.replace(b"mdat", b"free") + name
    found = decode(elsewhere, name="voice")
    if isinstance(found, Recording):  # what lies at the same places of this very file
        assert len(found.samples) <= len(content)


def test_a_truncated_file_gives_what_there_is() -> None:
    content = wav(tone(10.0))
    found = recording(content[: len(content) // 2])
    assert found.is_truncated
    assert 4_900 <= found.duration_ms <= 5_100


@pytest.mark.parametrize(("container", "codec"), [("ogg", "libopus"), ("mp3", "libmp3lame")])
def test_a_cut_stream_gives_its_beginning(container: str, codec: str) -> None:
    content = encoded(tone(4.0), container, codec, rate_hz=48_000)
    found = recording(content[: len(content) // 2])
    assert found.duration_ms < 3_000


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("ogg", "libopus"), ("flac", "flac"),
     ("ipod", "aac"), ("webm", "libopus"), ("adts", "aac"), ("aiff", "pcm_s16be")],
)  # fmt: skip
def test_damage_never_raises(container: str, codec: str) -> None:
    content = encoded(noise(0.5), container, codec, rate_hz=48_000)
    rng = random.Random(3)  # noqa: S311 - damage, not secrets
    for _ in range(40):
        broken = bytearray(content)
        for _ in range(rng.randint(1, 30)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        found = decode(bytes(broken[: rng.randint(1, len(broken))]), name="voice")
        if isinstance(found, Recording):
            assert np.isfinite(found.samples).all()
            assert len(found.samples) < 10 * RATE_HZ


def test_an_endless_stream_ends_with_its_bytes() -> None:
    content = header(0xFFFFFFFF) + wav(SECOND)[44:]
    assert recording(content).duration_ms == 1_000


@pytest.mark.parametrize(
    ("container", "codec"), [("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "libmp3lame")]
)
def test_of_a_long_file_the_head_and_windows_are_read(container: str, codec: str) -> None:
    content = encoded(noise(120.0), container, codec)
    limits = Limits(head_ms=20_000, n_windows=3, window_ms=5_000)
    found = recording(content, limits)
    assert found.is_partial
    assert abs(found.duration_ms - 120_000) < 500
    assert 30_000 <= len(found.samples) / 16 <= 36_000
    starts = [one.start_ms for one in found.stretches]
    assert starts[0] == 0
    assert len(starts) == 4
    assert starts[-1] > 110_000
    assert sum(one.end - one.start for one in found.stretches) == len(found.samples)


def test_a_bomb_costs_no_more_than_the_head() -> None:
    content = encoded(np.zeros(600 * RATE_HZ, np.float32), "flac", "flac")
    assert len(content) < 300_000
    found = recording(content, Limits(head_ms=5_000, n_windows=1, window_ms=1_000))
    assert len(found.samples) < 8 * RATE_HZ
    assert found.is_silent
    assert found.is_partial


def test_silence() -> None:
    found = recording(wav(np.zeros(RATE_HZ, np.float32)))
    assert found.is_silent
    assert found.loudness == -100
    assert not found.samples.any()


def test_a_constant_offset_is_silence_too() -> None:
    assert recording(wav(np.full(RATE_HZ, 0.4, np.float32))).is_silent
    found = recording(wav(SECOND + np.float32(0.4)))
    assert abs(float(found.samples.mean())) < 1e-3


def test_the_quiet_is_made_as_loud_as_the_loud() -> None:
    loud, quiet = recording(wav(tone(2.0, level=0.5))), recording(wav(tone(2.0, level=0.005)))
    assert quiet.loudness == pytest.approx(loud.loudness - 40, abs=0.2)
    assert np.abs(quiet.samples).max() == pytest.approx(np.abs(loud.samples).max(), rel=0.05)


def test_clipping_is_told() -> None:
    assert recording(wav(np.clip(tone(1.0, level=3.0), -1, 1))).is_clipped
    assert not recording(wav(SECOND)).is_clipped


def test_channels_that_cancel_each_other() -> None:
    both = np.stack((SECOND, -SECOND), axis=1)
    found = recording(wav(both))
    assert not found.is_silent
    assert abs(strongest_hz(found) - 440) < 4


def test_one_of_two_channels() -> None:
    both = np.stack((np.zeros_like(SECOND), SECOND), axis=1)
    assert abs(strongest_hz(recording(wav(both))) - 440) < 4


def test_six_channels() -> None:
    all_six = np.stack([SECOND * (one == 2) for one in range(6)], axis=1)
    assert abs(strongest_hz(recording(wav(all_six, 48_000))) - 1_320) < 4


def test_floats_that_are_no_numbers() -> None:
    samples = SECOND.copy()
    samples[100:200] = np.nan
    samples[300] = np.inf
    samples[400] = 1e30
    found = recording(wav_floats(samples))
    assert np.isfinite(found.samples).all()
    assert np.abs(found.samples).max() <= 1


RESAMPLE = f"""
import sys
import types

def as_it_is(*given, **_):
    return given[0] if given and callable(given[0]) else as_it_is

# What librosa has numba compile takes minutes where that is slow; nothing here calls it.
names = ("guvectorize", "jit", "stencil", "vectorize")
sys.modules["numba"] = types.ModuleType("numba")
vars(sys.modules["numba"]).update(dict.fromkeys(names, as_it_is))

import librosa
import numpy as np
samples = np.frombuffer(sys.stdin.buffer.read(), np.float32)
same = librosa.resample(samples, orig_sr=48_000, target_sr={RATE_HZ})
sys.stdout.buffer.write(same.astype(np.float32).tobytes())
"""


def test_resampled_as_librosa_does() -> None:
    pytest.importorskip("librosa")
    samples = noise(2.0, 48_000)
    found = recording(wav(samples, 48_000))
    done = subprocess.run(
        [sys.executable, "-c", RESAMPLE],
        input=samples.astype(np.float32).tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    same = np.frombuffer(done.stdout, np.float32)
    n = min(len(same), len(found.samples))
    assert np.corrcoef(same[:n], found.samples[:n])[0, 1] > 0.999


def test_a_stream_that_changes_its_channels_gives_what_stood_before() -> None:
    one = encoded(SECOND, "ogg", "libopus", rate_hz=48_000)
    two = encoded(SECOND, "ogg", "libopus", rate_hz=48_000, is_stereo=True)
    found = recording(one + two)
    assert found.is_truncated
    assert 900 <= found.duration_ms <= 1_100
