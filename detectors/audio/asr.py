"""`audio.asr`: what is said in recordings, with the time of each phrase."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from detectors import card as cards
from detectors.audio import language
from detectors.audio.chunks import Chunk, cut, placed
from detectors.audio.doubt import credible
from detectors.audio.hearing import Heard, Phrase, Recogniser
from detectors.audio.language import Script, TextLanguage
from detectors.audio.recording import RATE_HZ, Recording, Refusal
from detectors.audio.vad import AudioVad
from detectors.audio.whisper import Whisper
from detectors.card import ModelCard
from detectors.detector import Undecodable
from detectors.media import Place, Read, Transcript, Unread
from schemas.signals import TimeRange

MODEL_ID: Final = "audio.asr@1"
DEFAULT_SPEECH_S: Final = 300
"""Of one recording; what Whisper needs for it on one core is in `evaluation/asr_1.md`."""
_ENDS: Final = frozenset(".!?…。！？।؟")
_PAUSE_MS: Final = 1_500


class _Said(Struct, frozen=True):
    """A phrase that is believed, with its place in the file."""

    phrase: Phrase
    time_range: TimeRange


class AudioAsr:
    """Reads recordings: one transcript each, none where nobody speaks."""

    card: ModelCard

    def __init__(
        self,
        threads: int = 1,
        *,
        max_speech_s: int = DEFAULT_SPEECH_S,
        recogniser: Recogniser | None = None,
    ) -> None:
        """Loads the models of voice activity, speech and written language.

        Args:
            threads: Of the recogniser.
            max_speech_s: Most speech of one recording that is heard, the first first.
            recogniser: Another than the one on the card, for comparisons.

        Raises:
            ModelMismatch: if a model file is missing or not the one on its card.
        """
        self.card = cards.read(MODEL_ID)
        self._vad = AudioVad()
        self._recogniser = recogniser or Whisper(self.card.files, threads=threads)
        self._language = TextLanguage()
        self._script = Script()
        self._max_speech = max_speech_s * RATE_HZ

    def read(self, parts: Sequence[Recording | Refusal], /) -> list[Read]:
        """Gives what is said in each recording, in order."""
        return [self._read(part) for part in parts]

    def _read(self, part: Recording | Refusal) -> Read:
        if isinstance(part, Refusal):
            return Undecodable(f"{part.reason}: {part.detail}")
        chunks, is_over = self._within(cut(part, self._vad.speech(part)))
        heard = [self._believed(self._recogniser.hear(one.samples), one) for one in chunks]
        said = [
            _Said(phrase, placed(part, chunk, phrase.start_s, phrase.end_s))
            for chunk, one in zip(chunks, heard, strict=True)
            for phrase in one.phrases
        ]
        lang = language.spoken(heard, self._language)
        transcripts = (_transcript(part, said, lang),) if said else ()
        cause = self._left_out(part, is_over=is_over)
        return Unread(transcripts=transcripts, cause=cause) if cause else transcripts

    def _within(self, chunks: Sequence[Chunk]) -> tuple[list[Chunk], bool]:
        """Gives the first chunks, as many as the budget holds, and whether there are more."""
        kept: list[Chunk] = []
        n_spoken = 0
        for chunk in chunks:
            n_spoken += chunk.n_spoken
            if kept and n_spoken > self._max_speech:
                return kept, True
            kept.append(chunk)
        return kept, False

    def _believed(self, heard: Heard, chunk: Chunk) -> Heard:
        believed = (credible(one, chunk.probability) for one in heard.phrases)
        return Heard(
            phrases=tuple(
                replace(one, text=self._script.written(one.text, heard.lang))
                for one in believed
                if one is not None
            ),
            lang=heard.lang,
            lang_probability=heard.lang_probability,
        )

    def _left_out(self, part: Recording, *, is_over: bool) -> str:
        over = f"more than {self._max_speech // RATE_HZ} s of speech: the rest unheard"
        return "; ".join(filter(None, (over if is_over else "", part.unread)))


def _transcript(part: Recording, said: Sequence[_Said], lang: str | None) -> Transcript:
    """Joins phrases: a line break where a sentence ends or someone pauses, else a space."""
    text = ""
    places: list[Place] = []
    weighted, n_chars = 0.0, 0
    for one in said:
        if places:
            before = places[-1].time_range
            gap_ms = 0 if before is None else one.time_range.start_ms - before.end_ms
            text += "\n" if text[-1] in _ENDS or gap_ms > _PAUSE_MS else " "
        start = len(text)
        text += one.phrase.text
        places.append(Place(start=start, end=len(text), time_range=one.time_range))
        weighted += one.phrase.probability * len(one.phrase.text)
        n_chars += len(one.phrase.text)
    return Transcript(
        reader=MODEL_ID,
        part=part.name,
        text=text,
        lang=lang,
        confidence=weighted / n_chars,
        places=tuple(places),
        evidence={"sound": "clipped"} if part.is_clipped else {},
    )
