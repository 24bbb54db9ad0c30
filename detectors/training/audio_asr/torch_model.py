"""Whisper in plain torch, shaped for export: an encoder, and a decoder that keeps its keys.

Keys and values of the decoder's layers lie in one tensor, [layers, 2, 1, heads, time, 64], both
those of the sound, which the encoder's graph gives, and those of the words so far.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from detectors.training.audio_asr.ct2_file import Weights

N_HEADS: Final = 8
HEAD: Final = 64
N_LAYERS: Final = 6
N_VOCABULARY: Final = 51_865


class Linear(nn.Linear):  # type: ignore[misc, unused-ignore]
    """A linear layer with the weights of CTranslate2's."""

    def __init__(self, weights: Weights, name: str, rows: slice = slice(None)) -> None:
        """Takes `rows` of the outputs: keys, values and queries lie in one matrix."""
        weight = torch.from_numpy(weights[f"{name}/weight"][rows].copy())
        super().__init__(weight.shape[1], weight.shape[0])
        self.weight.data = weight
        self.bias.data = torch.from_numpy(weights[f"{name}/bias"][rows].copy())


def _norm(weights: Weights, name: str) -> nn.LayerNorm:
    gamma = torch.from_numpy(weights[f"{name}/gamma"].copy())
    norm = nn.LayerNorm(gamma.shape[0])
    norm.weight.data = gamma
    norm.bias.data = torch.from_numpy(weights[f"{name}/beta"].copy())
    return norm


def _heads(states: Tensor) -> Tensor:
    """[1, time, 512] to [1, heads, time, 64]."""
    return states.reshape(1, -1, N_HEADS, HEAD).transpose(1, 2)


