"""The shipped model as a plain `transformers` module, for comparing speed and answers.

Everything comes out of the shipped ONNX files: the int8 matrices de-quantised to float32, the
embeddings from their 4-bit blocks. So it is the very model, without its activation rounding.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from detectors import card as cards
from detectors.text.risk.detector import MODEL_ID, ROOT
from detectors.text.risk.windows import BOS_ID, EOS_ID, WINDOW_TOKENS
from detectors.training.text_risk import lexical, model
from detectors.training.text_risk.encoder import Shape

Floats = npt.NDArray[np.float32]
_SHAPE = Shape(384, 6, 12, 1536, 0, 256, 2, 1e-12)
_HALF = 384


class Shipped(nn.Module):  # type: ignore[misc, unused-ignore]
    """Ids and mask, int64 [batch, tokens] -> calibrated scores float32 [batch, labels]."""

    def __init__(self, graph: dict[str, Floats]) -> None:
        super().__init__()
        config = model.config_of(_SHAPE, len(graph["words"]))
        config.max_position_embeddings = _SHAPE.positions
        self.bert = BertModel(config, add_pooling_layer=False)
        self.bert.load_state_dict(_bert_state(graph))
        for name in ("heads.w", "heads.b", "pieces", "pairs"):
            self.register_buffer(name.replace(".", "_"), torch.from_numpy(graph[name]))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Scores of a padded batch."""
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * weight).sum(1) / weight.sum(1)
        bins = (ids[:, :-1] * lexical.FIRST + ids[:, 1:] * lexical.SECOND) % lexical.N_BINS
        pieces, pairs = cast("torch.Tensor", self.pieces), cast("torch.Tensor", self.pairs)
        sums = (pieces[ids] * weight).sum(1) + (pairs[bins] * weight[:, 1:]).sum(1)
        words = sums[:, :-1] / sums[:, -1:].clamp_min(1e-6).sqrt()
        heads = cast("torch.Tensor", self.heads_w)
        return torch.sigmoid(pooled @ heads + words + cast("torch.Tensor", self.heads_b))


def load_shipped(root: Path = ROOT) -> tuple[Tokenizer, Shipped]:
    """The shipped tokenizer and the module, in evaluation mode. It has no early exit."""
    files = cards.read(MODEL_ID).files
    tokenizer = Tokenizer.from_file(str(root / files["tokenizer"].path))
    return tokenizer, Shipped(
        _tables([root / files[role].path for role in ("front", "back")])
    ).eval()


def encode(tokenizer: Tokenizer, text: str) -> tuple[torch.Tensor, torch.Tensor]:
    """One text as a batch of one: ids and mask, cut to one window."""
    ids = [BOS_ID, *tokenizer.encode(text).ids[:WINDOW_TOKENS], EOS_ID]
    block = torch.tensor([ids])
    return block, torch.ones_like(block)


def _tables(paths: Sequence[Path]) -> dict[str, Floats]:
    """The graphs' constants in float32, matrices as [out, in]."""
    raw = {one.name: one for path in paths for one in onnx.load(path).graph.initializer}
    found: dict[str, Floats] = {}
    for name, one in raw.items():
        if name.endswith(".w") and f"{name[:-2]}.s" in raw:
            scales = numpy_helper.to_array(raw[f"{name[:-2]}.s"])
            found[name] = (numpy_helper.to_array(one).astype(np.float32) * scales).T.copy()
        elif one.data_type == onnx.TensorProto.FLOAT:
            found[name] = numpy_helper.to_array(one).copy()
    for table in ("pieces", "pairs"):
        levels = numpy_helper.to_array(raw[f"{table}.q8"]).astype(np.float32)
        found[table] = levels * found[f"{table}.scale"]
    packed = numpy_helper.to_array(raw["words.q4"])
    levels = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
    scales = numpy_helper.to_array(raw["words.scale"]).astype(np.float32)
    found["words"] = (levels.reshape(*scales.shape, -1) * scales[..., None]).reshape(levels.shape)
    return found


def _bert_state(graph: dict[str, Floats]) -> dict[str, torch.Tensor]:
    state = {
        "embeddings.word_embeddings.weight": graph["words"],
        "embeddings.position_embeddings.weight": graph["places"],
        "embeddings.token_type_embeddings.weight": np.zeros((2, _HALF), np.float32),
        "embeddings.LayerNorm.weight": graph["embedded.norm.gamma"],
        "embeddings.LayerNorm.bias": graph["embedded.norm.beta"],
    }
    for i in range(_SHAPE.layers):
        layer = f"encoder.layer.{i}."
        parts = zip(("query", "key", "value"), range(3), strict=True)
        for part, at in parts:
            rows = slice(at * _HALF, (at + 1) * _HALF)
            state[f"{layer}attention.self.{part}.weight"] = graph[f"l{i}.qkv.w"][rows]
            state[f"{layer}attention.self.{part}.bias"] = graph[f"l{i}.qkv.b"][rows]
        named = {"attention.output": ("ao", "a"), "output": ("fo", "f")}
        for long, (short, norm) in named.items():
            state[f"{layer}{long}.dense.weight"] = graph[f"l{i}.{short}.w"]
            state[f"{layer}{long}.dense.bias"] = graph[f"l{i}.{short}.b"]
            state[f"{layer}{long}.LayerNorm.weight"] = graph[f"l{i}.{norm}.norm.gamma"]
            state[f"{layer}{long}.LayerNorm.bias"] = graph[f"l{i}.{norm}.norm.beta"]
        state[f"{layer}intermediate.dense.weight"] = graph[f"l{i}.fi.w"]
        state[f"{layer}intermediate.dense.bias"] = graph[f"l{i}.fi.b"]
    return {name: torch.from_numpy(value.copy()) for name, value in state.items()}
