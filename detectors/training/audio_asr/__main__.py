"""Weights of the detectors of recordings: `python -m detectors.training.audio_asr COMMAND`.

`vad --wheel FILE` takes Silero's model out of the wheel of PyPI's silero-vad. `onnx --out DIR`
writes Whisper as ONNX, in 32 bits and in eight; it is for comparison and does not ship. Needs the
extra `train`.
"""

import argparse
import logging
from pathlib import Path
from typing import Final
from zipfile import ZipFile

_LOG = logging.getLogger(__name__)
_VAD_MEMBER: Final = "silero_vad/data/silero_vad_16k_sequence.onnx"
_VAD_FILE: Final = Path(__file__).parents[2] / "weights" / "audio_vad_1" / "vad.onnx"


def _vad(wheel: Path) -> None:
    with ZipFile(wheel) as packed:
        _VAD_FILE.write_bytes(packed.read(_VAD_MEMBER))
    _LOG.info("%s: %d bytes", _VAD_FILE, _VAD_FILE.stat().st_size)


def _onnx(out: Path) -> None:
    from detectors.training.audio_asr.export import export  # noqa: PLC0415 - needs torch

    for path in export(out):
        _LOG.info("%s: %.1f MB", path.name, path.stat().st_size / 1e6)


def main() -> None:
    """Runs a command."""
    parser = argparse.ArgumentParser(prog="python -m detectors.training.audio_asr")
    commands = parser.add_subparsers(dest="command", required=True)
    vad = commands.add_parser("vad", help="Silero's model out of its wheel")
    vad.add_argument("--wheel", type=Path, required=True, help="silero_vad-6.2.3-*.whl")
    onnx = commands.add_parser("onnx", help="Whisper as ONNX")
    onnx.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if given.command == "vad":
        _vad(given.wheel)
    else:
        _onnx(given.out)


if __name__ == "__main__":
    main()