def _attended(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    scores = queries @ keys.transpose(2, 3) * HEAD**-0.5
    if mask is not None:
        scores = scores + mask
    out = torch.softmax(scores, -1) @ values
    return out.transpose(1, 2).reshape(1, -1, N_HEADS * HEAD)


class Layer(nn.Module):  # type: ignore[misc, unused-ignore]
    """A layer of either half; the decoder's look at the sound too."""

    def __init__(self, weights: Weights, name: str) -> None:
        """Takes its weights by CTranslate2's name of the layer."""
        super().__init__()
        width = N_HEADS * HEAD
        own = f"{name}/self_attention"
        self.norm = _norm(weights, f"{own}/layer_norm")
        self.query = Linear(weights, f"{own}/linear_0", slice(0, width))
        self.key = Linear(weights, f"{own}/linear_0", slice(width, 2 * width))
        self.value = Linear(weights, f"{own}/linear_0", slice(2 * width, 3 * width))
        self.out = Linear(weights, f"{own}/linear_1")
        sound = f"{name}/attention"
        self.has_sound = f"{sound}/linear_0/weight" in weights
        if self.has_sound:
            self.sound_norm = _norm(weights, f"{sound}/layer_norm")
            self.sound_query = Linear(weights, f"{sound}/linear_0")
            self.sound_key = Linear(weights, f"{sound}/linear_1", slice(0, width))
            self.sound_value = Linear(weights, f"{sound}/linear_1", slice(width, 2 * width))
            self.sound_out = Linear(weights, f"{sound}/linear_2")
        self.feed_norm = _norm(weights, f"{name}/ffn/layer_norm")
        self.widen = Linear(weights, f"{name}/ffn/linear_0")
        self.narrow = Linear(weights, f"{name}/ffn/linear_1")

    def fed(self, states: Tensor) -> Tensor:
        """The two-layer network of each place."""
        grown: Tensor = states + self.narrow(f.gelu(self.widen(self.feed_norm(states))))
        return grown


def _each(layers: nn.ModuleList) -> list[Layer]:
    return [one for one in layers if isinstance(one, Layer)]


class Encoder(nn.Module):  # type: ignore[misc, unused-ignore]
    """Features [1, 80, frames] to the decoder's keys and values of the sound."""

    def __init__(self, weights: Weights, decoder: "Decoder") -> None:
        """Takes its weights, and the decoder whose projections of the sound it applies."""
        super().__init__()
        self.first = nn.Conv1d(80, 512, 3, padding=1)
        self.second = nn.Conv1d(512, 512, 3, stride=2, padding=1)
        for conv, name in ((self.first, "encoder/conv1"), (self.second, "encoder/conv2")):
            conv.weight.data = torch.from_numpy(weights[f"{name}/weight"].copy())
            conv.bias = nn.Parameter(torch.from_numpy(weights[f"{name}/bias"].copy()))
        positions = torch.from_numpy(weights["encoder/position_encodings/encodings"].copy())
        self.positions = nn.Parameter(positions)
        self.layers = nn.ModuleList(Layer(weights, f"encoder/layer_{n}") for n in range(N_LAYERS))
        self.norm = _norm(weights, "encoder/layer_norm")
        self.words = decoder.layers

    def states(self, features: Tensor) -> Tensor:
        """The encoder's output [1, frames / 2, 512], which CTranslate2 gives too."""
        states = f.gelu(self.second(f.gelu(self.first(features)))).transpose(1, 2)
        states = states + self.positions[: states.shape[1]]
        for layer in _each(self.layers):
            inner = layer.norm(states)
            keys, values = _heads(layer.key(inner)), _heads(layer.value(inner))
            states = states + layer.out(_attended(_heads(layer.query(inner)), keys, values, None))
            states = layer.fed(states)
        found: Tensor = self.norm(states)
        return found

    def forward(self, features: Tensor) -> Tensor:
        """Gives keys and values of the sound, [layers, 2, 1, heads, frames / 2, 64]."""
        states = self.states(features)
        return torch.stack(
            [
                torch.stack((_heads(one.sound_key(states)), _heads(one.sound_value(states))))
                for one in _each(self.words)
            ]
        )


class Decoder(nn.Module):  # type: ignore[misc, unused-ignore]
    """Words so far to the scores of the next one."""

    def __init__(self, weights: Weights) -> None:
        """Takes its weights."""
        super().__init__()
        table = torch.from_numpy(weights["decoder/embeddings/weight"].copy())
        self.embedding = nn.Embedding(*table.shape)
        self.embedding.weight.data = table
        self.projection = nn.Linear(table.shape[1], table.shape[0], bias=False)
        self.projection.weight.data = table
        positions = torch.from_numpy(weights["decoder/position_encodings/encodings"].copy())
        self.positions = nn.Parameter(positions)
        self.layers = nn.ModuleList(Layer(weights, f"decoder/layer_{n}") for n in range(N_LAYERS))
        self.norm = _norm(weights, "decoder/layer_norm")

    def forward(self, ids: Tensor, sound: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """Gives scores [n, vocabulary] of what follows each of `ids` [1, n], and `past` grown."""
        n_past, n_new = past.shape[4], ids.shape[1]
        states = self.embedding(ids) + self.positions[n_past : n_past + n_new]
        later = torch.ones(n_new, n_past + n_new).triu(n_past + 1)
        mask = later * -1e9
        grown = []
        for number, layer in enumerate(_each(self.layers)):
            inner = layer.norm(states)
            keys = torch.cat((past[number, 0], _heads(layer.key(inner))), 2)
            values = torch.cat((past[number, 1], _heads(layer.value(inner))), 2)
            grown.append(torch.stack((keys, values)))
            states = states + layer.out(_attended(_heads(layer.query(inner)), keys, values, mask))
            queries = _heads(layer.sound_query(layer.sound_norm(states)))
            heard = _attended(queries, sound[number, 0], sound[number, 1], None)
            states = layer.fed(states + layer.sound_out(heard))
        return self.projection(self.norm(states))[0], torch.stack(grown)
