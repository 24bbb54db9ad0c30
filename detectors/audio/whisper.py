"""Whisper by faster-whisper, from weights that are files of installed packages.

Nothing is looked up on the network and nothing is written: the model is given from memory.
"""

import zlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import (
    Segment,
    TranscriptionOptions,
    get_suppressed_tokens,
    pad_or_trim,
)

from detectors.audio.hearing import Heard, Phrase
from detectors.audio.recording import RATE_HZ, Samples
from detectors.card import ModelFile
from detectors.session import ModelMismatch, verified

MAX_REPETITION: Final = 2.4
"""OpenAI's `compression_ratio_threshold`."""
MIN_FRAMES: Final = 750
_MAX_FRAMES: Final = 3_000
_SPARE_FRAMES: Final = 100
_STEP_FRAMES: Final = 250
"""Of 10 ms."""
_UNLIKELY: Final = -1.0
_NO_SPEECH: Final = 0.6
"""OpenAI's: a window that it takes for no speech and whose words are unlikely is passed over."""
_MAX_NEW_TOKENS: Final = 400
_SURE: Final = 0.5
_N_TRIED: Final = 3
"""Languages that are tried where none is sure."""
_CODES: Final = {"jw": "jv"}
"""Whisper's own codes that are not the language's."""


class _Handed:
    """A file for CTranslate2 that lets go of its content once it was read: it is 145 MB."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        """Gives all."""
        content, self._content = self._content, b""
        return content


class Whisper:
    """Hears speech with Whisper, in eight bits, by greedy or beam search."""

    def __init__(
        self,
        files: Mapping[str, ModelFile],
        *,
        threads: int,
        beam: int = 1,
        min_frames: int = MIN_FRAMES,
    ) -> None:
        """Loads the model of a card.

        Args:
            files: By role: `model_1` and `model_2`, the halves of CTranslate2's model.bin;
                `config`, `vocabulary`, `tokenizer`. Paths begin with the package that holds them.
            threads: Of one call.
            beam: Guesses that are followed at the same time.
            min_frames: Of a window; 3,000 is Whisper's own 30 s, whatever was said.

        Raises:
            ModelMismatch: if a package is not installed or a file is not the one on the card.
        """
        paths = located(files)
        halves = b"".join(paths[role].read_bytes() for role in ("model_1", "model_2"))
        content: dict[str, _Handed | bytes] = {
            "model.bin": _Handed(halves),
            "config.json": paths["config"].read_bytes(),
            "vocabulary.txt": paths["vocabulary"].read_bytes(),
            "tokenizer.json": paths["tokenizer"].read_bytes(),
        }
        del halves
        self._model = WhisperModel(
            "whisper",
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=1,
            local_files_only=True,
            files=content,
        )
        self._tokenizers: dict[str, Tokenizer] = {}
        self._beam = beam
        self._min_frames = min_frames

    def hear(self, samples: Samples, /) -> Heard:
        """Gives what is said in at most 30 s of one channel at 16 kHz, by time.

        Where the language is in doubt, the likeliest are tried, and the one counts whose words fit
        best.
        """
        features = self._model.feature_extractor(samples)
        states: StorageView = self._model.encode(windowed(features, self._min_frames))
        found = self._model.model.detect_language(states)[0]
        is_sure = found[0][1] >= _SURE
        tried = [
            Heard(
                phrases=within(
                    self._decoded(features, str(token).strip("<|>"), states),
                    len(samples) / RATE_HZ,
                ),
                lang=_CODES.get(str(token).strip("<|>"), str(token).strip("<|>")),
                lang_probability=float(probability),
            )
            for token, probability in found[: 1 if is_sure else _N_TRIED]
        ]
        return max(tried, key=_fit)

    def _decoded(
        self, features: npt.NDArray[np.float32], lang: str, states: StorageView
    ) -> tuple[Phrase, ...]:
        """Decodes in a language, once more where the first time went round in circles."""
        tokenizer = self._tokenizer(lang)
        phrases = self._phrases(features, tokenizer, states, is_again=False)
        if is_looped(phrases):
            return self._phrases(features, tokenizer, states, is_again=True)
        return phrases

    def _phrases(
        self,
        features: npt.NDArray[np.float32],
        tokenizer: Tokenizer,
        states: StorageView,
        *,
        is_again: bool,
    ) -> tuple[Phrase, ...]:
        """Decodes; the second time, no three pieces may come twice in a row of their own."""
        options = _options(self._beam, tokenizer, is_again=is_again)
        found = self._model.generate_segments(features, tokenizer, options, False, states)
        return tuple(_phrase(segment) for segment in found)

    def _tokenizer(self, lang: str) -> Tokenizer:
        if lang not in self._tokenizers:
            self._tokenizers[lang] = Tokenizer(
                self._model.hf_tokenizer, True, task="transcribe", language=lang
            )
        return self._tokenizers[lang]


def windowed(features: npt.NDArray[np.float32], min_frames: int) -> npt.NDArray[np.float32]:
    """Gives features [80, frames], padded to the window that is encoded: a second more than speech.

    Whisper learnt from windows of 30 s. Shorter ones change few words, and cost in proportion
    (`evaluation/asr_1.md`); their lengths are in steps, so that few shapes occur.
    """
    n_frames = features.shape[-1] - 1  # the last is of padding, and left out by faster-whisper too
    wanted = -(-(n_frames + _SPARE_FRAMES) // _STEP_FRAMES) * _STEP_FRAMES
    length = min(_MAX_FRAMES, max(min_frames, wanted))
    return np.asarray(pad_or_trim(features[..., :n_frames], length), np.float32)


def located(files: Mapping[str, ModelFile]) -> dict[str, Path]:
    """Gives the path of each file, checked, in the package that holds it. Raises ModelMismatch."""
    return {role: verified(_packages(file), file) for role, file in files.items()}


def _fit(heard: Heard) -> float:
    """How well words fit the sound: the mean of their probabilities, by length."""
    n_chars = sum(len(one.text) for one in heard.phrases)
    return sum(one.probability * len(one.text) for one in heard.phrases) / max(1, n_chars)


def _packages(file: ModelFile) -> Path:
    """The folder that holds the package in which a file is. Raises ModelMismatch."""
    package = file.path.split("/", maxsplit=1)[0]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = f"{file.path}: the package {package.replace('_', '-')} is not installed"
        raise ModelMismatch(message)
    return Path(next(iter(spec.submodule_search_locations))).parent


def _phrase(segment: Segment) -> Phrase:
    text = str(segment.text).strip()
    return Phrase(
        text=text,
        start_s=float(segment.start),
        end_s=float(segment.end),
        probability=float(min(1.0, np.exp(segment.avg_logprob))),
        no_speech=float(segment.no_speech_prob),
        repetition=repetition(text),
    )


def within(phrases: Sequence[Phrase], length_s: float) -> tuple[Phrase, ...]:
    """Gives the phrases that begin before the sound ends; later ones say the same again."""
    return tuple(one for one in phrases if one.start_s < length_s)


def is_looped(phrases: Sequence[Phrase]) -> bool:
    """Whether what was heard goes round in circles, within a phrase or from one to the next."""
    return repetition(" ".join(one.text for one in phrases)) > MAX_REPETITION


def repetition(text: str) -> float:
    """Gives the length of a text by its compressed length, in UTF-8."""
    content = text.encode()
    return len(content) / len(zlib.compress(content))


def _options(beam: int, tokenizer: Tokenizer, *, is_again: bool) -> TranscriptionOptions:
    """No sampling at a temperature, which gives something else each time."""
    return TranscriptionOptions(
        beam_size=beam,
        best_of=1,
        patience=1,
        length_penalty=1,
        repetition_penalty=1.1 if is_again else 1,
        no_repeat_ngram_size=3 if is_again else 0,
        log_prob_threshold=_UNLIKELY,
        no_speech_threshold=_NO_SPEECH,
        compression_ratio_threshold=None,
        condition_on_previous_text=False,
        prompt_reset_on_temperature=0.5,
        temperatures=[0.0],
        initial_prompt=None,
        prefix=None,
        suppress_blank=True,
        suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
        without_timestamps=False,
        max_initial_timestamp=1.0,
        word_timestamps=False,
        prepend_punctuations="",
        append_punctuations="",
        multilingual=False,
        max_new_tokens=_MAX_NEW_TOKENS,
        clip_timestamps="0",
        hallucination_silence_threshold=None,
        hotwords=None,
    )
