"""Measures speech recognition: `python -m detectors.evaluation.asr --clips DIR --voices DIR`.

Speaks the texts of `spoken.json` where DIR lacks them (see `speech.py`: Kokoro and Festival),
hears them with faster-whisper and, with `--onnx DIR`, with ONNX Runtime (graphs of
`python -m detectors.training.audio_asr onnx`), clean and degraded, and asks the detectors of text
about what was heard. Seven minutes of CPU time. What was heard is kept beside the clips; to hear
again, delete `*.json` there. Writes `asr_1.json` and `asr_1.md`.
"""

import argparse
import logging
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from detectors import card as cards
from detectors import registry
from detectors.audio.asr import MODEL_ID, AudioAsr
from detectors.audio.decode import decode
from detectors.audio.hearing import Recogniser
from detectors.audio.recording import RATE_HZ, Recording
from detectors.audio.whisper import MIN_FRAMES, Whisper
from detectors.detector import Detector, signals_of
from detectors.evaluation import asr_page
from detectors.evaluation.asr_conditions import CONDITIONS, clean, wordless
from detectors.evaluation.asr_onnx import OnnxWhisper
from detectors.evaluation.asr_report import Cost, Count, Hearing, Report
from detectors.evaluation.asr_words import errors, words
from detectors.evaluation.speech import Spoken, VoiceMissing, make, read_wav, texts
from detectors.media import Transcript, Unread
from schemas.content import TextPart

_LOG = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent
SHIPPED: Final = "faster-whisper, int8"
ONNX: Final = "ONNX Runtime, int8"
SPOKEN: Final = "as spoken"
_WHOLE: Final = frozenset({SHIPPED, ONNX})
"""What hears all clips; the others hear those that are degraded too."""
_WHOLE_FRAMES: Final = 3_000
_DEGRADED: Final = 6
"""Clips of each language that are heard degraded too: the first pitches and the first others."""
_READERS: Final = ("text.risk", "text.entities", "text.links")
_FLAGGED: Final = 0.5
"""For detectors without thresholds of their own."""
_PROBE_S: Final = 28


def engines(onnx: Path | None) -> dict[str, Callable[[], Recogniser]]:
    """Gives constructors of what is compared, by name; the first is the one that ships."""
    files = cards.read(MODEL_ID).files
    found: dict[str, Callable[[], Recogniser]] = {
        SHIPPED: lambda: Whisper(files, threads=1),
        f"{SHIPPED}, windows of 30 s": lambda: Whisper(files, threads=1, min_frames=_WHOLE_FRAMES),
    }
    if onnx is not None:
        folder = onnx
        found[ONNX] = lambda: OnnxWhisper(folder, threads=1, min_frames=MIN_FRAMES)
    return found


class Clip(Struct, frozen=True, eq=False):
    """A spoken text as a file, decoded."""

    spoken: Spoken
    recording: Recording


def clips(wanted: Sequence[Spoken], folder: Path, condition: str) -> list[Clip]:
    """Gives clips under a condition."""
    found = []
    for one in wanted:
        content = CONDITIONS[condition](*read_wav(folder / f"{one.id}.wav"))
        recording = decode(content, name=one.id)
        if not isinstance(recording, Recording):
            message = f"{one.id}: {recording.reason}"
            raise TypeError(message)
        found.append(Clip(one, recording))
    return found


def hear(reader: AudioAsr, given: Sequence[Clip]) -> list[Hearing]:
    """Reads clips one by one, with the CPU time that each took."""
    found = []
    for clip in given:
        start_s = time.process_time()
        (read,) = reader.read([clip.recording])
        cpu_s = time.process_time() - start_s
        transcripts: tuple[Transcript, ...] = ()
        if isinstance(read, (tuple, Unread)):
            transcripts = read if isinstance(read, tuple) else read.transcripts
        text = transcripts[0].text if transcripts else ""
        wanted = words(clip.spoken.text, clip.spoken.lang)
        found.append(
            Hearing(
                clip=clip.spoken.id,
                lang=clip.spoken.lang,
                kind=clip.spoken.kind,
                text=text,
                lang_heard=transcripts[0].lang if transcripts else None,
                n_words=len(wanted),
                n_errors=errors(wanted, words(text, clip.spoken.lang)),
                seconds=len(clip.recording.samples) / RATE_HZ,
                cpu_s=cpu_s,
            )
        )
    return found


class Judges:
    """The detectors of text, as they judge a post."""

    def __init__(self) -> None:
        """Loads them."""
        self._all: list[Detector[TextPart]] = registry.load(_READERS, threads=1)

    def flag(self, text: str) -> bool:
        """Whether any label reaches its recommended threshold."""
        part = TextPart(name="text", text=text)
        return any(
            signal.score >= one.card.thresholds.get(signal.label, _FLAGGED)
            for one in self._all
            for signal in signals_of(one.predict([part])[0])
        )


def count(judges: Judges, wanted: Sequence[Spoken], heard: Sequence[Hearing]) -> list[Count]:
    """Counts, by language and kind, what is flagged as written, as heard, and both."""
    by_id = {one.clip: one.text for one in heard}
    found: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for one in wanted:
        pair = judges.flag(one.text), bool(by_id[one.id]) and judges.flag(by_id[one.id])
        found.setdefault((one.lang, one.kind), []).append(pair)
    return [
        Count(
            lang=lang,
            kind=kind,
            n=len(pairs),
            written=sum(written for written, _ in pairs),
            heard=sum(heard for _, heard in pairs),
            both=sum(written and heard for written, heard in pairs),
        )
        for (lang, kind), pairs in found.items()
    ]


