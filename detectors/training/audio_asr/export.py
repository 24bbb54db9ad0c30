"""Whisper as two ONNX graphs, in 32 bits and quantised to eight."""

from pathlib import Path
from typing import Final

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from detectors import card as cards
from detectors.audio.asr import MODEL_ID
from detectors.audio.whisper import located
from detectors.training.audio_asr import ct2_file
from detectors.training.audio_asr.torch_model import HEAD, N_HEADS, N_LAYERS, Decoder, Encoder

_OPSET: Final = 17
_N_FRAMES: Final = 3_000


def load() -> tuple[Encoder, Decoder]:
    """Gives both halves with the weights of `audio.asr`'s card. Raises ModelMismatch."""
    paths = located(cards.read(MODEL_ID).files)
    content = paths["model_1"].read_bytes() + paths["model_2"].read_bytes()
    weights = ct2_file.read(content)
    decoder = Decoder(weights).eval()
    return Encoder(weights, decoder).eval(), decoder


def export(out: Path) -> list[Path]:
    """Writes encoder and decoder, each in 32 bits and in eight (`*.int8.onnx`)."""
    out.mkdir(parents=True, exist_ok=True)
    encoder, decoder = load()
    plain = [out / "encoder.onnx", out / "decoder.onnx"]
    with torch.inference_mode():
        torch.onnx.export(
            encoder,
            (torch.zeros(1, 80, _N_FRAMES),),
            str(plain[0]),
            input_names=["features"],
            output_names=["sound"],
            dynamic_axes={"features": {2: "frames"}, "sound": {4: "t"}},
            opset_version=_OPSET,
            dynamo=False,
        )
        sound = torch.zeros(N_LAYERS, 2, 1, N_HEADS, 1_500, HEAD)
        past = torch.zeros(N_LAYERS, 2, 1, N_HEADS, 3, HEAD)
        torch.onnx.export(
            decoder,
            (torch.zeros(1, 4, dtype=torch.int64), sound, past),
            str(plain[1]),
            input_names=["ids", "sound", "past"],
            output_names=["scores", "grown"],
            dynamic_axes={
                "ids": {1: "n"}, "sound": {4: "t"}, "past": {4: "p"}, "scores": {0: "n"},
                "grown": {4: "g"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )  # fmt: skip
    found = list(plain)
    for path in plain:
        small = path.with_suffix(".int8.onnx")
        quantize_dynamic(
            path, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
            op_types_to_quantize=["MatMul", "Gather"],
        )  # fmt: skip
        found.append(small)
    return found
