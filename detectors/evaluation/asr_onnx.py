"""Whisper by ONNX Runtime, to be compared with faster-whisper: same weights, own greedy search.

The graphs are those of `python -m detectors.training.audio_asr onnx`.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from tokenizers import Tokenizer as Pieces

from detectors import card as cards
from detectors.audio.asr import MODEL_ID
from detectors.audio.hearing import Heard, Phrase
from detectors.audio.recording import Samples
from detectors.audio.whisper import is_looped, located, repetition, windowed, within

Floats = npt.NDArray[np.float32]

_SOUND_SHAPE: Final = (6, 2, 1, 8, 0, 64)
_FIRST_LANGUAGE: Final = 50_259
_N_LANGUAGES: Final = 99
_MAX_TOKENS: Final = 224
_MAX_FIRST: Final = 50
"""The first phrase begins within a second, OpenAI's `max_initial_timestamp`."""
_TICK_S: Final = 0.02
_PENALTY: Final = np.float32(1.1)
_MASKED: Final = np.float32(-1e9)


class OnnxWhisper:
    """A `Recogniser`: one window of 30 s, greedy, with OpenAI's rules for times."""

    def __init__(self, folder: Path, *, threads: int, min_frames: int) -> None:
        """Loads `encoder` and `decoder` of a folder, those of eight bits."""
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = ["CPUExecutionProvider"]
        self._encoder, self._decoder = (
            ort.InferenceSession(str(folder / f"{name}.int8.onnx"), options, providers=providers)
            for name in ("encoder", "decoder")
        )
        paths = located(cards.read(MODEL_ID).files)
        self._pieces = Pieces.from_file(str(paths["tokenizer"]))
        self._features = FeatureExtractor()
        self._min_frames = min_frames
        base = self._tokenizer("en")
        self._first_time = int(base.timestamp_begin)
        self._end = int(base.eot)
        self._no_speech = int(base.no_speech)
        suppressed = [*get_suppressed_tokens(base, [-1]), int(base.no_timestamps)]
        self._suppressed = np.array(sorted(set(suppressed)))
        self._blank = [*base.encode(" "), self._end]

    def hear(self, samples: Samples, /) -> Heard:
        """Gives what is said in at most 30 s of one channel at 16 kHz."""
        features = windowed(self._features(samples), self._min_frames)
        sound = self._encoder.run(["sound"], {"features": features[None]})[0]
        start = int(self._tokenizer("en").sot)
        scores, _ = self._step([start], sound, np.zeros(_SOUND_SHAPE, np.float32))
        chances = _softmax(scores[-1])
        langs = chances[_FIRST_LANGUAGE : _FIRST_LANGUAGE + _N_LANGUAGES]
        lang_id = _FIRST_LANGUAGE + int(langs.argmax())
        lang = str(self._pieces.id_to_token(lang_id)).strip("<|>")
        tokenizer = self._tokenizer(lang)
        length_s = len(samples) / 16_000
        no_speech = float(chances[self._no_speech])
        prompt = [int(one) for one in tokenizer.sot_sequence]
        phrases: tuple[Phrase, ...] = ()
        for is_again in (False, True):
            tokens, probability = self._searched(prompt, sound, is_again=is_again)
            phrases = within(
                self._phrases(tokens, tokenizer, length_s, probability, no_speech), length_s
            )
            if not is_looped(phrases):
                break
        return Heard(
            phrases=phrases,
            lang=lang,
            lang_probability=float(langs.max() / langs.sum()),
        )

    def _tokenizer(self, lang: str) -> Tokenizer:
        return Tokenizer(self._pieces, True, task="transcribe", language=lang)

    def _step(self, ids: list[int], sound: Floats, past: Floats) -> tuple[Floats, Floats]:
        given = {"ids": np.array([ids], np.int64), "sound": sound, "past": past}
        scores, grown = self._decoder.run(["scores", "grown"], given)
        return scores, grown

    def _searched(
        self, prompt: list[int], sound: Floats, *, is_again: bool
    ) -> tuple[list[int], float]:
        """Gives the likeliest next token, time after time, and their geometric mean.

        The second time no three tokens may come twice, as in `detectors.audio.whisper`.
        """
        past = np.zeros(_SOUND_SHAPE, np.float32)
        tokens: list[int] = []
        ids, total = prompt, 0.0
        while len(tokens) < _MAX_TOKENS:
            scores, past = self._step(ids, sound, past)
            given = scores[-1].copy()
            if is_again:
                _unrepeated(given, tokens)
            ruled = self._ruled(given, tokens)
            chances = _log_softmax(ruled)
            chosen = int(ruled.argmax())
            total += float(chances[chosen])
            if chosen == self._end:
                break
            tokens.append(chosen)
            ids = [chosen]
        return tokens, float(np.exp(total / (len(tokens) + 1)))

    def _ruled(self, scores: Floats, tokens: list[int]) -> Floats:
        """Masks what may not follow: OpenAI's `ApplyTimestampRules`, and what is never said."""
        first = self._first_time
        scores[self._suppressed] = _MASKED
        times = [one for one in tokens if one >= first]
        if not tokens:
            scores[self._blank] = _MASKED
            scores[:first] = _MASKED
            scores[first + _MAX_FIRST + 1 :] = _MASKED
            return scores
        if tokens[-1] >= first:
            is_pair = len(tokens) < 2 or tokens[-2] >= first  # noqa: PLR2004 - the one before
            if is_pair:
                scores[first:] = _MASKED
            else:
                scores[: self._end] = _MASKED
        if times:
            is_open = tokens[-1] < first or (len(tokens) > 1 and tokens[-2] >= first)
            scores[first : times[-1] + is_open] = _MASKED
        chances = _log_softmax(scores)
        if np.logaddexp.reduce(chances[first:]) > chances[:first].max():
            scores[:first] = _MASKED
        return scores

    def _phrases(
        self,
        tokens: list[int],
        tokenizer: Tokenizer,
        length_s: float,
        probability: float,
        no_speech: float,
    ) -> tuple[Phrase, ...]:
        found: list[Phrase] = []
        start_s, words = 0.0, list[int]()
        for token in [*tokens, self._end]:
            if token < self._end:
                words.append(token)
                continue
            at_s = (token - self._first_time) * _TICK_S if token != self._end else length_s
            text = str(tokenizer.decode(words)).strip()
            if text:
                found.append(
                    Phrase(
                        text=text, start_s=start_s, end_s=max(start_s, at_s),
                        probability=probability, no_speech=no_speech, repetition=repetition(text),
                    )
                )  # fmt: skip
            start_s, words = at_s, []
        return tuple(found)


def _unrepeated(scores: Floats, tokens: list[int]) -> None:
    """Lowers what was said before, and masks what would complete three tokens said before."""
    seen = np.array(sorted(set(tokens)), np.int64)
    own = scores[seen]
    scores[seen] = np.where(own > 0, own / _PENALTY, own * _PENALTY)
    for before, last, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if [before, last] == tokens[-2:]:
            scores[after] = _MASKED


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)


def _softmax(scores: Floats) -> Floats:
    return np.asarray(np.exp(_log_softmax(scores)), np.float32)