def degraded(wanted: Sequence[Spoken]) -> list[Spoken]:
    """Gives the first few of each language that Whisper knows, half of them pitches."""
    found: list[Spoken] = []
    langs = dict.fromkeys(one.lang for one in wanted if one.lang not in asr_page.POOR)
    for lang in langs:
        for kind in ("scam", "harmless"):
            own = [one for one in wanted if one.lang == lang and one.kind == kind]
            found += own[: _DEGRADED // 2]
    return found


class Task(Struct, frozen=True):
    """An engine and the clips that it hears, in a process of its own."""

    engine: str
    condition: str
    wanted: tuple[Spoken, ...]
    folder: Path
    onnx: Path | None

    @property
    def kept(self) -> Path:
        """Where what was heard is kept, beside the clips."""
        name = f"{self.engine}, {self.condition}, {len(self.wanted)}"
        return self.folder / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.json"


def done(task: Task) -> list[Hearing]:
    """Loads an engine and hears with it, if that was not done before."""
    if task.kept.exists():
        return msgspec.json.decode(task.kept.read_bytes(), type=list[Hearing])
    reader = AudioAsr(recogniser=engines(task.onnx)[task.engine]())
    heard = hear(reader, clips(task.wanted, task.folder, task.condition))
    task.kept.write_bytes(msgspec.json.encode(heard))
    return heard


def plan(wanted: Sequence[Spoken], folder: Path, onnx: Path | None) -> list[Task]:
    """Gives what is to be heard, and by which engine."""
    few = degraded(wanted)
    names = list(engines(onnx))
    tasks = [Task(name, SPOKEN, tuple(wanted), folder, onnx) for name in names if name in _WHOLE]
    tasks += [Task(SHIPPED, name, tuple(few), folder, onnx) for name in CONDITIONS]
    tasks += [Task(name, SPOKEN, tuple(few), folder, onnx) for name in names if name not in _WHOLE]
    return tasks


def measure(wanted: Sequence[Spoken], folder: Path, onnx: Path | None, *, processes: int) -> Report:
    """Hears everything, in so many processes of one thread."""
    few = degraded(wanted)
    tasks = plan(wanted, folder, onnx)
    spawn = multiprocessing.get_context("spawn")
    heard: list[list[Hearing]] = []
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        for task, own in zip(tasks, pool.map(done, tasks), strict=True):
            _LOG.info("%s, %s: %s", task.engine, task.condition, asr_page.rate(own))
            heard.append(own)
    made = list(zip(tasks, heard, strict=True))
    compared = {task.engine: own for task, own in made if len(task.wanted) == len(wanted)}
    conditions = {
        task.condition: own
        for task, own in made
        if task.engine == SHIPPED and len(task.wanted) == len(few)
    }
    ids = {one.id for one in few}
    variants = {
        name: [one for one in own if one.clip in ids]
        for name, own in (
            *compared.items(),
            *((task.engine, own) for task, own in made if task.engine not in _WHOLE),
        )
    }
    judges = Judges()
    return Report(
        compared=compared,
        variants=variants,
        conditions=conditions,
        made_up=made_up(AudioAsr()),
        counts=count(judges, wanted, compared[SHIPPED]),
        degraded_counts={name: count(judges, few, own) for name, own in conditions.items()},
        costs={name: probed(name, onnx) for name in engines(onnx)},
    )


def made_up(reader: AudioAsr) -> dict[str, str]:
    """Gives what is heard in sounds without a word."""
    found = {}
    for name, samples in wordless().items():
        recording = decode(clean(samples, RATE_HZ), name=name)
        (read,) = reader.read([recording])
        found[name] = read[0].text if isinstance(read, tuple) and read else ""
    return found


def probed(name: str, onnx: Path | None) -> Cost:
    """Loads one engine in a process of its own, and hears the longest window with it."""
    call = [sys.executable, "-m", "detectors.evaluation.asr", "--probe", name]
    if onnx is not None:
        call += ["--onnx", str(onnx)]
    out = subprocess.run(call, check=True, capture_output=True)  # noqa: S603 - our own arguments
    return msgspec.json.decode(out.stdout, type=Cost)


def probe(name: str, onnx: Path | None) -> Cost:
    """Measures this very process: CPU seconds of loading, and the most memory it held."""
    start_s = time.process_time()
    engine = engines(onnx)[name]()
    load_s = time.process_time() - start_s
    loaded_mb = _peak_mb()
    rng = np.random.default_rng(1)
    engine.hear((0.1 * rng.standard_normal(_PROBE_S * RATE_HZ)).astype(np.float32))
    return Cost(load_s=load_s, loaded_mb=loaded_mb, peak_mb=_peak_mb())


def _peak_mb() -> float:
    """The most memory this process held. `ru_maxrss` would begin with its parent's."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Measures, logs and writes the page."""
    parser = argparse.ArgumentParser(prog="python -m detectors.evaluation.asr")
    parser.add_argument("--clips", type=Path, help="folder of the clips")
    parser.add_argument("--voices", type=Path, help="kokoro-js's folder voices")
    parser.add_argument("--onnx", type=Path, help="folder of the exported graphs")
    parser.add_argument("--processes", type=int, default=2, help="of one thread each")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder of the page")
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.probe:
        sys.stdout.write(msgspec.json.encode(probe(given.probe, given.onnx)).decode())
        return
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if given.clips is None:
        parser.error("--clips is needed")
    wanted = texts()
    try:
        make(wanted, given.clips, given.voices, threads=1)
    except VoiceMissing as error:
        parser.error(f"cannot speak the clips: {error}")
    report = measure(wanted, given.clips, given.onnx, processes=given.processes)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "asr_1.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
    )
    page = asr_page.markdown(report, load=os.getloadavg()[0])
    (given.out / "asr_1.md").write_text(page, encoding="utf-8")
    _LOG.info("%s", page)


if __name__ == "__main__":
    main()
