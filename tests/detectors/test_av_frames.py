from detectors.asking import Findings
from detectors.av_frames import Frames, over_frames
from detectors.card import ModelCard
from detectors.detector import Undecodable
from detectors.image.answers import Decoded
from detectors.image.picture import Picture
from detectors.media import Box, Place, Read, Transcript
from detectors.video.clip import Clip, Sample
from schemas.signals import Signal, TimeRange
from tests.detectors.image import pictures


def clip(n_frames: int = 4) -> Clip:
    return Clip(
        name="media[0]",
        format="mov",
        codec="h264",
        width_px=320,
        height_px=240,
        duration_ms=n_frames * 1000,
        frames=tuple(
            Sample(
                at_ms=n * 1000 + 500,
                time_range=TimeRange(start_ms=n * 1000, end_ms=n * 1000 + 1000),
                shot=n,
                picture=pictures.picture(pictures.photo(n), name="media[0]"),
            )
            for n in range(n_frames)
        ),
        bursts=(),
        n_frames_decoded=n_frames,
    )


def signal(score: float, **evidence: str) -> Signal:
    return Signal(
        label="scam", score=score, detector="image.some@1", part="media[0]", evidence=evidence
    )


def test_the_highest_frame_counts_with_those_around_it() -> None:
    frames = clip(6).frames
    scores = (0.9, 0.2, 0.5, 0.95, 0.6, 0.1)
    (found,) = over_frames(frames, [[signal(score)] for score in scores])
    assert found.score == 0.95
    assert found.time_range == TimeRange(start_ms=2000, end_ms=5000)
    assert found.evidence == {"at_ms": "3500"}


def test_banks_are_told_apart() -> None:
    series = [[signal(0.99, bank="a"), signal(0.99, bank="b")], [signal(0.99, bank="b")]]
    found = over_frames(clip(2).frames, series)
    assert [(one.evidence or {})["bank"] for one in found] == ["a", "b"]
    assert found[1].time_range == TimeRange(start_ms=0, end_ms=2000)


def test_no_frames_no_signals() -> None:
    assert over_frames((), []) == []


class Speller:
    """Reads what it is told, a frame each; None is a frame that it cannot read."""

    card = ModelCard(id="image.speller@1")

    def __init__(self, *texts: str | None) -> None:
        self._texts = texts

    def read(self, parts: list[Decoded], /) -> list[Read]:
        return [
            Undecodable("smudged") if text is None else self._transcripts(part, text)
            for part, text in zip(parts, self._texts, strict=True)
        ]

    def _transcripts(self, part: Decoded, text: str) -> tuple[Transcript, ...]:
        assert isinstance(part, Picture)
        place = Place(start=0, end=len(text), box=Box(1, 2, 3, 4))
        made = Transcript(
            reader=self.card.id, part=part.name, text=text, confidence=0.9, places=(place,)
        )
        return (made,) if text else ()


def test_a_text_that_stays_on_is_one_transcript_with_its_time() -> None:
    found = Findings()
    texts = ("Send 1 ETH, get 2 back", "Send 1 ETH, get 2 bock", "", "Good evening to all of you")
    Frames(clip(4)).read(Speller(*texts), found)  # type: ignore[arg-type] # lists alone
    assert [one.text for one in found.transcripts] == [texts[0], texts[3]]
    times = [one.places[0].time_range for one in found.transcripts]
    assert times == [TimeRange(start_ms=0, end_ms=2000), TimeRange(start_ms=3000, end_ms=4000)]
    assert found.transcripts[0].places[0].box == Box(1, 2, 3, 4)


def test_a_frame_that_cannot_be_read_is_told_once() -> None:
    found = Findings()
    Frames(clip(3)).read(Speller(None, "words", None), found)  # type: ignore[arg-type]
    assert [(one.detector, one.cause) for one in found.unanswered] == [
        ("image.speller@1", "smudged")
    ]
    assert len(found.transcripts) == 1
